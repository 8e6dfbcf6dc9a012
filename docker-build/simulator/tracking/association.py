"""Which detection belongs to which target: scores by overlap and size, taken greedily.

Approximation: NVIDIA's matching scores also weigh appearance. Here the weights of overlap and size are scaled to a sum
of one, so that `minMatchingScore4Overall` keeps its range.
"""

import numpy as np
import numpy.typing as npt

from simulator.tracking.settings import TrackerSettings

Boxes = npt.NDArray[np.float32]
"""Shape (n, 4), float32: left, top, width, height in pixels."""
Scores = npt.NDArray[np.float64]


def overlaps(first: Boxes, second: Boxes) -> Scores:
    """Intersection over union of each box of one list with each of another: shape (n, m)."""
    a, b = first.astype(np.float64), second.astype(np.float64)
    start = np.maximum(a[:, None, :2], b[None, :, :2])
    end = np.minimum((a[:, :2] + a[:, 2:])[:, None], (b[:, :2] + b[:, 2:])[None])
    shared = np.maximum(end - start, 0).prod(axis=2)
    union = a[:, 2:].prod(axis=1)[:, None] + b[:, 2:].prod(axis=1)[None] - shared
    ratio: Scores = np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)
    return ratio


def scores(targets: Boxes, detections: Boxes, same_class: npt.NDArray[np.bool_], settings: TrackerSettings) -> Scores:
    """Score each pair; 0 where the limits forbid it.

    Args:
        targets: Where the targets are expected.
        detections: Where something was detected.
        same_class: Shape (n, m), which pairs agree on the class.
        settings: Weights and minimum scores.
    """
    overlap = overlaps(targets, detections)
    size = _size_similarity(targets, detections)
    weights = settings.weight_iou + settings.weight_size
    overall = (settings.weight_iou * overlap + settings.weight_size * size) / weights if weights > 0 else overlap
    allowed = (overlap > 0) & (overlap >= settings.min_iou) & (size >= settings.min_size_similarity)
    allowed &= overall >= settings.min_overall
    if settings.check_class:
        allowed &= same_class
    return np.where(allowed, overall, 0.0)


def greedy(table: Scores) -> list[tuple[int, int]]:
    """Pair the best score first, each row and column once; zeros never."""
    pairs: list[tuple[int, int]] = []
    rows, columns = np.nonzero(table)
    free_rows, free_columns = set(rows.tolist()), set(columns.tolist())
    for index in np.argsort(-table[rows, columns], kind="stable").tolist():
        row, column = int(rows[index]), int(columns[index])
        if row in free_rows and column in free_columns:
            pairs.append((row, column))
            free_rows.remove(row)
            free_columns.remove(column)
    return pairs


def _size_similarity(first: Boxes, second: Boxes) -> Scores:
    """Smaller over larger width times the same of heights."""
    a, b = np.maximum(first[:, None, 2:], 1e-6), np.maximum(second[None, :, 2:], 1e-6)
    similar: Scores = (np.minimum(a, b) / np.maximum(a, b)).astype(np.float64).prod(axis=2)
    return similar
