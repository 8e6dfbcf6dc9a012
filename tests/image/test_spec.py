"""Specs check themselves."""

from pathlib import Path

import pytest

from azdacli.errors import SpecError
from azdacli.image.spec import Asset, ImageSpec, Target


@pytest.mark.parametrize("text", ["dGPU", "dgpu", "DGPU", " Jetson ", "JETSON", "cpu"])
def test_a_device_type_is_read_in_any_case(text: str) -> None:
    assert Target.parse(text).value == text.strip().lower()


def test_an_unknown_device_type_is_an_error_that_lists_them() -> None:
    with pytest.raises(SpecError) as caught:
        Target.parse("tpu")
    assert str(caught.value) == "there is no device type 'tpu'"
    assert caught.value.hint == "Choose one of: dGPU, Jetson, CPU."


@pytest.mark.parametrize("board", ["Orin", "AGX Orin", "orin-nano", "OrinNX", "Jetson Orin Nano"])
def test_a_board_is_answered_with_jetson_and_the_jetpacks_that_it_takes(board: str) -> None:
    with pytest.raises(SpecError) as caught:
        Target.parse(board)
    assert str(caught.value) == f"'{board}' is a board; its device type is Jetson"
    hint = caught.value.hint or ""
    assert "--device-type Jetson" in hint
    assert "7.1 for JetPack 6.1 (Orin)" in hint
    assert "8.0 for JetPack 7.0" not in hint  # Thor alone


@pytest.mark.parametrize("board", ["AGX", "Nano", "agx-thor", "nx"])
def test_a_board_that_is_half_named_is_answered_with_jetson(board: str) -> None:
    with pytest.raises(SpecError, match="its device type is Jetson") as caught:
        Target.parse(board)
    assert "9.0 for JetPack 7.1 (Thor)" in (caught.value.hint or "")


@pytest.mark.parametrize(("board", "last"), [("Xavier", "5.1"), ("Jetson Xavier NX", "5.1"), ("TX2", "4.6")])
def test_a_board_that_no_release_serves_is_told_its_last_jetpack(board: str, last: str) -> None:
    with pytest.raises(SpecError, match=f"'{board}' is a Jetson whose last JetPack is {last}"):
        Target.parse(board)


@pytest.mark.parametrize("target", ["custom-assets", "/a/../../etc", "/a\nRUN evil", ""])
def test_an_asset_goes_to_an_absolute_place_in_the_image(target: str) -> None:
    with pytest.raises(SpecError):
        Asset(source=Path("x"), target=target)


@pytest.mark.parametrize(
    "wrong",
    [
        {"run": (" ",)},
        {"backends": ("onnx runtime",)},
        {"base_image": "debian:12 AS x"},
        {"base_image": "debian:12\nRUN evil"},
        {"base_registry": ""},
        {"labels": (("Not A Name", "x"),)},
        {"pip_index_url": "ftp://x"},
        {"pip_index_url": "https://user:secret@x/simple"},
    ],
)
def test_a_spec_that_cannot_work_does_not_exist(wrong: dict[str, object]) -> None:
    with pytest.raises(SpecError) as caught:
        ImageSpec(release="7.1", target=Target.DGPU, platform="linux/amd64", **wrong)
    assert "secret" not in f"{caught.value} {caught.value.hint}"
