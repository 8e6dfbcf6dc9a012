"""Two runs beside each other: the frames in which they differ, those that differ most first."""

from collections.abc import Mapping, Sequence
from typing import Any

Object = tuple[str, Mapping[str, Any]]
"""A sensor's name, and a detection of a message: `label`, and `rect` as left, top, width, height in fractions."""
_SAME = 0.5
"""Intersection over union from which two boxes of one label are the same object."""


def difference(first: Sequence[Object], second: Sequence[Object]) -> int:
    """How many objects of two moments have no counterpart in the other.

    Args:
        first: Detections with their sensors.
        second: Those of the other run.
    """
    left = list(second)
    missing = 0
    for source, each in first:
        alike = [other for other in left if other[0] == source and other[1]["label"] == each["label"]]
        best = max(alike, key=lambda other: overlap(each["rect"], other[1]["rect"]), default=None)
        if best is None or overlap(each["rect"], best[1]["rect"]) < _SAME:
            missing += 1
        else:
            left.remove(best)
    return missing + len(left)


def overlap(first: Sequence[float], second: Sequence[float]) -> float:
    """Intersection over union of two rectangles: left, top, width, height."""
    width = min(first[0] + first[2], second[0] + second[2]) - max(first[0], second[0])
    height = min(first[1] + first[3], second[1] + second[3]) - max(first[1], second[1])
    shared = max(width, 0.0) * max(height, 0.0)
    union = first[2] * first[3] + second[2] * second[3] - shared
    return shared / union if union > 0 else 0.0
