"""`simulate X.zip` takes what a device takes, and names the archive that was given."""

import io
import resource
import zipfile
from pathlib import Path

import pytest

from azdacli.cli.simulate_flow import Given, models_of
from azdacli.errors import AzdaError, SpecError

CONFIG = "[property]\nonnx-file=m.onnx\nnetwork-type=100\noutput-tensor-meta=1\n"


def given(location: Path) -> Given:
    return Given(location=location, config=None, parser=None, secondaries=(), tracker="", pipeline="")


def refusal(path: Path, scratch: Path) -> AzdaError:
    with pytest.raises(AzdaError) as caught:
        models_of(given(path), scratch)
    assert str(scratch) not in f"{caught.value} {caught.value.hint}"
    assert "device's disk" not in str(caught.value.hint)
    assert str(path) in str(caught.value)
    return caught.value


@pytest.mark.parametrize(("method", "name"), [(zipfile.ZIP_BZIP2, "bzip2"), (zipfile.ZIP_LZMA, "LZMA")])
def test_a_bomb_by_another_method_is_refused_before_a_byte_of_it_is_unpacked(
    tmp_path: Path, method: int, name: str
) -> None:
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr("pgie.txt", CONFIG)
        archive.writestr("m.onnx", bytes(20_000_000))
    found = refusal(path, tmp_path / "scratch")
    assert f"is compressed by {name}" in str(found)
    assert found.exit_code == SpecError.exit_code
    assert found.hint is not None
    assert "deflate" in found.hint
    assert not [each for each in (tmp_path / "scratch").rglob("*") if each.is_file()]


def test_the_process_that_unpacks_is_bounded_and_not_this_one(tmp_path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_AS)
    path = tmp_path / "good.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mine/pgie.txt", CONFIG)
    keys = models_of(given(path), tmp_path / "scratch").as_json()["primaryModelConfigPath"]
    assert Path(keys["configFile"]).read_text() == CONFIG
    assert resource.getrlimit(resource.RLIMIT_AS) == before
    assert path.is_file(), "it stays where it is"


def hostile(name: str, mode: int = 0) -> bytes:
    buffer = io.BytesIO()
    member = zipfile.ZipInfo(name)
    member.external_attr = mode << 16
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(member, "x")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "reported"),
    [
        (hostile("../out.txt"), "would leave the model's folder"),
        (hostile("/out.txt"), "would leave the model's folder"),
        (hostile("link", 0o120777), "is a link"),
        (hostile("a/" * 40 + "x"), "folders deep"),
        (b"PK\x03\x04 no archive", "broken"),
        (b"", "broken"),
    ],
)
def test_archives_that_lie_are_refused_as_on_a_device(tmp_path: Path, content: bytes, reported: str) -> None:
    path = tmp_path / "bad.zip"
    path.write_bytes(content)
    assert reported in str(refusal(path, tmp_path / "scratch"))
    assert not (tmp_path / "out.txt").exists()


def test_what_is_wrong_with_its_files_is_said_of_the_archive_that_was_given(tmp_path: Path) -> None:
    path = tmp_path / "mine.zip"
    path.write_bytes(hostile("notes.md"))
    assert f"'{path}' holds no configuration" in str(refusal(path, tmp_path / "scratch"))
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("top/pgie.txt", CONFIG)
        archive.writestr("top/det_parser.py", "def parse_det_model(config, raw_outputs)\n    return None\n")
    found = refusal(path, tmp_path / "scratch2")
    assert f"{path}/top/det_parser.py:1: " in str(found)
