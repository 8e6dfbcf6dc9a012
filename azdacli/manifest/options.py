"""What the command line's texts say about streams, pipelines and regions, as frozen values that check themselves."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from azdacli.errors import SpecError

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_ADDRESS = re.compile(r"(?P<scheme>rtsps?|file)://(?:(?P<user>[^/@:]*)(?::(?P<password>[^/@]*))?@)?(?P<rest>.+)")
_DEVICE = re.compile(r"(v4l2://)?/dev/video[0-9]+")
_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
_SIGNED = re.compile(r"[?&](sig|code)=", re.IGNORECASE)
_SUBTYPES = {"rtsp": "RTSP", "rtsps": "RTSP", "file": "FILE"}
_SINGLE = ("id", "config", "parser", "tracker", "archive", "sha256", "dewarp", "crop", "osd")
_REPEATED = ("secondary", "stream")
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
        """Read `NAME=ADDRESS`.

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
        match = _ADDRESS.fullmatch(address)
        if match is None:
            hint = "Write rtsp://host/path, file:///path/video.mp4 or /dev/video0."
            raise SpecError(f"the stream '{name}' has an address that the runtime does not open", hint=hint)
        user, password = match["user"] or "", match["password"] or ""
        if password and not re.fullmatch(r"\$(\w+|\{\w+\})", password):
            raise SpecError(
                f"the stream '{name}' has its password on the command line, where others can read it",
                hint="Put it into the .env file and write rtsp://user:${CAMERA_PASSWORD}@host/path, in single quotes.",
            )
        rest = f"{match['scheme']}://{match['rest']}"
        return cls(name=name, kind=_SUBTYPES[match["scheme"]], address=rest, username=user, password=password)


@dataclass(frozen=True, kw_only=True, slots=True)
class Model:
    """A DeepStream configuration and the Python parser for it, if there is one."""

    config: str
    parser: str = ""

    def as_json(self) -> str | dict[str, str]:
        """As `primaryModelConfigPath` takes it."""
        return {"configFile": self.config, "pyFile": self.parser} if self.parser else self.config


@dataclass(frozen=True, kw_only=True, slots=True)
class Pipeline:
    """One pipeline.

    Attributes:
        id: Its name; its picture is served at rtsp://device:8554/<id in lower case>.
        primary: The first model; None when the image's only configuration is to be taken.
        secondaries: The models after it.
        tracker: The tracker's configuration, `light-tracker`, or empty.
        archive: Address of a zip with the model's files, and its sha256.
        streams: Names of its streams; empty for all.
        options: `pipelineOptions` of the configuration.
    """

    id: str
    primary: Model | None = None
    secondaries: tuple[Model, ...] = ()
    tracker: str = ""
    archive: tuple[str, str] = ("", "")
    streams: tuple[str, ...] = ()
    options: tuple[tuple[str, Any], ...] = ()

    @classmethod
    def parse(cls, text: str) -> "Pipeline":
        """Read `id=NAME,config=PATH[,parser=PATH][,secondary=PATH[:PARSER]]…`.

        Raises:
            SpecError: A key is unknown, stands twice, has no value, or the id is missing.
        """
        single, repeated = _fields(text)
        if "id" not in single:
            raise SpecError(f"the --pipeline '{text}' has no id", hint="Write id=NAME,config=/path/in/the/image.txt.")
        if "parser" in single and "config" not in single:
            raise SpecError(f"the pipeline '{single['id']}' has a parser without a config")
        if _SIGNED.search(single.get("archive", "")):
            raise SpecError(
                f"the pipeline '{single['id']}' has a signed link on the command line, where others can read it",
                hint="Put it into the .env file, as MODEL_URL=…, and write 'archive=${MODEL_URL}'.",
            )
        config = single.get("config")
        return cls(
            id=single["id"],
            primary=Model(config=config, parser=single.get("parser", "")) if config else None,
            secondaries=tuple(_secondary(value) for value in repeated["secondary"]),
            tracker=single.get("tracker", ""),
            archive=(single.get("archive", ""), single.get("sha256", "")),
            streams=tuple(repeated["stream"]),
            options=_options(single),
        )


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


def _fields(text: str) -> tuple[dict[str, str], dict[str, list[str]]]:
    single: dict[str, str] = {}
    repeated: dict[str, list[str]] = {key: [] for key in _REPEATED}
    for part in text.split(","):
        key, equals, value = part.strip().partition("=")
        if not equals or not value or key not in (*_SINGLE, *_REPEATED):
            known = ", ".join((*_SINGLE, *_REPEATED))
            raise SpecError(f"'{part}' in a --pipeline is no KEY=VALUE that is known", hint=f"The keys are: {known}.")
        if key in repeated:
            repeated[key].append(value)
        elif key in single:
            raise SpecError(f"'{key}' stands twice in the --pipeline '{text}'")
        else:
            single[key] = value
    return single, repeated


def _secondary(value: str) -> Model:
    config, _, parser = value.partition(":")
    return Model(config=config, parser=parser)


def _options(single: dict[str, str]) -> tuple[tuple[str, Any], ...]:
    osd = single.get("osd", "on")
    if osd not in {"on", "off"}:
        raise SpecError(f"osd={osd} is neither on nor off")
    options: list[tuple[str, Any]] = [("osd", {"enable": osd == "on"})]
    if "crop" in single:
        parts = single["crop"].split(":")
        if len(parts) != 4 or not all(part.isascii() and part.isdigit() for part in parts):  # noqa: PLR2004 # four sides
            raise SpecError(f"crop={single['crop']} is not x0:y0:x1:y1 in pixels")
        sides = dict(zip(("x0", "y0", "x1", "y1"), (int(part) for part in parts), strict=True))
        options.append(("crop", {"enable": True, **sides}))
    if "dewarp" in single:
        options.append(("dewarp", {"enable": True, "config_file": single["dewarp"]}))
    return tuple(options)


def _point(part: str, text: str) -> tuple[float, float]:
    numbers = part.split(",")
    try:
        x, y = (float(number) for number in numbers)
    except ValueError as error:
        raise _no_region(text) from error
    if not (0.0 <= x <= 1.0 and 0.0 <= y <= 1.0):
        raise SpecError(f"the corner {part} of a region lies outside the frame", hint="Corners are fractions, 0 to 1.")
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
