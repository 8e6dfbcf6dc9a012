"""Non-maximum suppression: of boxes that show the same thing, the best."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]
Integers = NDArray[np.integer[Any]]

# More candidates than any frame has objects; the rest are the least likely.
_MOST_CANDIDATES = 2000


def overlaps(box: Floats, boxes: Floats) -> NDArray[np.float64]:
    """Intersection over union of one box with others.

    Args:
        box: (4,): left, top, right, bottom.
        boxes: (N, 4), the same way.

    Returns:
        (N,), in 0..1; 0 where both boxes are empty.
    """
    low = np.maximum(box[:2], boxes[:, :2])
    high = np.minimum(box[2:], boxes[:, 2:])
    common = _area(np.concatenate([low, np.maximum(low, high)], axis=1))
    whole = _area(box[np.newaxis]) + _area(boxes) - common
    result: NDArray[np.float64] = np.divide(common, whole, out=np.zeros_like(common), where=whole > 0)
    return result


def best(boxes: Floats, scores: Floats, class_ids: Integers, threshold: float) -> NDArray[np.intp]:
    """Choose the boxes to keep: no two of one class overlap by more than the threshold.

    Args:
        boxes: (N, 4): left, top, right, bottom.
        scores: (N,).
        class_ids: (N,).
        threshold: Intersection over union, in 0..1.

    Returns:
        Indices of the boxes that stay, the highest score first; equal scores keep their order.
    """
    waiting = np.argsort(-scores, kind="stable")[:_MOST_CANDIDATES]
    kept: list[np.intp] = []
    while len(waiting):
        first, waiting = waiting[0], waiting[1:]
        kept.append(first)
        same = class_ids[waiting] == class_ids[first]
        waiting = waiting[~(same & (overlaps(boxes[first], boxes[waiting]) > threshold))]
    return np.array(kept, dtype=np.intp)


def _area(boxes: Floats) -> NDArray[np.float64]:
    sides = np.clip(boxes[:, 2:] - boxes[:, :2], 0, None).astype(np.float64)
    area: NDArray[np.float64] = sides[:, 0] * sides[:, 1]
    return area
