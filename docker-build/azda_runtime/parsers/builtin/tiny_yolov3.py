"""Tiny YOLOv3 of the ONNX model zoo: decoded boxes in yolonms_layer_1, scores in yolonms_layer_1:1.

Boxes have the shape (N, 4): top, left, bottom, right in pixels of the 416 x 416 network; scores (80, N). The frame is
taken as stretched to the network's size (maintain-aspect-ratio=0).
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from azda_runtime.parsers.builtin.coco import COCO_80
from azda_runtime.parsers.nms import best

model_type = 0
name = "tiny-yolov3"
labels = list(COCO_80)

SCORE_THRESHOLD = 0.5
OVERLAP_THRESHOLD = 0.213
NETWORK_SIZE = 416

Array = NDArray[Any]


def parse_det_model(config: Any, raw_outputs: Mapping[str, Array]) -> tuple[Array, Array, Array, None]:
    """Find the objects of one frame."""
    all_boxes = np.asarray(raw_outputs["yolonms_layer_1"], dtype=np.float64)
    all_scores = np.asarray(raw_outputs["yolonms_layer_1:1"], dtype=np.float64)
    class_ids, location = np.nonzero(all_scores >= SCORE_THRESHOLD)
    scores = all_scores[class_ids, location]
    boxes = np.clip(all_boxes[location][:, [1, 0, 3, 2]] / NETWORK_SIZE, 0, 1)
    whole = (boxes[:, 2:] > boxes[:, :2]).all(axis=1)
    boxes, scores, class_ids = boxes[whole], scores[whole], class_ids[whole]
    kept = best(boxes, scores, class_ids, OVERLAP_THRESHOLD)
    corners = boxes[kept] * np.tile(np.array(config.image_size), 2)
    corners[:, 2:] -= corners[:, :2]
    return corners, class_ids[kept], scores[kept], None
