"""A model's header is read, and nothing else of it."""

import contextlib
import mmap
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsconfig import onnx_header
from dsconfig.onnx_header import ModelError, Tensor
from tests.parser_check import making


def model(tmp_path: Path, data: bytes) -> onnx_header.Model:
    path = tmp_path / "model.onnx"
    path.write_bytes(data)
    return onnx_header.read(path)


def test_inputs_are_told_from_weights_and_shapes_keep_their_open_dimensions(tmp_path: Path) -> None:
    found = model(tmp_path, making.onnx({"images": ["batch", 3, 480, 640]}, ["boxes", "scores"], ["conv.weight"]))
    assert found.inputs == (Tensor(name="images", element="float32", shape=("batch", 3, 480, 640)),)
    assert found.inputs[0].text == "batchx3x480x640"
    assert [o.name for o in found.outputs] == ["boxes", "scores"]
    assert (found.opset, found.weight_files) == (17, ())


def test_weights_in_other_files_are_named_once_and_not_opened(tmp_path: Path) -> None:
    found = model(tmp_path, making.onnx({"x": [1]}, ["y"], external=["a.bin", "b.bin", "a.bin"]))
    assert found.weight_files == ("a.bin", "b.bin")


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "empty"),
        (b"version https://git-lfs.github.com/spec/v1\n", "Git LFS"),
        (b"PK\x03\x04" + bytes(range(100)), "something else"),
        (making.field(1, 8), "no graph"),
        (making.field(7, making.field(2, "g")), "no outputs"),
        (making.onnx({"x": [1]}, ["y"])[:-3], "cut short"),
    ],
)
def test_what_is_no_model_is_refused_with_the_reason(tmp_path: Path, data: bytes, why: str) -> None:
    with pytest.raises(ModelError, match=why):
        model(tmp_path, data)


@given(data=st.binary(max_size=400))
def test_any_bytes_are_a_model_or_refused(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.onnx"
    path.write_bytes(data)
    with contextlib.suppress(ModelError):
        assert onnx_header.read(path).outputs


@given(location=st.integers(0, 10_000), byte=st.integers(0, 255))
def test_a_model_with_a_wrong_byte_is_a_model_or_refused(
    tmp_path_factory: pytest.TempPathFactory, location: int, byte: int
) -> None:
    data = bytearray(making.onnx({"x": [1, 3, 4, 4]}, ["y"], ["w"], ["far.bin"]))
    data[location % len(data)] = byte
    path = tmp_path_factory.getbasetemp() / "wrong.onnx"
    path.write_bytes(data)
    with contextlib.suppress(ModelError):
        assert onnx_header.read(path).outputs


def test_a_large_model_costs_a_few_pages_of_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """400 MB of weights are stepped over: the bytes that are looked at are counted."""
    size = 400 * 1024 * 1024
    weight = making.field(1, 1) + making.field(8, "big") + making.varint(9 << 3 | 2) + making.varint(size)
    rest = making.field(11, making.value_info("x", [1])) + making.field(12, making.value_info("y", [1]))
    graph = making.varint(5 << 3 | 2) + making.varint(len(weight) + size) + weight
    path = tmp_path / "model.onnx"
    with path.open("wb") as file:
        file.write(making.varint(7 << 3 | 2) + making.varint(len(graph) + size + len(rest)) + graph)
        file.seek(size, 1)  # a hole: the file system keeps nothing for it
        file.write(rest)
    read: list[int] = []

    class Counting(mmap.mmap):
        def __getitem__(self, location: Any) -> Any:
            found = super().__getitem__(location)
            read.append(1 if isinstance(found, int) else len(found))
            return found

    monkeypatch.setattr(mmap, "mmap", Counting)
    assert [o.name for o in onnx_header.read(path).outputs] == ["y"]
    assert sum(read) < 1000


@pytest.mark.timeout(60)  # a pipe that is opened in the usual way waits for a writer for ever
def test_a_pipe_that_nobody_writes_to_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "m.onnx")
    with pytest.raises(ModelError, match="it is not a file"):
        onnx_header.read(tmp_path / "m.onnx")


@pytest.mark.parametrize(
    ("written", "names"),
    [
        ("{0: 'car', 1: 'van'}", ("car", "van")),
        ("['car', 'van']", ("car", "van")),
        ("{1: 'car'}", ()),
        ("{0: 1}", ()),
        ("('car',)", ()),
        ("3", ()),
        ("{[]: 'car'}", ()),
        ("names", ()),
        ("[", ()),
        ("[" * 10_000, ()),
        ("", ()),
    ],
)
def test_classes_are_read_as_ultralytics_writes_them_and_anything_else_names_none(
    tmp_path: Path, written: str, names: tuple[str, ...]
) -> None:
    found = model(tmp_path, making.onnx({"images": [1, 3, 8, 8]}, ["out"], metadata={"names": written}))
    assert found.names == names
