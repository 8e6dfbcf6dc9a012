"""What is remembered of uploads never stands in the way of one."""

import os
import time
from pathlib import Path

import pytest

from azdacli.oci.registry import Resumables

WHERE = "http://registry.example/v2/pose/blobs/uploads/1?state=x"


def test_a_later_run_finds_what_was_not_finished(tmp_path: Path) -> None:
    with Resumables(tmp_path / "uploads").claim("pose", "model") as kept:
        kept.save(WHERE)
    again = Resumables(tmp_path / "uploads")
    assert again.known("pose", "model")
    assert not again.known("pose", "another")
    assert not again.known("another", "model")
    with again.claim("pose", "model") as kept:
        assert kept.location == WHERE
        kept.forget()
    assert not again.known("pose", "model")
    assert not list((tmp_path / "uploads").iterdir())


def test_two_at_once_never_share_an_upload(tmp_path: Path) -> None:
    one, two = Resumables(tmp_path), Resumables(tmp_path)
    with one.claim("pose", "model") as first:
        first.save(WHERE)
        with two.claim("pose", "model") as second:
            assert second.location is None
            second.save("elsewhere")
            second.forget()
        assert first.location == WHERE


@pytest.mark.parametrize("data", [b"", b"{]", b"[]", b'{"location"', b"\xff\xfe"])
def test_what_is_broken_is_not_gone_on_with(tmp_path: Path, data: bytes) -> None:
    with Resumables(tmp_path).claim("pose", "model") as kept:
        kept.save(WHERE)
    (path,) = tmp_path.iterdir()
    path.write_bytes(data)
    with Resumables(tmp_path).claim("pose", "model") as kept:
        assert kept.location is None


def test_a_folder_that_is_none_keeps_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        place = Resumables(folder)
        place.sweep()
        assert not place.known("pose", "model")
        with place.claim("pose", "model") as kept:
            kept.save(WHERE)
            assert kept.location is None


def test_a_full_disk_keeps_nothing(tmp_path: Path) -> None:
    with Resumables(tmp_path).claim("pose", "model") as kept:
        kept.save(WHERE)
    (path,) = tmp_path.iterdir()
    path.unlink()
    path.symlink_to("/dev/full")  # opens, and has no room for a byte
    with Resumables(tmp_path).claim("pose", "model") as kept:
        kept.save(WHERE)
        assert kept.location is None


def test_what_no_registry_has_any_more_is_removed(tmp_path: Path) -> None:
    place = Resumables(tmp_path)
    for key in ("old", "young"):
        with place.claim("pose", key) as kept:
            kept.save(WHERE)
        if key == "old":
            (path,) = tmp_path.iterdir()
            os.utime(path, (time.time() - 40 * 24 * 3600,) * 2)
    place.sweep()
    assert not place.known("pose", "old")
    assert place.known("pose", "young")
