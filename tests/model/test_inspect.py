"""`azdacli inspect`: what it says of a model and of a release, in time, and what it says of no model."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from typer.testing import CliRunner

from azdacli.cli.app import app
from tests.cli.schemas import checked
from tests.model import graphs


def run(*words: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["inspect", *map(str, words)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr


def inspected(path: Path, *words: str) -> dict[str, Any]:
    code, printed, _ = run(path, *words, "--json")
    assert code == 0
    return checked("inspect", printed)


def written(tmp_path: Path, data: bytes, name: str = "model.onnx") -> Path:
    path = tmp_path / name
    path.write_bytes(data)
    return path


def wired(nodes: list[Any], shape: list[Any], **more: Any) -> bytes:
    """A model whose picture `images` becomes `output`."""
    made = [helper.make_tensor_value_info("images", more.pop("element", TensorProto.FLOAT), shape)]
    out = [helper.make_tensor_value_info("output", more.pop("out", TensorProto.FLOAT), more.pop("out_shape", shape))]
    opset = more.pop("opset", 17)
    graph = helper.make_graph(nodes, "g", made, out, initializer=more.pop("weights", []))
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8, **more)
    return bytes(model.SerializeToString())


def test_a_model_is_described_for_people(tmp_path: Path) -> None:
    path = written(tmp_path, graphs.yolov8(metadata=graphs.ultralytics("detect")))
    code, printed, _ = run(path, "--release", "7.1")
    assert code == 0
    expected = "scale 0.003921568627, no offsets, RGB, letterbox with the picture in the centre"
    expected += " (from the exporter's metadata)"
    for line in (
        "family    YOLOv8 detection head: 7 x 126, 3 classes",
        "boxes     centre x, centre y, width, height in pixels of the network's input; no NMS inside",
        "classes   3: person, car, dog",
        f"expects   {expected}",
        "release   DeepStream 7.1 with TensorRT 10.3: nothing known stands in the way",
    ):
        assert line in printed.splitlines()


@pytest.mark.parametrize("name", graphs.FAMILIES)
def test_every_family_is_one_object_of_the_schema(name: str, tmp_path: Path) -> None:
    answer = inspected(written(tmp_path, graphs.FAMILIES[name][1]()))
    assert answer["family"]["id"] == graphs.FAMILIES[name][0]
    assert (answer["opset"], answer["precision"]) == (17, "float32")


def test_operators_and_an_opset_that_the_release_does_not_take_have_a_cure(tmp_path: Path) -> None:
    nodes = [helper.make_node("Unique", ["images"], ["output"])]
    path = written(tmp_path, wired(nodes, [1, 3, 8, 8], out_shape=[None], opset=20))
    old, new = inspected(path, "--release", "6.4"), inspected(path, "--release", "7.1")
    said = {one["message"]: one for one in old["obstacles"]}
    opset = next(one for message, one in said.items() if "opset 20" in message)
    operator = next(one for message, one in said.items() if "'Unique'" in message)
    assert operator["severity"] == "error"
    assert "custom-lib-path" in operator["cure"]
    assert "Export" in opset["cure"]
    assert old["tensorrt"] != new["tensorrt"]


def test_what_nvinfer_cannot_fill_or_hold_has_a_cure(tmp_path: Path) -> None:
    more = helper.make_tensor_value_info("orig_target_sizes", TensorProto.INT64, [1, 2])
    out = helper.make_tensor_value_info("output", TensorProto.FLOAT, [1, 3, 8, 8])
    image = helper.make_tensor_value_info("images", TensorProto.FLOAT, [1, 3, 8, 8])
    graph = helper.make_graph([helper.make_node("Relu", ["images"], ["output"])], "g", [image, more], [out])
    two = inspected(written(tmp_path, bytes(helper.make_model(graph).SerializeToString())))
    assert any(
        "2 inputs" in one["message"] and one["severity"] == "error" and "constants" in one["cure"]
        for one in two["obstacles"]
    )
    nodes = [helper.make_node("NonZero", ["images"], ["output"])]
    open_size = inspected(written(tmp_path, wired(nodes, [1, 3, 8, 8], out=TensorProto.INT64, out_shape=[1, "found"])))
    assert any("may depend on the data" in one["message"] for one in open_size["obstacles"])
    flat = inspected(written(tmp_path, wired(nodes, [1, 3, 8, 8], out_shape=[128, 4])))
    assert any("has no batch" in one["message"] for one in flat["obstacles"])
    bytes_in = wired([helper.make_node("Cast", ["images"], ["output"], to=1)], [1, 8, 8, 3], element=TensorProto.UINT8)
    assert any(
        "is uint8; nvinfer prepares float32" in o["message"]
        for o in inspected(written(tmp_path, bytes_in))["obstacles"]
    )


def test_a_plugin_of_tensorrt_runs_on_the_device_alone_and_says_so(tmp_path: Path) -> None:
    nodes = [helper.make_node("EfficientNMS_TRT", ["images"], ["output"])]
    answer = inspected(written(tmp_path, wired(nodes, [1, 3, 8, 8])))
    (one,) = [o for o in answer["obstacles"] if "EfficientNMS_TRT" in o["message"]]
    assert (one["severity"], "ONNX Runtime" in one["message"]) == ("warning", True)


def test_weights_beside_the_model_that_are_missing_are_named(tmp_path: Path) -> None:
    weight = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[1], data_location=TensorProto.EXTERNAL)
    weight.external_data.add(key="location", value="model.data")
    data = wired([helper.make_node("Add", ["images", "w"], ["output"])], [1, 3, 8, 8], weights=[weight])
    path = written(tmp_path, data)
    assert [o["severity"] for o in inspected(path)["obstacles"] if "model.data" in o["message"]] == ["error"]
    (tmp_path / "model.data").write_bytes(b"\0\0\0\0")
    assert [o["severity"] for o in inspected(path)["obstacles"] if "model.data" in o["message"]] == ["note"]


def test_a_normalising_layer_in_the_graph_is_said_and_the_factor_is_one(tmp_path: Path) -> None:
    weights = [
        numpy_helper.from_array(np.array([[[0.5]], [[0.4]], [[0.3]]], dtype=np.float32), "mean"),
        numpy_helper.from_array(np.array(255, dtype=np.float32), "most"),
    ]
    nodes = [
        helper.make_node("Div", ["images", "most"], ["a"]),
        helper.make_node("Sub", ["a", "mean"], ["b"]),
        helper.make_node("Relu", ["b"], ["output"]),
    ]
    found = inspected(written(tmp_path, wired(nodes, [1, 3, 8, 8], weights=weights)))["preprocessing"]
    assert (found["from"], found["scale"]) == ("graph", 1.0)
    assert "/ 255, then - (0.5, 0.4, 0.3)" in found["text"]


def test_what_is_not_known_is_said_to_be_unknown(tmp_path: Path) -> None:
    found = inspected(written(tmp_path, graphs.classifier()))["preprocessing"]
    assert (found["from"], found["scale"], found["letterbox"], found["colours"]) == ("unknown", None, "unknown", "")


def test_a_cpu_has_no_tensorrt_and_a_release_of_which_none_is_stated_says_so(tmp_path: Path) -> None:
    nodes = [helper.make_node("Unique", ["images"], ["output"])]
    path = written(tmp_path, wired(nodes, [1, 3, 8, 8], out_shape=[None]))
    answer = inspected(path, "--device-type", "CPU")
    assert (answer["tensorrt"], answer["obstacles"]) == ("", [])


def test_the_kind_may_be_said(tmp_path: Path) -> None:
    path = written(tmp_path, graphs.yolov8_pose())
    assert inspected(path, "--kind", "Detector")["family"]["id"] == "yolov8"
    code, _, error = run(path, "--kind", "detektor")
    assert (code, "detektor" in error, "pose" in error) == (3, True, True)


@pytest.mark.parametrize("data", [b"", b"hello, this is not a model", b"version https://git-lfs.github.com/spec/v1\n"])
def test_what_is_no_model_ends_in_one_sentence(data: bytes, tmp_path: Path) -> None:
    code, printed, error = run(written(tmp_path, data), "--json")
    assert (code, checked("inspect", printed)["ok"]) == (3, False)
    assert "model.onnx" in error
    assert "Traceback" not in error


def test_a_model_that_is_cut_short_ends_in_one_sentence(tmp_path: Path) -> None:
    data = graphs.yolov5()
    for length in (len(data) // 2, len(data) - 1, 40):
        code, _, error = run(written(tmp_path, data[:length]))
        assert (code, "cut short" in error) == (3, True)
    assert run(tmp_path / "none.onnx")[0] == 3


def prefixed(field: int, length: int) -> bytes:
    """The tag of a field of bytes, and its length."""
    size = bytearray([field << 3 | 2])
    while length > 0x7F:
        size.append(length & 0x7F | 0x80)
        length >>= 7
    return bytes([*size, length])


def test_a_large_model_is_not_read_into_memory(tmp_path: Path) -> None:
    """Half a gigabyte of weights (a hole in the file): the walk touches a few pages, and never the weights."""
    count = 125_000_000
    model = onnx.load_from_string(graphs.yolov8(metadata=graphs.ultralytics("detect")))
    graph = model.graph.SerializeToString()
    model.ClearField("graph")
    tensor = TensorProto(name="large", data_type=TensorProto.FLOAT, dims=[count]).SerializeToString()
    tensor += prefixed(9, 4 * count)
    graph += prefixed(5, len(tensor) + 4 * count) + tensor
    path = tmp_path / "large.onnx"
    with path.open("wb") as file:
        file.write(model.SerializeToString() + prefixed(7, len(graph) + 4 * count) + graph)
        file.truncate(file.tell() + 4 * count)
    program = (
        "import re, sys\nfrom azdacli.cli.app import app\n"
        "try:\n    app(prog_name='azdacli')\nfinally:\n"
        # not getrusage: its peak begins with that of the process that forked this one
        "    print(re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())[1], file=sys.stderr)"
    )
    command = [sys.executable, "-c", program, "inspect", str(path), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    answer = checked("inspect", done.stdout)
    assert answer["family"]["id"] == "yolov8"
    assert {"type": "float32", "count": count} not in answer["weights"]
    assert next(each["count"] for each in answer["weights"] if each["type"] == "float32") > count
    assert int(done.stderr.split()[-1]) < 100_000  # KiB
