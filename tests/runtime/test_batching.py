"""The batch of a primary model: one frame of each stream, and never more than the model was made for."""

import os
from pathlib import Path

import onnx
import pytest
from azda_runtime.configuration import read_configuration
from azda_runtime.plan.batching import batch_size
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper

from dsconfig.onnx_header import ModelError, fixed_batch, parse

ROOT = Path(__file__).parents[2]


def batch_of(data: bytes) -> int | None:
    try:
        return parse(Path("m.onnx"), data).batch
    except ModelError:
        return None


def model(*batches: int | str | None, weights: tuple[str, ...] = (), after: int = 3) -> bytes:
    """A model whose inputs have these first dimensions; `weights` are listed as inputs first, as old models do."""
    shape = [3, 4, 5][:after]
    inputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [9]) for name in weights]
    inputs += [
        helper.make_tensor_value_info(f"in{number}", TensorProto.FLOAT, [batch, *shape])
        for number, batch in enumerate(batches)
    ]
    outputs = [helper.make_tensor_value_info("out", TensorProto.FLOAT, [batches[0], *shape])]
    kept = [helper.make_tensor(name, TensorProto.FLOAT, [9], [0.5] * 9) for name in weights]
    graph = helper.make_graph([helper.make_node("Identity", ["in0"], ["out"])], "g", inputs, outputs, kept)
    return bytes(helper.make_model(graph).SerializeToString())


@pytest.mark.parametrize(
    ("data", "batch"),
    [
        (model(1), 1),
        (model(16), 16),
        (model("batch"), None),
        (model(None), None),
        (model(-1), None),
        (model(0), None),
        (model(2, 7), 2),
        (model("batch", 7), None),
        (model(4, weights=("conv.weight", "conv.bias")), 4),
        (model(70_000), None),
        (b"version https://git-lfs.github.com/spec/v1\n", None),
        (b"PK\x03\x04" + bytes(range(100)), None),
        (b"", None),
        (b"\x00" * 1000, None),
        (b"\x3a\xff\xff\xff\xff\xff\xff\xff\xff\x7f", None),
    ],
)
def test_the_first_dimension_of_the_first_input_is_the_batch(tmp_path: Path, data: bytes, batch: int | None) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(data)
    assert fixed_batch(path) == batch


def test_the_models_of_the_examples_are_as_onnx_itself_reads_them() -> None:
    path = ROOT / "examples" / "blob-detector" / "custom-assets" / "blob.onnx"
    [value] = onnx.load(path).graph.input
    assert fixed_batch(path) == value.type.tensor_type.shape.dim[0].dim_value == 1


def test_weights_are_not_read(tmp_path: Path) -> None:
    """A file of 3 GB that occupies a page: reading it whole would take long, and its memory."""
    graph = model(3)[model(3).index(b"\x3a") :]
    size = 3 << 30
    path = tmp_path / "model.onnx"
    with path.open("wb") as file:
        # ModelProto.metadata_props (14), so large as weights are
        file.write(b"\x72" + _varint(size))
        file.seek(size, os.SEEK_CUR)
        file.write(graph)
    assert fixed_batch(path) == 3


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def test_a_file_that_keeps_us_busy_is_given_up() -> None:
    version = b"\x08\x08"
    assert batch_of(model(1) + version) == 1
    assert batch_of(model(1) + version * 600_000) is None


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "model.onnx")
    assert fixed_batch(tmp_path / "model.onnx") is None


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_have_a_batch_or_none(data: bytes) -> None:
    found = batch_of(data)
    assert found is None or found > 0


@settings(deadline=None)
@given(st.data())
def test_a_model_with_wrong_bytes_has_a_batch_or_none(data: st.DataObject) -> None:
    broken = bytearray(model(2, weights=("w",)))
    for _ in range(data.draw(st.integers(1, 4))):
        broken[data.draw(st.integers(0, len(broken) - 1))] = data.draw(st.integers(0, 255))
    found = batch_of(bytes(broken[: data.draw(st.integers(0, len(broken)))]))
    assert found is None or found > 0


@pytest.mark.parametrize(
    ("entries", "files", "batch"),
    [
        ("onnx-file=m.onnx", {"m.onnx": model(1)}, 1),
        ("onnx-file=m.onnx", {"m.onnx": model(8)}, 4),
        ("onnx-file=m.onnx", {"m.onnx": model("n")}, 4),
        ("onnx-file=m.onnx", {}, 4),
        ("model-engine-file=m_b2_gpu0_fp16.engine", {}, 2),
        ("model-engine-file=m_b16_gpu0_fp16.engine", {}, 4),
        ("model-engine-file=m.engine", {}, 4),
        # an engine that is not there is built from the ONNX file
        ("onnx-file=m.onnx\nmodel-engine-file=m_b2_gpu0.engine", {"m.onnx": model(1)}, 1),
        ("onnx-file=m.onnx\nmodel-engine-file=m_b2_gpu0.engine", {"m.onnx": model("n")}, 4),
        ("onnx-file=m.onnx\nmodel-engine-file=m_b2_gpu0.engine", {"m.onnx": model("n"), "m_b2_gpu0.engine": b"e"}, 2),
        ("onnx-file=m.onnx\nmodel-engine-file=m.engine", {"m.onnx": model(3), "m.engine": b"e"}, 3),
        ("tlt-encoded-model=m.etlt", {"m.etlt": b"?"}, 4),
    ],
)
def test_four_streams_are_batched_as_the_model_allows(
    tmp_path: Path, entries: str, files: dict[str, bytes], batch: int
) -> None:
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    path = tmp_path / "pgie.txt"
    path.write_text(f"[property]\n{entries}\n", encoding="utf-8")
    assert batch_size(read_configuration(path), 4) == batch


def test_a_triton_model_gets_one_frame_of_each_stream(tmp_path: Path) -> None:
    path = tmp_path / "pgie.pbtxt"
    path.write_text("infer_config { unique_id: 1 }\n", encoding="utf-8")
    assert batch_size(read_configuration(path), 4) == 4
