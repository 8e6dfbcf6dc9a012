"""Makes a folder to try the example with, without NVIDIA's weights: a small model with the same layers.

The stand-in puts a person around whatever is bright in the picture. Needs the package `onnx`.

    python make_pose_model.py FOLDER
"""

import shutil
import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

ASSETS = Path(__file__).with_name("custom-assets")
sys.path.insert(0, str(ASSETS))

from pose import JOINTS, LIMBS

WIDTH, HEIGHT, CELL, FIELD = 384, 288, 8, 4
REACH = 12  # cells
# Columns and rows from the bright thing, in cells of 8 pixels.
STANDING = {
    "nose": (0, -6),
    "neck": (0, -3),
    "right_shoulder": (-3, -3),
    "right_elbow": (-5, 0),
    "right_wrist": (-6, 3),
    "left_shoulder": (3, -3),
    "left_elbow": (5, 0),
    "left_wrist": (6, 3),
    "right_hip": (-2, 3),
    "right_knee": (-2, 7),
    "right_ankle": (-2, 11),
    "left_hip": (2, 3),
    "left_knee": (2, 7),
    "left_ankle": (2, 11),
    "right_eye": (-2, -8),
    "left_eye": (2, -8),
    "right_ear": (-4, -7),
    "left_ear": (4, -7),
}


def hills():
    """What each joint's map sees of the bright thing: a hill where the joint lies."""
    planes = np.zeros((len(JOINTS) + 1, 1, 2 * REACH + 1, 2 * REACH + 1), np.float32)
    rows, columns = np.mgrid[-REACH : REACH + 1, -REACH : REACH + 1]
    for number, joint in enumerate(JOINTS):
        x, y = STANDING[joint]
        hill = np.exp(-((columns + x) ** 2 + (rows + y) ** 2) / 2)
        planes[number, 0] = hill / hill.sum()
    return planes


def roads():
    """What each limb's field sees: its direction, along the limb."""
    planes = np.zeros((2 * len(LIMBS), 1, 2 * REACH + 1, 2 * REACH + 1), np.float32)
    rows, columns = np.mgrid[-REACH : REACH + 1, -REACH : REACH + 1]
    for number, (first, second) in enumerate(LIMBS):
        start, end = np.array(STANDING[JOINTS[first]]), np.array(STANDING[JOINTS[second]])
        length = np.hypot(*(end - start))
        along, across = (end - start) / length, np.array([start[1] - end[1], end[0] - start[0]]) / length
        x, y = -columns - start[0], -rows - start[1]  # a convolution sees the picture mirrored
        way, aside = x * along[0] + y * along[1], x * across[0] + y * across[1]
        road = (way > -1.5) & (way < length + 1.5) & (np.abs(aside) < 1.5)
        planes[2 * number, 0], planes[2 * number + 1, 0] = road * along[0], road * along[1]
    return planes


def model():
    """The stand-in: input and outputs as BodyPoseNet has them."""
    nodes = [
        helper.make_node("ReduceMean", ["input_1:0"], ["grey"], axes=[3], keepdims=1),
        helper.make_node("Transpose", ["grey"], ["plane"], perm=[0, 3, 1, 2]),
        helper.make_node("Add", ["plane", "half"], ["light"]),
        helper.make_node("AveragePool", ["light"], ["cells"], kernel_shape=[CELL, CELL], strides=[CELL, CELL]),
        helper.make_node("Conv", ["cells", "hills"], ["heat"], pads=[REACH] * 4),
        helper.make_node("Transpose", ["heat"], ["heatmap_out/BiasAdd:0"], perm=[0, 2, 3, 1]),
        helper.make_node("Conv", ["cells", "roads"], ["ways"], pads=[REACH] * 4),
        helper.make_node("Resize", ["ways", "", "larger"], ["field"], mode="nearest"),
        helper.make_node("Transpose", ["field"], ["conv2d_transpose_1/BiasAdd:0"], perm=[0, 2, 3, 1]),
    ]
    rows, columns = HEIGHT // CELL, WIDTH // CELL
    fields = [rows * FIELD, columns * FIELD]
    graph = helper.make_graph(
        nodes,
        "body-pose-stand-in",
        [helper.make_tensor_value_info("input_1:0", TensorProto.FLOAT, ["N", HEIGHT, WIDTH, 3])],
        [
            helper.make_tensor_value_info("heatmap_out/BiasAdd:0", TensorProto.FLOAT, ["N", rows, columns, 19]),
            helper.make_tensor_value_info("conv2d_transpose_1/BiasAdd:0", TensorProto.FLOAT, ["N", *fields, 38]),
        ],
        [
            numpy_helper.from_array(np.float32(0.5), "half"),
            numpy_helper.from_array(hills(), "hills"),
            numpy_helper.from_array(roads(), "roads"),
            numpy_helper.from_array(np.array([1, 1, FIELD, FIELD], np.float32), "larger"),
        ],
    )
    made = helper.make_model(graph, ir_version=8, opset_imports=[helper.make_opsetid("", 13)])
    onnx.checker.check_model(made)
    return made


def make(folder):
    """Copy the example, put the stand-in beside it, and let the configuration name it."""
    shutil.copytree(ASSETS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "model.onnx").write_bytes(model().SerializeToString())
    path = folder / "bodypose2d_pgie_config.txt"
    lines = (
        path.read_text(encoding="utf-8").replace("tlt-encoded-model=model.etlt", "onnx-file=model.onnx").splitlines()
    )
    path.write_text("\n".join(one for one in lines if not one.startswith(("tlt-", "int8-"))) + "\n", encoding="utf-8")


if __name__ == "__main__":
    make(Path(sys.argv[1]))
