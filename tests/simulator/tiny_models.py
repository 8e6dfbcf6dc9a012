"""Tiny ONNX models whose answers are known exactly."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

Dims = Sequence[int | str | None]


def save(path: Path, nodes: Sequence[Any], inputs: Any, outputs: Any, constants: dict[str, np.ndarray]) -> Path:
    graph = helper.make_graph(
        nodes, "tiny", inputs, outputs, [numpy_helper.from_array(array, name) for name, array in constants.items()]
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, str(path))
    return path


def tensor(name: str, dims: Dims, kind: int = TensorProto.FLOAT) -> Any:
    return helper.make_tensor_value_info(name, kind, list(dims))


def identity(path: Path, dims: Dims, kind: int = TensorProto.FLOAT) -> Path:
    """Give the input back: its answer is the preprocessing's result."""
    node = helper.make_node("Identity", ["image"], ["same"])
    return save(path, [node], [tensor("image", dims, kind)], [tensor("same", dims, kind)], {})


def blob_detector(path: Path, *, width: int, height: int, stride: int = 16, batch: int | str = "n") -> Path:
    """Find bright cells, DetectNet_v2's way.

    A cell of stride x stride pixels covers by the mean of a channel (input scaled to 0..1), class 0 by the first
    channel's, class 1 by the last's, and predicts exactly its own square as the box.
    """
    rows, columns = height // stride, width // stride
    pick = np.zeros((2, 3, 1, 1), np.float32)
    pick[0, 0] = pick[1, 2] = 1
    edges = np.zeros((8, rows, columns), np.float32)
    edges[[0, 1, 4, 5]] = 0.5 / 35
    edges[[2, 3, 6, 7]] = (stride - 0.5) / 35
    nodes = [
        helper.make_node("AveragePool", ["image"], ["cells"], kernel_shape=[stride, stride], strides=[stride, stride]),
        helper.make_node("Conv", ["cells", "pick"], ["conv2d_cov/Sigmoid"]),
        helper.make_node("Mul", ["conv2d_cov/Sigmoid", "zero"], ["nothing"]),
        helper.make_node("ReduceSum", ["nothing", "axis"], ["flat"], keepdims=1),
        helper.make_node("Add", ["flat", "edges"], ["conv2d_bbox"]),
    ]
    return save(
        path,
        nodes,
        [tensor("image", [batch, 3, height, width])],
        [tensor("conv2d_bbox", [batch, 8, rows, columns]), tensor("conv2d_cov/Sigmoid", [batch, 2, rows, columns])],
        {"pick": pick, "edges": edges, "zero": np.zeros(1, np.float32), "axis": np.array([1], np.int64)},
    )


def colour_classifier(path: Path, size: int = 8) -> Path:
    """Say which of the three channels is the strongest: a softmax over their means."""
    nodes = [
        helper.make_node("GlobalAveragePool", ["image"], ["means"]),
        helper.make_node("Softmax", ["means"], ["predictions"], axis=1),
    ]
    dims = ["n", 3, size, size]
    return save(path, nodes, [tensor("image", dims)], [tensor("predictions", ["n", 3, 1, 1])], {})
