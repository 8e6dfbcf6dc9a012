"""YOLOX as its exporter writes it: one layer (cells, 5 + classes), centre and size still in cells of three grids.

The model takes BGR pixels from 0 to 255 (model-color-format=1, net-scale-factor=1).
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from azda_runtime.parsers.builtin.coco import COCO_80
from azda_runtime.parsers.helpers import Array, best_classes, grid, nms, table, to_corners

model_type = 0
name = "yolox"
labels = list(COCO_80)

SCORE_THRESHOLD = 0.25
OVERLAP_THRESHOLD = 0.45
STRIDES = (8, 16, 32)
_LARGEST_EXPONENT = 10.0


def parse_det_model(config: Any, raw_outputs: Mapping[str, Array]) -> tuple[Array, Array, Array, None]:
    """Find the objects of one frame."""
    candidates = table(raw_outputs)
    cells, strides = grid(config.network_size, STRIDES)
    centres = (candidates[:, :2] + cells) * strides
    sizes = np.exp(np.minimum(candidates[:, 2:4], _LARGEST_EXPONENT)) * strides
    rows, class_ids, scores = best_classes(candidates[:, 5:] * candidates[:, 4:5], SCORE_THRESHOLD)
    boxes = to_corners(np.concatenate([centres, sizes], axis=1)[rows])
    kept = nms(boxes, scores, class_ids, OVERLAP_THRESHOLD)
    return config.to_frame(boxes[kept]), class_ids[kept], scores[kept], None
