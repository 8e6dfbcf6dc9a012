"""What comes back of the objects that were planted in a scene: where they are, of which class, and whether at all.

A parser may cut boxes at the frame's edge, round them, keep the best ten, or report one class of two. What no such
purpose explains is wrong: a box elsewhere, another class, one object of three lost where three of four are found.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from azda_runtime.parsers.nms import overlaps
from azda_runtime.parsers.results import Detections
from numpy.typing import NDArray

from simulator.parser_run import mixed_up
from simulator.parser_run.checks import Fault
from simulator.parser_run.inputs import Box, Input

Corners = NDArray[np.float64]
"""(N, 4): left, top, right, bottom."""

_SAME, _NEAR = 0.7, 0.3
_MOST_FOUND = 2000  # more are no answer to a scene
ELSEWHERE, CLASS, LOST = "box-elsewhere", "class-wrong", "objects-lost"


@dataclass(frozen=True, kw_only=True, slots=True)
class Match:
    """A scene, and what of it was found.

    Attributes:
        given: The scene.
        found: What the parser found.
        wanted: Where the objects are in the frame, cut at its edge.
        actual: What was found, the same way.
        pairs: The index of the found object that lies best on each planted one, -1 for none.
        shared: How much the two overlap.
    """

    given: Input
    found: Detections
    wanted: Corners
    actual: Corners
    pairs: tuple[int, ...]
    shared: tuple[float, ...]

    def classes(self, least: float = _NEAR) -> Iterator[tuple[int, int]]:
        """The planted and the found class of each object that was found."""
        for (_, planted), pair, shared in zip(self.given.objects, self.pairs, self.shared, strict=True):
            if shared >= least:
                yield planted, self.found.class_ids[pair]


def match(given: Input, found: Detections, area: Box) -> Match:
    """Find each planted object among what was found.

    Args:
        given: The scene.
        found: What the parser found.
        area: Where the frame is in the network's input.
    """
    wanted, actual = frame_boxes(given, area), _corners(found.boxes)
    size = (*given.size, *given.size)
    wanted, actual = np.clip(wanted, 0, size), np.clip(actual, 0, size)
    pairs, shared, left = [], [], np.ones(len(actual), dtype=bool)
    for box in wanted:
        alike = np.where(left, overlaps(box, actual), 0.0) if len(actual) else np.zeros(1)
        best = int(np.argmax(alike))
        pairs.append(best if alike[best] > 0 else -1)
        shared.append(float(alike[best]))
        if alike[best] >= _NEAR:
            left[best] = False
    return Match(given=given, found=found, wanted=wanted, actual=actual, pairs=tuple(pairs), shared=tuple(shared))


def frame_boxes(given: Input, area: Box) -> Corners:
    """Where a scene's objects are in the frame, in its pixels."""
    left, top, right, bottom = area
    boxes = np.array([box for box, _ in given.objects], dtype=np.float64).reshape(-1, 4)
    parts = (boxes - (left, top, left, top)) / (right - left, bottom - top, right - left, bottom - top)
    placed: Corners = parts * (*given.size, *given.size)
    return placed


def _corners(boxes: Corners) -> Corners:
    corners: Corners = np.concatenate([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]], axis=1).astype(np.float64)
    return corners


def agreement(matches: Sequence[Match]) -> float:
    """How well what was found fits what was planted: where it is, and half as much of which class."""
    places = sum(share for each in matches for share in each.shared)
    return places + sum(planted == found for each in matches for planted, found in each.classes()) / 2


def faults(
    matches: Sequence[Match], others: Sequence[Sequence[Match]], *, certain: bool, labels: int
) -> Iterator[tuple[Input, Fault]]:
    """What is wrong over all scenes of a family.

    Args:
        matches: The scenes, with the frame where it fits best.
        others: The scenes with the frame elsewhere in the network's input, where that is not known.
        certain: Whether the network's size is known, and the family sure.
        labels: How many labels the parser has, where each is one of the model's classes; else 0.
    """
    if any(len(each.found) > _MOST_FOUND or (len(each.found) and not each.given.objects) for each in matches):
        return  # it finds things in nothing: its scores are not what such a scene has
    off = _off(matches)
    for candidate in (matches, *others) if off else ():
        reason = mixed_up.reason([(each.given, each.wanted, each.found.boxes) for each in _precise(candidate)])
        if reason and (wrong := _off(candidate)):
            yield wrong[0].given, elsewhere(wrong[0], reason)
            return
    if off and certain:
        yield off[0].given, elsewhere(off[0])
    if certain and not off:
        yield from _classes(matches, labels)
        yield from _lost(matches, labels)


def _precise(matches: Sequence[Match]) -> list[Match]:
    return [each for each in matches if each.given.precise and each.given.objects]


def _off(matches: Sequence[Match]) -> list[Match]:
    return [each for each in _precise(matches) if _is_off(each)]


def _is_off(each: Match) -> bool:
    """Whether an object came back elsewhere, and is not only missing: something was found that is no other object."""
    return any(share < _SAME for share in each.shared) and len(each.found) > sum(s >= _SAME for s in each.shared)


def elsewhere(each: Match, reason: str = "") -> Fault:
    """An object whose box lies elsewhere."""
    number = int(np.argmin(each.shared))
    taken = {pair for pair, share in zip(each.pairs, each.shared, strict=True) if share >= _SAME}
    rest = [n for n in range(len(each.found)) if n not in taken]
    pair = each.pairs[number] if each.pairs[number] in rest or not rest else rest[0]
    wanted = each.wanted[number]
    planted = _box((*wanted[:2], *(wanted[2:] - wanted[:2])))
    message = f"the object at ({planted}) comes back as ({_box(each.found.boxes[pair])})"
    return Fault(rule=ELSEWHERE, message=f"{message}: {reason}" if reason else message)


def _box(values: Sequence[float] | Corners) -> str:
    return ", ".join(f"{value:.0f}" for value in values)


def _classes(matches: Sequence[Match], labels: int) -> Iterator[tuple[Input, Fault]]:
    known: dict[int, int] = {}
    for each in matches:
        for planted, found in each.classes():
            if found != (planted if labels else known.setdefault(planted, found)):
                yield each.given, other_class(planted, found)
                return


def other_class(planted: int, found: int) -> Fault:
    """An object of another class."""
    return Fault(rule=CLASS, message=f"an object of the class {planted} comes back as class {found}")


def _lost(matches: Sequence[Match], labels: int) -> Iterator[tuple[Input, Fault]]:
    planted = {class_id for each in matches for _, class_id in each.given.objects}
    seen = {class_id for each in matches for class_id, _ in each.classes()}
    precise = _precise(matches)
    if not precise:
        return
    if not seen:
        yield precise[0].given, lost(precise[0])
        return
    never = sorted(planted - seen) if labels else []
    if never:
        one = next(each for each in matches if never[0] in {class_id for _, class_id in each.given.objects})
        message = f"no object of the class {never[0]} is ever reported, though the parser has a label for it"
        yield one.given, Fault(rule=LOST, message=message, sure=False)
    counts = [(each, *_counts(each, seen)) for each in precise]
    most = max(found.total() for _, _, found in counts)
    of_class = Counter[int]()
    for _, _, found in counts:
        of_class |= found
    in_all = [each for each, there, found in counts if found.total() < min(there.total(), most)]
    by_class = [each for each, there, found in counts if (there & of_class) - found]
    # The best few, of all or of each class, are not what it keeps, nor the large ones.
    if in_all and by_class and not _by_size(precise, seen):
        yield by_class[0].given, lost(by_class[0])


def _by_size(matches: Sequence[Match], seen: set[int]) -> bool:
    """Whether each object that is lost is smaller than all that are found."""
    sizes: dict[bool, list[Corners]] = {True: [], False: []}
    for each in matches:
        sides = each.wanted[:, 2:] - each.wanted[:, :2]
        for (_, class_id), share, side in zip(each.given.objects, each.shared, sides, strict=True):
            if class_id in seen:
                sizes[share >= _NEAR].append(np.array([*side, side.prod()]))
    found, gone = np.array(sizes[True]), np.array(sizes[False])
    return bool(np.any(gone.max(axis=0) < found.min(axis=0))) if len(found) and len(gone) else False


def _counts(each: Match, seen: set[int]) -> tuple[Counter[int], Counter[int]]:
    """Of each class how many objects there are, and how many were found."""
    objects = [(class_id, share) for (_, class_id), share in zip(each.given.objects, each.shared, strict=True)]
    there = Counter(class_id for class_id, _ in objects if class_id in seen)
    return there, Counter(class_id for class_id, share in objects if class_id in seen and share >= _NEAR)


def lost(each: Match) -> Fault:
    """Objects that do not come back."""
    count, missing = len(each.given.objects), sum(share < _NEAR for share in each.shared)
    message = f"{missing} of {count} objects are lost" if count > 1 else "the one object is lost"
    return Fault(rule=LOST, message=message)


def again(each: Match, rules: Sequence[str]) -> Iterator[Fault]:
    """What one scene shows of these rules."""
    if ELSEWHERE in rules and _is_off(each):
        yield elsewhere(each)
    if CLASS in rules:
        yield from (other_class(*pair) for pair in list(each.classes()) if pair[0] != pair[1])
    if LOST in rules and min(each.shared) < _NEAR:
        yield lost(each)
