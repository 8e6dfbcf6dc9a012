"""Makes a folder to try the example with, without a face in sight: small models with the same layers.

The first takes what is bright for a face. The second puts the points where a face has them, nearer to each other the
darker the face is. Needs the package `onnx`.

    python make_face_models.py FOLDER
"""

import shutil
import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

WIDTH, HEIGHT, CELL, SIDE = 480, 272, 16, 96
BOX = 24 / 35  # half a face, in the unit of DetectNet's boxes
POINTS = (0.3, 0.35, 0.7, 0.35, 0.5, 0.55, 0.35, 0.75, 0.65, 0.75)


def _saved(name, nodes, inputs, outputs, values):
    def info(given):
        return [helper.make_tensor_value_info(one, TensorProto.FLOAT, ["N", *shape]) for one, shape in given.items()]

    weights = [numpy_helper.from_array(np.asarray(value, np.float32), one) for one, value in values.items()]
    graph = helper.make_graph(nodes, name, info(inputs), info(outputs), weights)
    made = helper.make_model(graph, ir_version=8, opset_imports=[helper.make_opsetid("", 13)])
    onnx.checker.check_model(made)
    return made.SerializeToString()


def faces():
    """A DetectNet: a cell is as sure of a face as it is bright."""
    rows, columns = HEIGHT // CELL, WIDTH // CELL
    return _saved(
        "face-stand-in",
        [
            helper.make_node("ReduceMean", ["input_1"], ["light"], axes=[1], keepdims=1),
            helper.make_node(
                "AveragePool", ["light"], ["output_cov/Sigmoid"], kernel_shape=[CELL, CELL], strides=[CELL, CELL]
            ),
            helper.make_node("Conv", ["output_cov/Sigmoid", "nothing", "sides"], ["output_bbox/BiasAdd"]),
        ],
        {"input_1": [3, HEIGHT, WIDTH]},
        {"output_cov/Sigmoid": [1, rows, columns], "output_bbox/BiasAdd": [4, rows, columns]},
        {"nothing": np.zeros((4, 1, 1, 1)), "sides": [BOX] * 4},
    )


def landmarks():
    """The points of a face, each drawn to the middle as the face is dark."""
    return _saved(
        "landmarks-stand-in",
        [
            helper.make_node("ReduceMean", ["face"], ["light"], axes=[1, 2, 3], keepdims=1),
            helper.make_node("Flatten", ["light"], ["share"]),
            helper.make_node("Mul", ["share", "around"], ["apart"]),
            helper.make_node("Add", ["apart", "middle"], ["landmarks"]),
        ],
        {"face": [3, SIDE, SIDE]},
        {"landmarks": [10]},
        {"around": np.array(POINTS)[None] - 0.5, "middle": 0.5},
    )


def make(folder):
    """Copy the example, and put the stand-ins beside it."""
    assets = Path(__file__).with_name("custom-assets")
    shutil.copytree(assets, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "face.onnx").write_bytes(faces())
    (folder / "landmarks.onnx").write_bytes(landmarks())


if __name__ == "__main__":
    make(Path(sys.argv[1]))
