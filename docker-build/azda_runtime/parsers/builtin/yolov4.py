"""YOLOv4 of the ONNX model zoo: three grids of raw offsets, in the layers Identity:0, Identity_1:0 and Identity_2:0.

Each layer has the shape (rows, columns, 3 anchors, 5 + 80): offsets of the centre and of the size, still to be
decoded, then objectness and class probabilities. The frame is taken as stretched to the network's size
(maintain-aspect-ratio=0).
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from azda_runtime.parsers.builtin.coco import COCO_80
from azda_runtime.parsers.nms import best

model_type = 0
name = "yolov4"
labels = list(COCO_80)

SCORE_THRESHOLD = 0.5
OVERLAP_THRESHOLD = 0.213

# Layer -> pixels per cell, scale of the centre's offset, anchors as width and height in pixels.
_GRIDS = {
    "Identity:0": (8, 1.2, ((12, 16), (19, 36), (40, 28))),
    "Identity_1:0": (16, 1.1, ((36, 75), (76, 55), (72, 146))),
    "Identity_2:0": (32, 1.05, ((142, 110), (192, 243), (459, 401))),
}
_LARGEST_EXPONENT = 10.0

Array = NDArray[Any]


def parse_det_model(config: Any, raw_outputs: Mapping[str, Array]) -> tuple[Array, Array, Array, None]:
    """Find the objects of one frame."""
    grids = {layer: np.asarray(raw_outputs[layer], dtype=np.float64) for layer in _GRIDS}
    decoded = [_decode(grid, *_GRIDS[layer]) for layer, grid in grids.items()]
    boxes = np.concatenate([d[0] for d in decoded])
    scores = np.concatenate([d[1] for d in decoded])
    class_ids = np.concatenate([d[2] for d in decoded])
    rows, columns = grids["Identity:0"].shape[:2]
    size = np.array([columns, rows], dtype=np.float64) * _GRIDS["Identity:0"][0]
    boxes = np.clip(boxes, 0, np.tile(size, 2))
    whole = (boxes[:, 2:] > boxes[:, :2]).all(axis=1)
    boxes, scores, class_ids = boxes[whole], scores[whole], class_ids[whole]
    kept = best(boxes, scores, class_ids, OVERLAP_THRESHOLD)
    corners = boxes[kept] * np.tile(np.array(config.image_size) / size, 2)
    corners[:, 2:] -= corners[:, :2]
    return corners, class_ids[kept], scores[kept], None


def _decode(grid: Array, stride: int, scale: float, anchors: tuple[tuple[int, int], ...]) -> tuple[Array, Array, Array]:
    """Boxes as left, top, right, bottom in the network's pixels, with scores and classes, above the threshold."""
    row, column, anchor = np.nonzero(grid[..., 4] > SCORE_THRESHOLD)  # the score is at most the objectness
    cells = grid[row, column, anchor]
    class_ids = cells[:, 5:].argmax(axis=1)
    scores = cells[:, 4] * cells[np.arange(len(cells)), 5 + class_ids]
    likely = scores > SCORE_THRESHOLD
    cells, class_ids, scores = cells[likely], class_ids[likely], scores[likely]
    origin = np.stack([column[likely], row[likely]], axis=1)
    centre = (_sigmoid(cells[:, :2]) * scale - 0.5 * (scale - 1) + origin) * stride
    size = np.exp(np.minimum(cells[:, 2:4], _LARGEST_EXPONENT)) * np.array(anchors)[anchor[likely]]
    return np.concatenate([centre - size / 2, centre + size / 2], axis=1), scores, class_ids


def _sigmoid(values: Array) -> Array:
    result: Array = 0.5 * (1 + np.tanh(0.5 * values))  # as 1 / (1 + exp(-x)), without its overflow
    return result
