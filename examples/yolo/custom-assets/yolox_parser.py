"""YOLOX of ddddocr: one class, boxes in cells of the grid.

The outputs of one frame, without the batch:
    output  (3549, 6) float32
Written by `azdacli init`.
"""

from pathlib import Path

import numpy as np
from azda_runtime.parsers.helpers import best_classes, grid, nms, to_corners

model_type = 0  # boxes
name = "Characters"
labels = Path(__file__).with_name("labels.txt").read_text(encoding="utf-8").splitlines()

SCORE_THRESHOLD = 0.25
OVERLAP_THRESHOLD = 0.45  # intersection over union
STRIDES = (8, 16, 32)  # pixels for each cell of the three grids
LARGEST_EXPONENT = 10.0


def parse_det_model(config, raw_outputs: dict):
    """Boxes in pixels of the frame, class ids, scores, and no message."""
    candidates = raw_outputs["output"]  # centre and size in cells, objectness, a score for each class
    cells, strides = grid(config.network_size, STRIDES)
    centres = (candidates[:, :2] + cells) * strides
    sizes = np.exp(np.minimum(candidates[:, 2:4], LARGEST_EXPONENT)) * strides
    rows, class_ids, scores = best_classes(candidates[:, 5:] * candidates[:, 4:5], SCORE_THRESHOLD)
    boxes = to_corners(np.concatenate([centres, sizes], axis=1)[rows])
    kept = nms(boxes, scores, class_ids, OVERLAP_THRESHOLD)
    return config.to_frame(boxes[kept]), class_ids[kept], scores[kept], None
