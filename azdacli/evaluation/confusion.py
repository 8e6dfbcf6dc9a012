"""What is taken for what: objects and detections in pairs, whatever their categories are."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from azdacli.evaluation.truth import Annotation, Box, Detection, Truth

_IOU = 0.5
NOTHING = -1
"""In the place of a category: an object that was not found, or a detection where there is no object."""


def overlap(first: Box, second: Box) -> float:
    """Intersection over union."""
    across = min(first[0] + first[2], second[0] + second[2]) - max(first[0], second[0])
    down = min(first[1] + first[3], second[1] + second[3]) - max(first[1], second[1])
    if across <= 0 or down <= 0:
        return 0.0
    shared = across * down
    return shared / (first[2] * first[3] + second[2] * second[3] - shared)


def pairs(truly: Sequence[Box], found: Sequence[Box], least: float = _IOU) -> list[tuple[int, int, float]]:
    """Pairs of boxes that overlap, the closest first, each box once: two indices and the IoU."""
    close = [(overlap(a, b), i, j) for i, a in enumerate(truly) for j, b in enumerate(found)]
    close = sorted((each for each in close if each[0] >= least), key=lambda each: (-each[0], each[1], each[2]))
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
    truly: dict[int, list[Annotation]] = defaultdict(list)
    found: dict[int, list[Detection]] = defaultdict(list)
    for annotation in truth.annotations:
        if not annotation.crowd:
            truly[annotation.picture].append(annotation)
    for detection in detections:
        if detection.score >= threshold:
            found[detection.picture].append(detection)
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
