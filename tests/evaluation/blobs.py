"""A labelled set whose truth is known, and a model whose answer can be computed: squares of three colours."""

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

COLOURS = ("red", "green", "blue")
NETWORK = 96
STRIDE = 4
WIDTH, HEIGHT, SIDE = 160, 112, 24
RIGHT = {
    "net-scale-factor": "0.00392156862745098",
    "model-color-format": "0",
    "maintain-aspect-ratio": "1",
    "symmetric-padding": "1",
    "scaling-filter": "1",
}
RIGHT_CLASSES = {"pre-cluster-threshold": "0.3", "nms-iou-threshold": "0.3"}


def write_model(path: Path) -> None:
    """A detector after DetectNet's fashion: where a colour prevails there is a square of its class."""
    cells = NETWORK // STRIDE
    own = np.full((3, 3, 1, 1), -0.3, np.float32)
    for colour in range(3):
        own[colour, colour] = 1
    box = np.full(12, 7.2 / 35, np.float32)  # half of 24 pixels at 0.6, in DetectNet's unit
    nodes = [
        helper.make_node("Conv", ["picture", "own"], ["prevails"]),
        helper.make_node("Clip", ["prevails", "zero", "one"], ["colour"]),
        helper.make_node(
            "AveragePool", ["colour"], ["cov"], kernel_shape=[13, 13], strides=[STRIDE, STRIDE], pads=[6, 6, 5, 5]
        ),
        helper.make_node("Conv", ["cov", "nothing", "sides"], ["bbox"]),
    ]
    graph = helper.make_graph(
        nodes,
        "blobs",
        [helper.make_tensor_value_info("picture", TensorProto.FLOAT, ["n", 3, NETWORK, NETWORK])],
        [
            helper.make_tensor_value_info("cov", TensorProto.FLOAT, ["n", 3, cells, cells]),
            helper.make_tensor_value_info("bbox", TensorProto.FLOAT, ["n", 12, cells, cells]),
        ],
        [
            numpy_helper.from_array(own, "own"),
            numpy_helper.from_array(np.zeros((12, 3, 1, 1), np.float32), "nothing"),
            numpy_helper.from_array(box, "sides"),
            numpy_helper.from_array(np.float32(0), "zero"),
            numpy_helper.from_array(np.float32(1), "one"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.checker.check_model(model)
    path.write_bytes(model.SerializeToString())


def write_config(folder: Path, changes: dict[str, str] | None = None) -> Path:
    """The folder of the model, with keys of its configuration changed."""
    folder.mkdir(parents=True, exist_ok=True)
    write_model(folder / "blobs.onnx")
    (folder / "labels.txt").write_text("\n".join(COLOURS) + "\n")
    changes = changes or {}
    known = {**RIGHT, **{key: value for key, value in changes.items() if key not in RIGHT_CLASSES}}
    classes = {**RIGHT_CLASSES, **{key: value for key, value in changes.items() if key in RIGHT_CLASSES}}
    lines = ["[property]", "onnx-file=blobs.onnx", "labelfile-path=labels.txt", "network-type=0", "gie-unique-id=1"]
    lines += ["num-detected-classes=3", "batch-size=1", *(["cluster-mode=2"] if "cluster-mode" not in known else [])]
    lines += [f"{key}={value}" for key, value in known.items()]
    lines += ["[class-attrs-all]", *(f"{key}={value}" for key, value in classes.items())]
    path = folder / "config_infer.txt"
    path.write_text("\n".join(lines) + "\n")
    return path


def write_set(folder: Path, count: int = 12) -> dict[str, Any]:
    """Pictures and their truth, as COCO has it; the truth is also written to truth.json beside them."""
    images = folder / "images"
    images.mkdir(parents=True)
    generator = np.random.default_rng(5)
    truth: dict[str, Any] = {"images": [], "annotations": []}
    truth["categories"] = [{"id": number + 7, "name": name} for number, name in enumerate(COLOURS)]
    for number in range(count):
        coarse = generator.integers(60, 130, (7, 10, 3)).astype(np.uint8)
        picture = cv2.resize(coarse, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
        name = f"picture-{number:02}.png"
        truth["images"].append({"id": 100 + number, "file_name": name, "width": WIDTH, "height": HEIGHT})
        for cell in generator.permutation(12)[:4]:
            row, column = divmod(int(cell), 4)
            left = column * 40 + int(generator.integers(0, 40 - SIDE))
            top = row * 37 + int(generator.integers(0, 37 - SIDE))
            colour, light = int(generator.integers(3)), int(generator.integers(150, 256))
            pixel = [20, 20, 20]
            pixel[colour] = light
            picture[top : top + SIDE, left : left + SIDE] = pixel
            truth["annotations"].append(
                {
                    "id": len(truth["annotations"]) + 1,
                    "image_id": 100 + number,
                    "category_id": colour + 7,
                    "bbox": [left, top, SIDE, SIDE],
                    "area": SIDE * SIDE,
                    "iscrowd": 0,
                }
            )
        cv2.imwrite(str(images / name), picture[..., ::-1])
    (folder / "truth.json").write_text(json.dumps(truth))
    return truth
