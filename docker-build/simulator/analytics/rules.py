"""What nvdsanalytics can be asked to watch, as frozen values."""

from dataclasses import dataclass
from enum import Enum

Points = tuple[tuple[int, int], ...]
"""x and y of each point, in pixels of config-width x config-height."""


class Mode(Enum):
    """How sure a crossing or a direction must be."""

    STRICT = "strict"
    BALANCED = "balanced"
    LOOSE = "loose"


@dataclass(frozen=True, kw_only=True, slots=True)
class Region:
    """A polygon in which objects are counted."""

    label: str
    corners: Points
    class_ids: frozenset[int] = frozenset()
    inverse: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Crowd:
    """A polygon that is overcrowded from a number of objects on."""

    label: str
    corners: Points
    class_ids: frozenset[int] = frozenset()
    object_threshold: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """A line that objects cross in a direction: points are the direction's start and end, then the line's ends."""

    label: str
    points: Points
    class_ids: frozenset[int] = frozenset()
    extended: bool = True
    mode: Mode = Mode.LOOSE


@dataclass(frozen=True, kw_only=True, slots=True)
class Direction:
    """A direction that objects move in: points are its start and end."""

    label: str
    points: Points
    class_ids: frozenset[int] = frozenset()
    mode: Mode = Mode.BALANCED


@dataclass(frozen=True, kw_only=True, slots=True)
class StreamRules:
    """The enabled rules of one stream."""

    regions: tuple[Region, ...] = ()
    crowds: tuple[Crowd, ...] = ()
    lines: tuple[Line, ...] = ()
    directions: tuple[Direction, ...] = ()
