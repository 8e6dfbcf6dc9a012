"""What is taken for what: objects and detections in pairs, whatever their categories are."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from azdacli.evaluation.truth import Annotation, Box, Detection, Truth

_IOU = 0.5
NOTHING = -1
"""In the place of a category: an object that was not found, or a detection where there is no object."""


def overlaps(first: Sequence[Box], second: Sequence[Box]) -> npt.NDArray[np.float64]:
    """Intersection over union of each box of one list with each of another."""
    a, b = np.asarray(first, np.float64)[:, None], np.asarray(second, np.float64)[None]
    start = np.maximum(a[..., :2], b[..., :2])
    shared = np.maximum(np.minimum(a[..., :2] + a[..., 2:], b[..., :2] + b[..., 2:]) - start, 0).prod(axis=2)
    union = a[..., 2:].prod(axis=2) + b[..., 2:].prod(axis=2) - shared
    result: npt.NDArray[np.float64] = np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)
    return result


def pairs(truly: Sequence[Box], found: Sequence[Box], least: float = _IOU) -> list[tuple[int, int, float]]:
    """Pairs of boxes that overlap, the closest first, each box once: two indices and the IoU."""
    if not truly or not found:
        return []
    table = overlaps(truly, found)
    near = zip(*np.nonzero((table >= least) & (table > 0)), strict=True)
    close = sorted(((float(table[i, j]), int(i), int(j)) for i, j in near), key=lambda each: (-each[0], *each[1:]))
    first: set[int] = set()
    second: set[int] = set()
    chosen = []
    for iou, i, j in close:
        if i not in first and j not in second:
            first.add(i)
            second.add(j)
            chosen.append((i, j, iou))
    return chosen


def confusion(truth: Truth, detections: Sequence[Detection], threshold: float) -> Mapping[tuple[int, int], int]:
    """How often an object of one category was found as one of another.

    Args:
        truth: The set, with boxes in pixels; groups are left out.
        detections: What was found.
        threshold: The least score that counts.

    Returns:
        (true category, found category) -> how often; NOTHING for an object that was missed, or a false one.
    """
    truly, found = by_picture(truth, detections, threshold)
    counts: dict[tuple[int, int], int] = defaultdict(int)
    for picture in truth.pictures:
        there, seen = truly[picture.id], found[picture.id]
        together = pairs([each.box for each in there], [each.box for each in seen])
        for i, j, _ in together:
            counts[there[i].category, seen[j].category] += 1
        hit, used = {i for i, _, _ in together}, {j for _, j, _ in together}
        for i, missed in enumerate(there):
            counts[missed.category, NOTHING] += i not in hit
        for j, false in enumerate(seen):
            counts[NOTHING, false.category] += j not in used
    return {key: count for key, count in sorted(counts.items()) if count}


def by_picture(
    truth: Truth, detections: Sequence[Detection], threshold: float
) -> tuple[Mapping[int, Sequence[Annotation]], Mapping[int, Sequence[Detection]]]:
    """Objects that count, and detections from a score on, by the number of their picture."""
    truly: dict[int, list[Annotation]] = defaultdict(list)
    found: dict[int, list[Detection]] = defaultdict(list)
    for annotation in truth.annotations:
        if not annotation.crowd:
            truly[annotation.picture].append(annotation)
    for detection in detections:
        if detection.score >= threshold:
            found[detection.picture].append(detection)
    return truly, found


def worst(truth: Truth, detections: Sequence[Detection], threshold: float, most: int) -> list[tuple[int, int, int]]:
    """The pictures with the most mistakes: a picture's number, how many objects were missed, how many false ones."""
    truly, found = by_picture(truth, detections, threshold)
    counted = []
    for picture in truth.pictures:
        there, seen = truly.get(picture.id, ()), found.get(picture.id, ())
        together = pairs([each.box for each in there], [each.box for each in seen])
        right = sum(there[i].category == seen[j].category for i, j, _ in together)
        counted.append((picture.id, len(there) - right, len(seen) - right))
    mistaken = [each for each in counted if each[1] + each[2]]
    return sorted(mistaken, key=lambda each: (-each[1] - each[2], each[0]))[:most]
