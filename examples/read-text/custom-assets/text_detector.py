"""Boxes around text, from PP-OCR's map of how likely each pixel belongs to text."""

import numpy as np

model_type = 0
name = "TextDetector"
labels = ["text"]

LIKELY = 0.3  # a pixel belongs to text
SURE = 0.6  # the mean over a region, for it to count
GROW = 1.5  # the model's regions are shrunken text; so much of area / circumference is put back
SMALLEST = 3  # pixels of the map


def parse_det_model(config, raw_outputs: dict):
    """Find the regions of the map and give their boxes in pixels of the frame."""
    chances = raw_outputs["sigmoid_0.tmp_0"][0]
    rows, columns = chances.shape
    scale = np.array([config.image_size[0] / columns, config.image_size[1] / rows])
    boxes, scores = [], []
    for top, bottom, left, right in regions(chances > LIKELY):
        score = float(chances[top:bottom, left:right].mean())
        width, height = right - left, bottom - top
        if min(width, height) < SMALLEST or score < SURE:
            continue
        margin = GROW * width * height / (2 * (width + height))
        low = np.clip(np.array([left - margin, top - margin]), 0, [columns, rows]) * scale
        high = np.clip(np.array([right + margin, bottom + margin]), 0, [columns, rows]) * scale
        boxes.append(np.concatenate([low, high - low]))
        scores.append(score)
    ids = np.zeros(len(boxes), dtype=int)
    return np.array(boxes).reshape(-1, 4), ids, np.array(scores), None


def regions(mask):
    """Yield top, bottom, left and right of each connected region (ends exclusive), by joining the runs of rows."""
    found, before = [], []
    for y in np.flatnonzero(mask.any(axis=1)):
        edges = np.flatnonzero(np.diff(mask[y], prepend=False, append=False))
        runs = []
        for left, right in zip(edges[::2], edges[1::2], strict=True):
            touching = [box for last, (start, end), box in before if last == y - 1 and start < right and left < end]
            box = touching[0] if touching else [y, y + 1, left, right]
            box = root(box)
            if not touching:
                found.append(box)
            for other in map(root, touching[1:]):
                if other is not box:
                    box[0], box[2], box[3] = min(box[0], other[0]), min(box[2], other[2]), max(box[3], other[3])
                    other[:] = [box]  # joined: it points to the box that took it
            box[1], box[2], box[3] = y + 1, min(box[2], left), max(box[3], right)
            runs.append((y, (left, right), box))
        before = runs
    yield from (tuple(box) for box in found if len(box) > 1)


def root(box):
    """The box that took this one, or the box itself."""
    while len(box) == 1:
        box = box[0]
    return box
