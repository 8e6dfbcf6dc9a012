"""What the command line's texts say about streams and regions, as frozen values that check themselves."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from azdacli.errors import SpecError

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_ADDRESS = re.compile(r"(?P<scheme>rtsps?|file)://(?:(?P<user>[^/@:]*)(?::(?P<password>[^/@]*))?@)?(?P<rest>.+)")
_DEVICE = re.compile(r"(v4l2://)?/dev/video[0-9]+")
_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
_VARIABLE = re.compile(r"\$(\w+|\{\w+\})")
_SUBTYPES = {"rtsp": "RTSP", "rtsps": "RTSP", "file": "FILE"}
_CORNERS = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Stream:
    """A camera, a video file or a video device.

    Attributes:
        name: Its name in messages.
        kind: `RTSP`, `FILE` or `USB`.
        address: Where it is, without user and password.
        username: Who opens it, usually as `$VARIABLE`.
        password: Always a `$VARIABLE`; left out of every repr all the same.
    """

    name: str
    kind: str
    address: str
    username: str = ""
    password: str = field(default="", repr=False)

    @classmethod
    def parse(cls, text: str) -> "Stream":
        """Read `NAME=ADDRESS`; a whole address as `$VARIABLE` counts as a camera's.

        Raises:
            SpecError: It is none, or its password stands there in clear. The text is not shown: it may hold a password.
        """
        name, _, address = text.partition("=")
        if not _NAME.fullmatch(name) or not address:
            raise SpecError(
                "a --stream is not NAME=ADDRESS", hint="For example --stream entrance=rtsp://camera-1/live."
            )
        if _DEVICE.fullmatch(address):
            return cls(name=name, kind="USB", address=address)
        if _VARIABLE.fullmatch(address):
            return cls(name=name, kind="RTSP", address=address)
        match = _ADDRESS.fullmatch(address)
        if match is None:
            hint = "Write rtsp://host/path, file:///path/video.mp4 or /dev/video0."
            raise SpecError(f"the stream '{name}' has an address that the runtime does not open", hint=hint)
        user, password = match["user"] or "", match["password"] or ""
        if password and not _VARIABLE.fullmatch(password):
            raise SpecError(
                f"the stream '{name}' has its password on the command line, where other users can read it",
                hint="Put it into the .env file and write rtsp://user:${CAMERA_PASSWORD}@host/path, in single quotes.",
            )
        rest = f"{match['scheme']}://{match['rest']}"
        return cls(name=name, kind=_SUBTYPES[match["scheme"]], address=rest, username=user, password=password)


@dataclass(frozen=True, kw_only=True, slots=True)
class Region:
    """A region of interest of one stream: a polygon in fractions of the frame, origin top left."""

    stream: str
    label: str
    points: tuple[tuple[float, float], ...]
    color: str = "#ff0000"

    @classmethod
    def parse(cls, text: str) -> "Region":
        """Read `STREAM:LABEL[#rrggbb]=x,y x,y x,y …`.

        Raises:
            SpecError: It is none, has fewer than three corners, or a corner outside 0 to 1.
        """
        head, _, tail = text.partition("=")
        stream, colon, label = head.partition(":")
        label, mark, color = label.partition("#")
        points = [_point(part, text) for part in tail.split()]
        if not colon or not label.strip() or (mark and not _COLOR.fullmatch(f"#{color}")):
            raise _no_region(text)
        if len(points) < _CORNERS:
            raise SpecError(f"the region '{label}' has {len(points)} corners", hint="A region has three or more.")
        return cls(stream=stream, label=label.strip(), points=tuple(points), color=f"#{color}" if mark else "#ff0000")


def _point(part: str, text: str) -> tuple[float, float]:
    numbers = part.split(",")
    try:
        x, y = (float(number) for number in numbers)
    except ValueError as error:
        raise _no_region(text) from error
    if not (0.0 <= x <= 1.0 and 0.0 <= y <= 1.0):
        raise SpecError(f"the corner {part} of a region is outside the frame", hint="Corners are fractions, 0 to 1.")
    return x, y


def _no_region(text: str) -> SpecError:
    hint = "For example --roi 'entrance:door#00ff00=0.1,0.1 0.5,0.1 0.5,0.9'."
    return SpecError(f"the --roi '{text}' is not STREAM:LABEL[#rrggbb]=x,y x,y x,y", hint=hint)


def unique(names: Iterable[str], what: str) -> None:
    """Refuse a name that stands twice.

    Raises:
        SpecError: One does.
    """
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise SpecError(f"there are two {what} of the name '{name}'")
        seen.add(name)
