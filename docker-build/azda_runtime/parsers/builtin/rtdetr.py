"""RT-DETR of Ultralytics: one layer (queries, 4 + classes), centre and size as fractions of the network's input.

The queries do not overlap, and nothing is suppressed. The frame is taken as stretched (maintain-aspect-ratio=0).
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from azda_runtime.parsers.builtin.coco import COCO_80
from azda_runtime.parsers.helpers import Array, best_classes, table, to_corners

model_type = 0
name = "rtdetr"
labels = list(COCO_80)

SCORE_THRESHOLD = 0.5


def parse_det_model(config: Any, raw_outputs: Mapping[str, Array]) -> tuple[Array, Array, Array, None]:
    """Find the objects of one frame."""
    queries = table(raw_outputs)
    rows, class_ids, scores = best_classes(queries[:, 4:], SCORE_THRESHOLD)
    boxes = to_corners(queries[rows, :4]) * np.tile(config.network_size, 2)
    return config.to_frame(boxes), class_ids, scores, None
