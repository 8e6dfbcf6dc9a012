"""The last frames of an object, and whether its way leads over a line."""

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from simulator.analytics.geometry import Point, dot, side, unit
from simulator.analytics.rules import Direction, Line, Mode

HISTORY = 10
"""Frames that are kept of an object."""
# The variance of where it stood, in squared pixels across, and as a part of its height downwards.
_STANDING_X = 400.0
_STANDING_Y = 0.01
_PARALLEL = 1e-5  # a direction that leads across by less of its length is parallel
_FIRST_FRAMES = 3  # NVIDIA's number


@dataclass(slots=True)
class Track:
    """The last frames of an object: x and y of its middle, width and height, in whole pixels."""

    last_time: int = 0
    frames: int = 0
    locations: deque[tuple[int, int, int, int]] = field(default_factory=lambda: deque(maxlen=HISTORY))
    crossed: set[str] = field(default_factory=set)

    def add(self, box: tuple[float, float, float, float], time: int) -> None:
        """Take the object's box in a frame; left, top, width, height."""
        left, top, width, height = box
        self.locations.append((int(left + width / 2), int(top + height / 2), int(width), int(height)))
        self.frames += 1
        self.last_time = time

    @property
    def mean_height(self) -> float:
        """The mean over the frames that are kept."""
        return sum(location[3] for location in self.locations) / len(self.locations)

    def origin(self) -> tuple[int, int, int, int] | None:
        """Where the object came from; None in its first three frames."""
        if self.frames <= _FIRST_FRAMES:
            return None
        oldest = list(self.locations)[: 4 if self.frames >= HISTORY else 2]
        x, y, width, height = (int(sum(column) / len(oldest)) for column in zip(*oldest, strict=True))
        return x, y, width, height

    def stands(self) -> bool:
        """Whether the object hardly moved over the last frames."""
        if self.frames <= HISTORY:
            return False
        spread_x, spread_y = (_variance([location[axis] for location in self.locations]) for axis in (0, 1))
        return spread_x <= _STANDING_X and spread_y <= _STANDING_Y * self.mean_height


def passed(line: Line, begin: Point, end: Point, alike: float) -> bool:
    """Whether a movement changes the side of a line in its direction.

    Where the direction's points show which side is first, the loose mode asks for the change of sides alone.
    """
    first, last = line.points[2], line.points[3]
    before, after = side(first, last, begin), side(first, last, end)
    sign = _first_side(line) if line.mode is Mode.LOOSE else 0
    if sign:
        return before * sign > 0 and after * sign <= 0
    if dot(way(line), unit(begin, end)) < alike or begin == end:
        return False
    return int(before) * int(after) < 0


def way(rule: Direction | Line) -> Point:
    """Give the direction of a rule with length one."""
    return unit(rule.points[0], rule.points[1])


def _first_side(line: Line) -> int:
    """Give the sign of the side that the line's direction comes from; 0 if it runs along the line."""
    start, end, first, last = line.points
    change = side(first, last, end) - side(first, last, start)
    if abs(change) <= _PARALLEL * math.dist(start, end):
        return 0
    return -1 if change > 0 else 1


def _variance(values: Sequence[int]) -> float:
    mean = sum(values) / len(values)
    return sum(value * value for value in values) / len(values) - mean * mean
