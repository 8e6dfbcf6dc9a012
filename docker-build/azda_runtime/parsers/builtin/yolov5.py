"""YOLOv5 and YOLOv7: one layer (candidates, 5 + classes): centre, size, objectness, and a score for each class."""

from collections.abc import Mapping
from typing import Any

from azda_runtime.parsers.builtin.coco import COCO_80
from azda_runtime.parsers.helpers import Array, best_classes, nms, table, to_corners

model_type = 0
name = "yolov5"
labels = list(COCO_80)

SCORE_THRESHOLD = 0.25
OVERLAP_THRESHOLD = 0.45


def parse_det_model(config: Any, raw_outputs: Mapping[str, Array]) -> tuple[Array, Array, Array, None]:
    """Find the objects of one frame."""
    candidates = table(raw_outputs)
    candidates = candidates[candidates[:, 4] >= SCORE_THRESHOLD]  # the score is at most the objectness
    rows, class_ids, scores = best_classes(candidates[:, 5:] * candidates[:, 4:5], SCORE_THRESHOLD)
    boxes = to_corners(candidates[rows, :4])
    kept = nms(boxes, scores, class_ids, OVERLAP_THRESHOLD)
    return config.to_frame(boxes[kept]), class_ids[kept], scores[kept], None
