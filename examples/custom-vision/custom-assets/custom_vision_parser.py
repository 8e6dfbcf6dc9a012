"""Boxes of a detector that was trained on Custom Vision and exported as ONNX ("General (compact)").

    model_outputs0  (5 * (5 + classes), rows, columns) float32: a YOLOv2 head with five anchors

Microsoft's samples for this head differ: `object_detection.py` of the exported archive brings the centres through the
logistic function, as YOLOv2 is defined, and `predict.py` of customvision-export-samples does not. See LOGISTIC.
"""

from pathlib import Path

import numpy as np
from azda_runtime.parsers.helpers import best_classes, nms, sigmoid, softmax, to_corners

model_type = 0
name = "CustomVision"
labels = Path(__file__).with_name("labels.txt").read_text(encoding="utf-8").split("\n")
labels = [line.strip() for line in labels if line.strip()]

ANCHORS = np.array([[0.573, 0.677], [1.87, 2.06], [3.34, 5.47], [7.88, 3.53], [9.77, 9.17]])  # in cells
LOGISTIC = True
LIKELY = 0.3
OVERLAP = 0.45
LARGEST = 10.0  # exponent of a size


def parse_det_model(config, raw_outputs: dict):
    """Boxes in pixels of the frame, class ids, scores, and no message."""
    layer = raw_outputs["model_outputs0"]
    planes, rows, columns = layer.shape
    classes = planes // len(ANCHORS) - 5
    if classes != len(labels) or planes % len(ANCHORS):
        raise ValueError(
            f"the model has {classes} classes, and labels.txt names {len(labels)}: take both from one export"
        )
    values = np.nan_to_num(layer).astype(float).transpose(1, 2, 0).reshape(rows, columns, len(ANCHORS), -1)
    down, across = np.mgrid[:rows, :columns]
    cells = np.stack([across, down], axis=-1)[:, :, None]
    centres = cells + (sigmoid(values[..., :2]) if LOGISTIC else values[..., :2])
    sizes = np.exp(np.minimum(values[..., 2:4], LARGEST)) * ANCHORS
    boxes = np.concatenate([centres, sizes], axis=-1).reshape(-1, 4) * np.tile(
        np.divide(config.network_size, (columns, rows)), 2
    )
    scores = (softmax(values[..., 5:]) * sigmoid(values[..., 4:5])).reshape(-1, classes)
    found, class_ids, scores = best_classes(scores, LIKELY)
    boxes = to_corners(boxes[found])
    kept = nms(boxes, scores, class_ids, OVERLAP)
    return config.to_frame(boxes[kept]), class_ids[kept], scores[kept], None
