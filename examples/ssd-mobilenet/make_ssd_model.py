"""Makes a folder to try the example with, without TensorFlow's weights: a small model with the same layers.

The stand-in says "person" around whatever is bright in the picture. Needs the package `onnx`.

    python make_ssd_model.py FOLDER
"""

import shutil
import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

SIZE, MOST = 300, 10
PERSON = 1
# Around the bright thing: two boxes of one person, a dog's, one that is too unlikely, and one that is not counted.
SCORES = (0.9, 0.8, 0.7, 0.2, 0.9, 0, 0, 0, 0, 0)
CLASSES = (PERSON, PERSON, 18, PERSON, PERSON, 0, 0, 0, 0, 0)
COUNT = 4
HALF = (0.1, 0.08)  # of a box, down and across, as fractions of the frame


def model():
    """The stand-in: the mean row and column of what is bright are the centre of all boxes."""
    sides = np.array([[-HALF[0], -HALF[1], HALF[0], HALF[1]]] * MOST, np.float32)[None]
    sides[0, 1] *= 1.1
    places = (np.arange(SIZE, dtype=np.float32) + 0.5) / SIZE
    values = {
        "rows": places.reshape(1, SIZE, 1),
        "columns": places.reshape(1, 1, SIZE),
        "least": np.float32(1e-3),
        "sides": sides,
        "scores": np.array([SCORES], np.float32),
        "classes": np.array([CLASSES], np.float32),
        "count": np.array([COUNT], np.float32),
        "none": np.float32(0),
        "one": np.array([1], np.int64),
        "both": np.array([1, 2], np.int64),
        "last": np.array([2], np.int64),
    }
    nodes = [
        helper.make_node("ReduceMean", ["image_tensor:0"], ["light"], axes=[3], keepdims=0),
        helper.make_node("ReduceSum", ["light", "both"], ["sum"], keepdims=1),
        helper.make_node("Max", ["sum", "least"], ["all"]),
        *_mean("rows", "y"),
        *_mean("columns", "x"),
        helper.make_node("Concat", ["y", "x", "y", "x"], ["centre"], axis=2),
        helper.make_node("Add", ["centre", "sides"], ["detection_boxes:0"]),
        # What depends on the picture in name alone still has the batch's dimension.
        helper.make_node("Mul", ["all", "none"], ["nothing"]),
        helper.make_node("Squeeze", ["nothing", "last"], ["row"]),
        helper.make_node("Add", ["row", "scores"], ["detection_scores:0"]),
        helper.make_node("Add", ["row", "classes"], ["detection_classes:0"]),
        helper.make_node("Squeeze", ["row", "one"], ["cell"]),
        helper.make_node("Add", ["cell", "count"], ["num_detections:0"]),
    ]
    picture = helper.make_tensor_value_info("image_tensor:0", TensorProto.FLOAT, ["N", SIZE, SIZE, 3])
    outputs = {"num_detections:0": [], "detection_scores:0": [MOST], "detection_classes:0": [MOST]}
    outputs["detection_boxes:0"] = [MOST, 4]
    graph = helper.make_graph(
        nodes,
        "ssd-stand-in",
        [picture],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", *inner]) for name, inner in outputs.items()],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in values.items()],
    )
    made = helper.make_model(graph, ir_version=8, opset_imports=[helper.make_opsetid("", 13)])
    onnx.checker.check_model(made)
    return made


def _mean(places, name):
    """The mean of a coordinate, weighted by the light."""
    return [
        helper.make_node("Mul", ["light", places], [f"{name}-light"]),
        helper.make_node("ReduceSum", [f"{name}-light", "both"], [f"{name}-sum"], keepdims=1),
        helper.make_node("Div", [f"{name}-sum", "all"], [name]),
    ]


def make(folder):
    """Copy the example, and put the stand-in beside it."""
    assets = Path(__file__).with_name("custom-assets")
    shutil.copytree(assets, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "model.onnx").write_bytes(model().SerializeToString())


if __name__ == "__main__":
    make(Path(sys.argv[1]))
