"""SSD MobileNet v1 of the ONNX model zoo: decoded detections in the layers of TensorFlow's detection API.

num_detections:0 (1,), detection_scores:0 (N,), detection_classes:0 (N,) with COCO's numbers 1 to 90, and
detection_boxes:0 (N, 4): top, left, bottom, right as fractions of the frame.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from azda_runtime.parsers.builtin.coco import COCO_91
from azda_runtime.parsers.nms import best

model_type = 0
name = "ssd_mobilenet_v1"
labels = list(COCO_91)

SCORE_THRESHOLD = 0.5
OVERLAP_THRESHOLD = 0.213

Array = NDArray[Any]


def parse_det_model(config: Any, raw_outputs: Mapping[str, Array]) -> tuple[Array, Array, Array, None]:
    """Find the objects of one frame."""
    scores = np.asarray(raw_outputs["detection_scores:0"], dtype=np.float64).reshape(-1)
    class_ids = np.asarray(raw_outputs["detection_classes:0"]).reshape(-1).astype(np.int64)
    boxes = np.asarray(raw_outputs["detection_boxes:0"], dtype=np.float64).reshape(-1, 4)
    count = min(int(np.asarray(raw_outputs["num_detections:0"]).reshape(-1)[0]), len(scores))
    boxes = np.clip(boxes[:, [1, 0, 3, 2]], 0, 1)
    sound = (boxes[:, 2:] > boxes[:, :2]).all(axis=1) & (scores >= SCORE_THRESHOLD)
    sound &= (np.arange(len(scores)) < count) & (class_ids >= 0) & (class_ids < len(labels))
    boxes, scores, class_ids = boxes[sound], scores[sound], class_ids[sound]
    kept = best(boxes, scores, class_ids, OVERLAP_THRESHOLD)
    corners = boxes[kept] * np.tile(np.array(config.image_size), 2)
    corners[:, 2:] -= corners[:, :2]
    return corners, class_ids[kept], scores[kept], None
