"""Recordings that `validate-parser --replay` gets: of strangers, and of a parser that changed since."""

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from azda_runtime.parsers import recording
from PIL import Image

from tests.parser_run.test_command import parser, typed

__all__ = ["parser"]
AGAIN = "hint: Record it again with --record"


def file_of(path: Path, array: bytes, *, layers: Any = ("output0",), **changes: Any) -> None:
    """A recording of one frame whose array has these bytes."""
    frame = {"name": "", "imageSize": [640, 480], "networkSize": None, "layers": list(layers), "result": None}
    index = {"format": "azda-tensors", "version": 1, "parser": "p.py", "frames": [frame], **changes}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("azda.json", json.dumps(index))
        archive.writestr("t0.0.npy", array)


def npy(array: Any, *, pickled: bool = False) -> bytes:
    made = io.BytesIO()
    np.save(made, array, allow_pickle=pickled)
    return made.getvalue()


class Trap:
    """Writes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Path]]:
        return (Path.touch, (self.path,))


def pickled(path: Path) -> None:
    file_of(path, npy(np.array([Trap(path.with_name("sprung"))], dtype=object), pickled=True))


def claims_a_terabyte(path: Path) -> None:
    header = npy(np.zeros((6, 525), np.float32))
    file_of(path, header.replace(b"(6, 525), }         ", b"(999999, 999999), } "))


def large_array(path: Path) -> None:
    """Zeros that shrink to a thousandth; the directory says how many there are."""
    file_of(path, npy(np.zeros((6, 525), np.float32)))
    text, size = path.read_bytes(), len(npy(np.zeros((6, 525), np.float32)))
    at = text.rindex(size.to_bytes(4, "little"))
    path.write_bytes(text[:at] + (3 << 30).to_bytes(4, "little") + text[at + 4 :])


def truncated(path: Path) -> None:
    file_of(path, npy(np.ones((6, 525), np.float32)))
    path.write_bytes(path.read_bytes()[:-40])


def bytes_turned(path: Path) -> None:
    file_of(path, npy(np.random.default_rng(1).random((6, 525))))
    text = bytearray(path.read_bytes())
    middle = len(text) // 2
    text[middle : middle + 50] = bytes(50)
    path.write_bytes(bytes(text))


GOOD = npy(np.zeros((6, 525), np.float32))
HOSTILE: dict[str, tuple[Callable[[Path], object], str]] = {
    "pickles": (pickled, "is damaged"),
    "a terabyte by its header": (claims_a_terabyte, "is damaged"),
    "a large array": (large_array, "is damaged: the layer 'output0' has"),
    "truncated": (truncated, "is not a recording of tensors"),
    "bytes turned": (bytes_turned, "is "),
    "a version of tomorrow": (lambda path: file_of(path, GOOD, version=2), "has version 2 of the format, 1 is read"),
    "another format": (lambda path: file_of(path, GOOD, format="x"), "is not a recording of tensors"),
    "no frames": (lambda path: file_of(path, GOOD, frames=[]), "no frame was recorded there"),
    "frames of nothing": (lambda path: file_of(path, GOOD, frames=[3]), "is damaged"),
    "a layer that is not there": (lambda path: file_of(path, GOOD, layers=("a", "b")), "is damaged"),
    "an array alone": (lambda path: path.write_bytes(GOOD), "is not a recording of tensors"),
}


@pytest.mark.parametrize("name", [n for n in HOSTILE if n != "no frames"])
def test_a_hostile_file_is_refused_in_one_sentence(tmp_path: Path, name: str) -> None:
    make, said = HOSTILE[name]
    make(tmp_path / "x.npz")
    with pytest.raises(recording.RecordingError, match=said) as caught:
        recording.read(tmp_path / "x.npz")
    assert caught.value.hint
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=() if n == "pickles" else (pytest.mark.slow,)) for n in HOSTILE]
)
def test_the_command_refuses_it_too(parser: Path, tmp_path: Path, name: str) -> None:
    make, said = HOSTILE[name]
    make(tmp_path / "x.npz")
    code, out, log = typed(parser, "--replay", tmp_path / "x.npz")
    assert code == 4, log
    assert said in " ".join(log.split())
    assert "hint: " in log
    assert "Traceback" not in log + out
    assert not (tmp_path / "sprung").exists()


def test_then_and_now_are_drawn_side_by_side(parser: Path, tmp_path: Path) -> None:
    rows = np.zeros((6, 525), np.float32)
    rows[:, 0] = (120, 40, 40, 40, 0.9, 0)  # the right half's middle, at the top
    then = recording.Result(boxes=((10.0, 180.0, 60.0, 50.0),), class_ids=(0,), scores=(0.9,), message={})
    record = recording.Record(tensors={"output0": rows}, image_size=(320, 240), name="door", result=then)
    recording.write(tmp_path / "door.npz", [record])
    code, _, log = typed(parser, "--replay", tmp_path / "door.npz", "--keep", tmp_path / "kept")
    assert code == 4, log
    (picture,) = (tmp_path / "kept").glob("*.png")
    pixels = np.asarray(Image.open(picture).convert("RGB")).astype(int)
    drawn = np.abs(pixels - 48).max(axis=2) > 60
    half, height = drawn.shape[1] // 2, drawn.shape[0]
    left, right = drawn[:, :half], drawn[:, half:]
    below = slice(int(height * 0.7), height)
    assert left[below, : half // 3].any()  # the recorded box, at the bottom left
    assert not right[below].any()  # now it is elsewhere: at the top right
    assert right[int(height * 0.1) : int(height * 0.5), half // 2 :].any()
