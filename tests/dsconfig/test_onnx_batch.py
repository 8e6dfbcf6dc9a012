"""A batch that is fixed inside of a graph, however an exporter writes the sizes of its Reshape."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from dsconfig import onnx_header


def model(sizes: list[int], how: str, before: str = "Relu") -> onnx.ModelProto:
    image = helper.make_tensor_value_info("input", TensorProto.FLOAT, ["batch", 3, 32, 32])
    boxes = helper.make_tensor_value_info("boxes", TensorProto.FLOAT, ["batch", 3, 1024])
    raw = numpy_helper.from_array(np.array(sizes, np.int64), "sizes")
    listed = helper.make_tensor("sizes", TensorProto.INT64, [len(sizes)], sizes)
    nodes = [helper.make_node(before, ["input"], ["x"]), helper.make_node("Reshape", ["x", "sizes"], ["boxes"])]
    weights = [raw] if how == "raw" else [listed] if how == "listed" else []
    if how == "constant":
        nodes.insert(0, helper.make_node("Constant", [], ["sizes"], value=raw))
    graph = helper.make_graph(nodes, "g", [image], [boxes], weights)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])


def fixed(one: onnx.ModelProto) -> tuple[tuple[int, ...], ...]:
    return onnx_header.parse(Path("model.onnx"), one.SerializeToString()).fixed_shapes


@pytest.mark.parametrize("how", ["raw", "listed", "constant"])
def test_sizes_are_found_however_they_are_written(how: str) -> None:
    assert fixed(model([1, 3, 1024], how)) == ((1, 3, 1024),)


@pytest.mark.parametrize("how", ["raw", "listed", "constant"])
@pytest.mark.parametrize("sizes", [[-1, 3, 1024], [0, 3, 1024], [0, 3, -1]])
def test_sizes_that_leave_the_batch_open_are_right(sizes: list[int], how: str) -> None:
    assert fixed(model(sizes, how)) == ()


def test_what_does_not_grow_with_the_batch_may_have_any_size() -> None:
    assert fixed(model([1, 3, 1024], "raw", before="Shape")) == ()
