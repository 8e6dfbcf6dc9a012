"""YOLO models with NMS inside (YOLOv10, exports with nms=True): one layer (rows, 6): corners, score, class."""

from collections.abc import Mapping
from typing import Any

from azda_runtime.parsers.builtin.coco import COCO_80
from azda_runtime.parsers.helpers import Array, table

model_type = 0
name = "yolo-nms"
labels = list(COCO_80)

SCORE_THRESHOLD = 0.25


def parse_det_model(config: Any, raw_outputs: Mapping[str, Array]) -> tuple[Array, Array, Array, None]:
    """Find the objects of one frame."""
    rows = table(raw_outputs)
    rows = rows[rows[:, 4] >= SCORE_THRESHOLD]
    return config.to_frame(rows[:, :4]), rows[:, 5].astype(int), rows[:, 4], None
