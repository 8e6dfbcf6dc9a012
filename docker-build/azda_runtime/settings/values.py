"""What a valid configuration is: frozen values that check themselves.

Settings
└── Pipeline            one process, one RTSP mount
    ├── Archive         where its model comes from, when the image does not hold it
    ├── Model           primary, then secondaries: configuration and parser
    ├── Tracker, Crop, Dewarp
    └── Stream          a sensor with the credentials to open it
        └── Sensor      an endpoint and its regions of interest
"""

import re
from dataclasses import dataclass, field

from azda_runtime.log_levels import LogLevels
from azda_runtime.problems import InvalidValueError
from azda_runtime.settings.sources import Stream

BUILT_IN_PARSERS = (
    *("bodypose2d", "rtdetr", "ssd_mobilenet_v1", "tiny-yolov3", "yolo-nms"),
    *("yolov4", "yolov5", "yolov8", "yolox"),
)

# It names a recording's files and stands in the RTSP server's address: no separators, no blank or dot at its end.
_ID = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._ -]{0,62}[A-Za-z0-9_-])?")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_SMALLEST_FRAME = 32
_LARGEST_FRAME = 8192
_MOST_MESSAGES = 1000.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Model:
    """An inference step.

    Attributes:
        config_file: DeepStream's configuration, for nvinfer or nvinferserver.
        parser_file: The user's Python parser.
        parser: The name of a built-in parser.
    """

    config_file: str
    parser_file: str | None = None
    parser: str | None = None

    def __post_init__(self) -> None:
        if self.parser_file and self.parser:
            raise InvalidValueError(
                "A model has a Python parser of its own and the name of a built-in one.",
                hint="Keep pyFile or parser, and drop the other.",
            )


@dataclass(frozen=True, kw_only=True, slots=True)
class Tracker:
    """An object tracker: DeepStream's light one when there is no configuration file."""

    config_file: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Archive:
    """A zip file with a model, fetched before the pipeline starts.

    Attributes:
        url: Where it is; may carry a token in its query, hence not in a repr.
        sha256: The digest of the file, when the user gave it.
    """

    url: str = field(repr=False)
    sha256: str | None = None

    def __post_init__(self) -> None:
        if self.sha256 is not None and not _SHA256.fullmatch(self.sha256):
            raise InvalidValueError("A sha256 is 64 hexadecimal digits.", hint="Take it from `sha256sum model.zip`.")
        if not self.url.lower().startswith("https://") and self.sha256 is None:
            raise InvalidValueError(
                "The archive would come over a connection that anybody can change.",
                hint="Use https, or give the file's digest in unsecureZipSha256.",
            )


@dataclass(frozen=True, kw_only=True, slots=True)
class Crop:
    """The part of each frame that is used, in pixels from the top left; x1 and y1 are exclusive."""

    x0: int
    y0: int
    x1: int
    y1: int

    def __post_init__(self) -> None:
        if not (0 <= self.x0 < self.x1 and 0 <= self.y0 < self.y1):
            raise InvalidValueError(
                "The crop is empty or leaves the frame.", hint="Give pixels with 0 <= x0 < x1 and 0 <= y0 < y1."
            )


@dataclass(frozen=True, kw_only=True, slots=True)
class FrameSize:
    """What every stream of a pipeline is scaled to, in pixels."""

    width: int = 1920
    height: int = 1080

    def __post_init__(self) -> None:
        sides = (self.width, self.height)
        if not all(_SMALLEST_FRAME <= side <= _LARGEST_FRAME and side % 2 == 0 for side in sides):
            raise InvalidValueError(
                "Encoders cannot take that frame size.",
                hint=f"Give even numbers from {_SMALLEST_FRAME} to {_LARGEST_FRAME}.",
            )


@dataclass(frozen=True, kw_only=True, slots=True)
class Pipeline:
    """Streams through models: what one process runs.

    Attributes:
        id: Its name, also the recording's and (in lower case) the RTSP mount's.
        streams: What it looks at.
        passthrough: A GStreamer pipeline that the user wrote, in place of everything else.
        dewarp: The configuration file of the dewarper.
        messages_per_second: At most so many messages per stream; 0 means each frame's.
    """

    id: str
    streams: tuple[Stream, ...] = ()
    archive: Archive | None = None
    primary: Model | None = None
    secondaries: tuple[Model, ...] = ()
    tracker: Tracker | None = None
    passthrough: str | None = None
    dewarp: str | None = None
    crop: Crop | None = None
    osd: bool = False
    frame: FrameSize = FrameSize()
    messages_per_second: float = 1.0

    def __post_init__(self) -> None:
        if not _ID.fullmatch(self.id):
            raise InvalidValueError(
                "A pipeline's id becomes an address and a file name, which that one cannot.",
                hint="Use letters, digits, '-', '_', '.' and blanks, 64 at most.",
            )
        if self.passthrough is None and self.primary is None:
            self._check_alone()
        if not 0.0 <= self.messages_per_second <= _MOST_MESSAGES:
            raise InvalidValueError(
                "That many messages per second cannot be.", hint=f"Give a number from 0 to {_MOST_MESSAGES:.0f}."
            )

    def _check_alone(self) -> None:
        hint = "Name the primary model in primaryModelConfigPath."
        if self.secondaries:
            raise InvalidValueError("A secondary model has no primary model before it.", hint=hint)
        if self.tracker:
            raise InvalidValueError("A tracker has no primary model whose objects it could follow.", hint=hint)

    @property
    def mount(self) -> str:
        """Where the video is served: the path of the RTSP address."""
        return "/" + self.id.lower().replace(" ", "-")


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """All that can run of a configuration."""

    enabled: bool = True
    log_levels: LogLevels = field(default_factory=LogLevels)
    pipelines: tuple[Pipeline, ...] = ()
