"""What the numbers of a box were taken for, when it comes back elsewhere: said only where it explains every scene."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

import numpy as np
from azda_runtime.parsers.nms import overlaps
from numpy.typing import NDArray

from simulator.parser_run.inputs import Input

Numbers = NDArray[np.float64]
Change = Callable[[Numbers, Numbers], Numbers]
"""Of a box as x, y, width, height in pixels, and of the frame's size twice."""

_SAME = 0.9
_FEWEST = 3  # scenes that a reason must explain

_SWAPS: Mapping[str, Sequence[int]] = {
    "x and y change places": (1, 0, 3, 2),
    "x and y change places, and width and height do not": (1, 0, 2, 3),
    "width and height change places": (0, 1, 3, 2),
}
_MOVES: Mapping[str, tuple[float, float]] = {
    "the centre is returned for the corner": (0.5, 0.5),
    "the corner is taken for the centre": (-0.5, -0.5),
    "x is half a box off": (0.5, 0.0),
    "y is half a box off": (0.0, 0.5),
    "x is half a box off, to the left": (-0.5, 0.0),
    "y is half a box off, upwards": (0.0, -0.5),
    "it is moved by a whole box": (1.0, 1.0),
}


def reason(scenes: Sequence[tuple[Input, Numbers, Numbers]]) -> str:
    """What was mixed up; empty where nothing explains all that was found.

    Args:
        scenes: Each with where its objects are in the frame (left, top, right, bottom), and what was found (x, y,
            width, height).
    """
    single = [(given, wanted[0], found[0]) for given, wanted, found in scenes if len(wanted) == 1 == len(found)]
    if len(single) < _FEWEST:
        return ""
    for words, change in _changes():
        if all(_fits(change, *each) for each in single):
            return words
    return ""


def _changes() -> Iterator[tuple[str, Change]]:
    for words, order in _SWAPS.items():
        yield words, partial(_swapped_parts, order)
        yield words, partial(_swapped, order)
    for words, by in _MOVES.items():
        yield words, partial(_moved, by)
    yield "right and bottom are returned for width and height", _as_corners


def _swapped_parts(order: Sequence[int], box: Numbers, size: Numbers) -> Numbers:
    return (box / size)[list(order)] * size


def _swapped(order: Sequence[int], box: Numbers, _: Numbers) -> Numbers:
    return box[list(order)]


def _moved(by: tuple[float, float], box: Numbers, _: Numbers) -> Numbers:
    return np.concatenate([box[:2] + box[2:] * by, box[2:]])


def _as_corners(box: Numbers, _: Numbers) -> Numbers:
    return np.concatenate([box[:2], box[:2] + box[2:]])


def _fits(change: Change, given: Input, wanted: Numbers, found: Numbers) -> bool:
    size = np.array((*given.size, *given.size), dtype=np.float64)
    box = np.concatenate([wanted[:2], wanted[2:] - wanted[:2]])
    expected, actual = _cut(change(box, size), size), _cut(found.astype(np.float64), size)
    if np.allclose(expected, actual, atol=0.01 * size.max()):
        return True
    return bool(overlaps(expected, actual[np.newaxis])[0] >= _SAME)


def _cut(box: Numbers, size: Numbers) -> Numbers:
    cut: Numbers = np.clip(np.concatenate([box[:2], box[:2] + box[2:]]), 0, size)
    return cut
