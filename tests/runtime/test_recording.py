"""Tensors and results as files, and the recorder that writes them while a pipeline plays."""

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from azda_runtime.parsers.recorder import TensorRecorder, folder_of
from azda_runtime.parsers.recording import Record, RecordingError, Result, read, write
from azda_runtime.parsers.results import Detections


def record(**changes: Any) -> Record:
    tensors = {
        "boxes/out:0": np.arange(12, dtype=np.float16).reshape(3, 4),
        "ids": np.array([1, 2, 3], dtype=np.int32),
        "": np.zeros((0, 4), dtype=np.float32),
    }
    given = {"tensors": tensors, "image_size": (1920, 1080), "network_size": (640, 384), "name": "door 7"}
    return Record(**{**given, **changes})


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    result = Result(boxes=((1.0, 2.0, 3.5, 4.0),), class_ids=(1,), scores=(0.5,), message={"ä": [1, None]})
    file = tmp_path / "a.npz"
    write(file, [record(result=result), record(network_size=None)], parser="p.py")
    first, second = read(file)
    assert (first.result, first.name, first.image_size, first.network_size) == (
        *(result, "door 7", (1920, 1080), (640, 384)),
    )
    assert (second.result, second.network_size) == (None, None)
    for name, array in record().tensors.items():
        assert (first.tensors[name].dtype, first.tensors[name].shape) == (array.dtype, array.shape)
        np.testing.assert_array_equal(first.tensors[name], array)
    with np.load(file, allow_pickle=False) as opened:
        np.testing.assert_array_equal(opened["t0.1"], [1, 2, 3])
    assert list(tmp_path.iterdir()) == [file], "nothing is left beside it"


def changed(path: Path, **index: Any) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("azda.json", json.dumps({"format": "azda-tensors", "version": 1, "frames": [], **index}))
    return path


@pytest.mark.parametrize(
    ("index", "said"),
    [
        ({"version": 2}, "has version 2 of the format, 1 is read"),
        ({"format": "other"}, "is not a recording of tensors"),
        ({"frames": {}}, "is not a recording of tensors"),
        ({"frames": [{"layers": ["x"], "imageSize": [1, 1]}]}, "is damaged"),
        ({"frames": [{"layers": [], "imageSize": [1]}]}, "is damaged"),
        ({"frames": [7]}, "is damaged"),
    ],
)
def test_another_version_and_a_damaged_file_are_refused(tmp_path: Path, index: dict[str, Any], said: str) -> None:
    with pytest.raises(RecordingError, match=said) as caught:
        read(changed(tmp_path / "a.npz", **index))
    assert caught.value.hint


def test_no_pickle_is_read(tmp_path: Path) -> None:
    file = changed(tmp_path / "a.npz", frames=[{"layers": ["x"], "imageSize": [1, 1]}])
    with zipfile.ZipFile(file, "a") as archive, archive.open("t0.0.npy", "w") as inside:
        np.save(inside, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(RecordingError, match="allow_pickle=False"):
        read(file)


@pytest.mark.parametrize("data", [b"", b"text", b"PK\x03\x04"])
def test_what_is_no_archive_is_refused(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "a.npz"
    file.write_bytes(data)
    with pytest.raises(RecordingError, match="is not a recording of tensors"):
        read(file)
    with pytest.raises(RecordingError, match="cannot be read"):
        read(tmp_path / "absent.npz")


def test_a_file_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="cannot be written"):
        write(tmp_path / "absent" / "a.npz", [record()])


FOUND = Detections(boxes=np.array([[1.0, 2.0, 3.0, 4.0]]), class_ids=(0,), labels=("a",), scores=(0.5,))


def test_the_first_frames_are_recorded_as_the_model_gave_them(tmp_path: Path) -> None:
    recorder = TensorRecorder(tmp_path / "x", 2, "/custom-assets/p.py")
    for number in range(3):
        outputs = {"out": np.ones(2, dtype=np.float32)}
        with recorder.frame(f"0-door/1-{number}", outputs, (640, 480), (64, 64)) as pending:
            outputs["out"] *= 9
            pending.detections(FOUND)
    files = sorted((tmp_path / "x").iterdir())
    assert [file.name for file in files] == ["0-door_1-0.npz", "0-door_1-1.npz"]
    (kept,) = read(files[0])
    np.testing.assert_array_equal(kept.tensors["out"], [1, 1])
    assert kept.result == Result(boxes=((1.0, 2.0, 3.0, 4.0),), class_ids=(0,), scores=(0.5,))
    assert folder_of(tmp_path, "a/../b") == tmp_path / "a_.._b"


def test_a_frame_that_the_parser_fails_on_is_recorded_without_a_result(tmp_path: Path) -> None:
    recorder = TensorRecorder(tmp_path, 5)
    with pytest.raises(KeyError), recorder.frame("f", {"out": np.ones(1)}, (1, 1), None):
        raise KeyError("out")
    assert read(tmp_path / "f.npz")[0].result is None


def test_a_full_disk_ends_the_recording_and_not_the_pipeline(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    recorder = TensorRecorder(tmp_path / "file", 5)
    for _ in range(2):
        with recorder.frame("f", {"out": np.ones(1)}, (1, 1), None) as pending:
            pending.message({"n": 1})
    assert caplog.text.count("tensors are not recorded any more") == 1
