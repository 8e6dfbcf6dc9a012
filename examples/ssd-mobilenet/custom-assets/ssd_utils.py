"""What ssd_parser.py computes with: labels, suppression of overlaps, the form of boxes."""

from pathlib import Path

import numpy as np
from azda_runtime.parsers import helpers


def get_labels():
    """The names of the classes; TensorFlow's begin with the background."""
    return Path(__file__).with_name("labels.txt").read_text(encoding="utf-8").splitlines()


def nms(boxes, scores, classes, overlap):
    """Keep the most likely of boxes of one class that overlap."""
    kept = helpers.nms(boxes, scores, classes, overlap)
    return boxes[kept], scores[kept], classes[kept]


def to_xywh(boxes):
    """Top, left, bottom, right -> left, top, width, height."""
    top, left, bottom, right = boxes.reshape(-1, 4).T
    return np.stack([left, top, np.maximum(right - left, 0), np.maximum(bottom - top, 0)], axis=1)
