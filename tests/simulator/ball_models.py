"""Tiny ONNX models with answers that anybody can compute, for pictures of one bright ball on black.

Their input is `input`, float32, (batch, 3, height, width), red, green, blue from 0 to 1. A pixel belongs to the ball
when its brightest channel is above one half.
"""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET = 17


def _constant(name: str, value: object, dtype: type = np.float32) -> onnx.TensorProto:
    return numpy_helper.from_array(np.array(value, dtype), name)


def _mask() -> tuple[list[onnx.NodeProto], list[onnx.TensorProto]]:
    """Nodes that make `mask`, (batch, 1, height, width), 1.0 where the ball is."""
    nodes = [
        helper.make_node("ReduceMax", ["input"], ["brightest"], axes=[1], keepdims=1),
        helper.make_node("Greater", ["brightest", "half"], ["bright"]),
        helper.make_node("Cast", ["bright"], ["mask"], to=TensorProto.FLOAT),
    ]
    return nodes, [_constant("half", 0.5)]


def _edges() -> list[onnx.NodeProto]:
    """Nodes that make `left`, `top`, `right`, `bottom`, (batch, 1), float32, pixels; right and bottom exclusive."""
    nodes = [
        helper.make_node("ReduceMax", ["mask"], ["columns"], axes=[1, 2], keepdims=0),
        helper.make_node("ReduceMax", ["mask"], ["rows"], axes=[1, 3], keepdims=0),
    ]
    for first, last, line in (("left", "right", "columns"), ("top", "bottom", "rows")):
        nodes += [
            helper.make_node("ArgMax", [line], [f"{first}_index"], axis=1, keepdims=1),
            helper.make_node("Cast", [f"{first}_index"], [first], to=TensorProto.FLOAT),
            helper.make_node("ArgMax", [line], [f"{last}_index"], axis=1, keepdims=1, select_last_index=1),
            helper.make_node("Cast", [f"{last}_index"], [f"{last}_inclusive"], to=TensorProto.FLOAT),
            helper.make_node("Add", [f"{last}_inclusive", "one"], [last]),
        ]
    return nodes


def _save(path: Path, nodes: list, constants: list, outputs: dict[str, list], size: tuple[int, int]) -> Path:
    height, width = size
    graph = helper.make_graph(
        nodes,
        "ball",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["batch", 3, height, width])],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", *shape]) for name, shape in outputs.items()],
        constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, path)
    return path


def coverage_detector(path: Path, height: int, width: int) -> Path:
    """A detector in the layout that nvinfer's built-in parser reads: one cell that knows the ball's edges exactly.

    The cell's centre is half a pixel from the corner, and distances are divided by 35, as DetectNet_v2 does.
    """
    nodes, constants = _mask()
    nodes += _edges()
    signs = (("left", -1.0), ("top", -1.0), ("right", 1.0), ("bottom", 1.0))
    for name, sign in signs:
        constants.append(_constant(f"{name}_scale", sign / 35.0))
        nodes += [
            helper.make_node("Sub", [name, "centre"], [f"{name}_from_centre"]),
            helper.make_node("Mul", [f"{name}_from_centre", f"{name}_scale"], [f"{name}_cell"]),
        ]
    constants += [_constant("one", 1.0), _constant("centre", 0.5), _constant("grid", [0, 4, 1, 1], np.int64)]
    nodes += [
        helper.make_node("Concat", [f"{name}_cell" for name, _ in signs], ["edges"], axis=1),
        helper.make_node("Reshape", ["edges", "grid"], ["output_bbox"]),
        helper.make_node("ReduceMax", ["mask"], ["found"], axes=[1, 2, 3], keepdims=0),
        helper.make_node("Unsqueeze", ["found", "last_axes"], ["output_cov"]),
    ]
    constants.append(_constant("last_axes", [1, 2, 3], np.int64))
    return _save(path, nodes, constants, {"output_cov": [1, 1, 1], "output_bbox": [4, 1, 1]}, (height, width))


def box_finder(path: Path, height: int, width: int) -> Path:
    """A detector with an output of its own: `boxes`, (batch, 1, 5): left, top, right, bottom in pixels, and a score."""
    nodes, constants = _mask()
    nodes += _edges()
    nodes += [
        helper.make_node("ReduceMax", ["mask"], ["score"], axes=[1, 2], keepdims=0),
        helper.make_node("ReduceMax", ["score"], ["best"], axes=[1], keepdims=1),
        helper.make_node("Concat", ["left", "top", "right", "bottom", "best"], ["row"], axis=1),
        helper.make_node("Unsqueeze", ["row", "middle"], ["boxes"]),
    ]
    constants += [_constant("one", 1.0), _constant("middle", [1], np.int64)]
    return _save(path, nodes, constants, {"boxes": [1, 5]}, (height, width))


def colour_classifier(path: Path, height: int, width: int) -> Path:
    """A classifier: `colour`, (batch, 3, 1, 1), the share of red, green and blue in all the light of the picture."""
    nodes = [
        helper.make_node("ReduceMean", ["input"], ["light"], axes=[2, 3], keepdims=1),
        helper.make_node("ReduceSum", ["light", "channels"], ["total"], keepdims=1),
        helper.make_node("Add", ["total", "little"], ["never_zero"]),
        helper.make_node("Div", ["light", "never_zero"], ["colour"]),
    ]
    constants = [_constant("channels", [1], np.int64), _constant("little", 1e-6)]
    return _save(path, nodes, constants, {"colour": [3, 1, 1]}, (height, width))


def ball_segmenter(path: Path, height: int, width: int) -> Path:
    """A segmentation network of two classes: `classes`, (batch, 2, height, width): background, ball."""
    nodes, constants = _mask()
    nodes += [
        helper.make_node("Sub", ["one", "mask"], ["background"]),
        helper.make_node("Concat", ["background", "mask"], ["classes"], axis=1),
    ]
    constants.append(_constant("one", 1.0))
    return _save(path, nodes, constants, {"classes": [2, height, width]}, (height, width))


def echo(path: Path, height: int, width: int) -> Path:
    """A model that gives back its input as `echo`, so that a test sees what preprocessing made."""
    nodes = [helper.make_node("Identity", ["input"], ["echo"])]
    return _save(path, nodes, [], {"echo": [3, height, width]}, (height, width))
