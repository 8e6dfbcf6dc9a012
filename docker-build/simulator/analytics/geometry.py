"""Points, polygons and lines; pixels, origin at the left top corner."""

import math
from collections.abc import Sequence

Point = tuple[float, float]


def inside(corners: Sequence[Point], point: Point) -> bool:
    """Whether a point is in a polygon: a ray to the left crosses its edges an odd number of times.

    A point on an edge belongs to one side, so that polygons that share an edge share no point.
    """
    x, y = point
    crossings = 0
    for (x1, y1), (x2, y2) in zip(corners, [*corners[1:], corners[0]], strict=True):
        if (y1 <= y) != (y2 <= y) and x1 + (y - y1) * (x2 - x1) / (y2 - y1) <= x:
            crossings += 1
    return crossings % 2 == 1


def unit(start: Point, end: Point) -> Point:
    """Give the direction from one point to another with length one; (0, 0) if they are one."""
    length = math.dist(start, end)
    return ((end[0] - start[0]) / length, (end[1] - start[1]) / length) if length > 0 else (0.0, 0.0)


def side(start: Point, end: Point, point: Point) -> float:
    """Give a point's signed distance from the line through two others, which are not one."""
    away = (start[1] - end[1]) * point[0] + (end[0] - start[0]) * point[1] + start[0] * end[1] - end[0] * start[1]
    return away / math.dist(start, end)


def dot(first: Point, second: Point) -> float:
    """Multiply two directions."""
    return first[0] * second[0] + first[1] * second[1]


def meets(start: Point, end: Point, first: Point, last: Point) -> bool:
    """Whether the line through a movement's ends meets the segment between two points, its ends not counted."""
    return start != end and side(start, end, first) * side(start, end, last) < 0
