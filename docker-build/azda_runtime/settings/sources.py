"""Where video comes from: frozen values that check themselves."""

import re
from dataclasses import dataclass, field
from enum import Enum

from azda_runtime.problems import InvalidValueError

_COLOR = re.compile(r"#(?:[0-9A-Fa-f]{6}|[0-9A-Fa-f]{3})")
_SMALLEST_POLYGON = 3


class SourceKind(Enum):
    """How a sensor is opened."""

    RTSP = "rtsp"
    FILE = "file"
    USB = "usb"


@dataclass(frozen=True, kw_only=True, slots=True)
class Credentials:
    """Who opens a camera. Neither part is ever in a repr."""

    username: str = field(repr=False)
    password: str = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Region:
    """A region of interest.

    Attributes:
        label: Its name in messages.
        color: ``#rrggbb``.
        points: The corners of a polygon as (x, y), each in 0..1 of the frame, from the top left.
    """

    label: str
    color: str
    points: tuple[tuple[float, float], ...]

    def __post_init__(self) -> None:
        if not _COLOR.fullmatch(self.color):
            raise InvalidValueError("The colour of a region is written as #rrggbb.", hint='For example "#ff0000".')
        if len(self.points) < _SMALLEST_POLYGON:
            raise InvalidValueError(
                f"A region has {len(self.points)} corners.", hint="A polygon needs three or more, each as [x, y]."
            )
        if not all(0.0 <= part <= 1.0 for point in self.points for part in point):
            raise InvalidValueError(
                "A corner of a region is outside the frame.",
                hint="Corners are fractions of the frame: x and y from 0.0 to 1.0, from the top left.",
            )


@dataclass(frozen=True, kw_only=True, slots=True)
class Sensor:
    """A video source.

    Attributes:
        name: What streams call it.
        kind: How it is opened.
        endpoint: An ``rtsp://`` or ``file://`` address without credentials, or a device path.
        regions: Its regions of interest.
    """

    name: str
    kind: SourceKind
    endpoint: str
    regions: tuple[Region, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Stream:
    """A sensor in a pipeline."""

    sensor: Sensor
    credentials: Credentials | None = None
