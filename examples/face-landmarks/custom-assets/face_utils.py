"""From the ten numbers of the model to points."""

from typing import NamedTuple

import numpy as np


class Point(NamedTuple):
    """Fractions of the face's width and height."""

    x: float
    y: float


class Landmarks(NamedTuple):
    """The points in the model's order; left and right as one sees the picture."""

    leye: Point
    reye: Point
    nose: Point
    lmouth: Point
    rmouth: Point


def decode_landmarks(values):
    """Read x, y of the five points; None for what are no numbers."""
    points = np.asarray(values, dtype=float).reshape(-1)
    if points.size != 10:
        raise ValueError(f"five points are ten numbers, and the layer 'landmarks' has {points.size}")
    if not np.isfinite(points).all():
        return None
    return Landmarks(*(Point(round(float(x), 4), round(float(y), 4)) for x, y in points.clip(0, 1).reshape(5, 2)))
