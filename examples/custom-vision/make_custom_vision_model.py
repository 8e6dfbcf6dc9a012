"""Makes folders to try the example with, without a project on Custom Vision: a small model with the same layer.

The stand-in finds what is blue, green or red. Needs the package `onnx`.

    python make_custom_vision_model.py FOLDER       # FOLDER/python, FOLDER/amd64 and FOLDER/arm64
"""

import shutil
import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

HERE = Path(__file__).parent
LABELS = ("blue", "green", "red")
SIZE, CELL, ANCHORS, BOX = 416, 32, 5, 5
ANCHOR = 1  # the one that answers: 1.87 x 2.06 cells


def model():
    """The stand-in: each cell's mean colour decides on objectness and class."""
    classes, cells = len(LABELS), SIZE // CELL
    weights = np.zeros((ANCHORS, BOX + classes, 3, 1, 1), np.float32)
    biases = np.zeros((ANCHORS, BOX + classes), np.float32)
    biases[:, 4] = -12
    weights[ANCHOR, 4] = 16 / 255
    biases[ANCHOR, 4] = -6
    for number in range(classes):  # the picture comes as blue, green, red
        weights[ANCHOR, BOX + number, number] = 8 / 255
    planes = ANCHORS * (BOX + classes)
    nodes = [
        helper.make_node("AveragePool", ["data"], ["cells"], kernel_shape=[CELL, CELL], strides=[CELL, CELL]),
        helper.make_node("Conv", ["cells", "weights", "biases"], ["model_outputs0"]),
    ]
    graph = helper.make_graph(
        nodes,
        "custom-vision-stand-in",
        [helper.make_tensor_value_info("data", TensorProto.FLOAT, ["None", 3, SIZE, SIZE])],
        [helper.make_tensor_value_info("model_outputs0", TensorProto.FLOAT, ["None", planes, cells, cells])],
        [
            numpy_helper.from_array(weights.reshape(planes, 3, 1, 1), "weights"),
            numpy_helper.from_array(biases.reshape(planes), "biases"),
        ],
    )
    made = helper.make_model(graph, ir_version=8, opset_imports=[helper.make_opsetid("", 13)])
    onnx.checker.check_model(made)
    return made


def make(folder):
    """Copy the three configurations, each with the stand-in and its labels."""
    data = model().SerializeToString()
    for name, source in (("python", "custom-assets"), ("amd64", "amd64"), ("arm64", "arm64")):
        shutil.copytree(HERE / source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        (folder / name / "model.onnx").write_bytes(data)
        (folder / name / "labels.txt").write_text("\n".join(LABELS) + "\n", encoding="utf-8")


if __name__ == "__main__":
    make(Path(sys.argv[1]))
