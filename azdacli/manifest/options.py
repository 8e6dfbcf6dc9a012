"""What a user typed about a manifest, as one frozen value that checks itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from azdacli.errors import SpecError
from azdacli.image.spec import Target

PIPELINE_IMAGE = "DS_AI_PIPELINE_IMAGE_URI"
BUSINESS_LOGIC_IMAGE = "BUSINESS_LOGIC_IMAGE_URI"
# A platform's name in solutions and file names -> the machine in Docker's words.
_MACHINES: Mapping[str, str] = {
    "amd64": "amd64",
    "arm64": "arm64",
    "arm64v8": "arm64",
    "arm32v7": "arm",
}
_TARGET_MACHINES: Mapping[Target, str] = {Target.JETSON: "arm64", Target.DGPU: "amd64"}


@dataclass(frozen=True, kw_only=True, slots=True)
class ManifestOptions:
    """What a user typed.

    Attributes:
        device_type: `--device-type`, empty when it was not given.
        platform: `--platform`, empty when it was not given.
        image: The pipeline's image, empty for the variable's.
        business_logic: The business logic's image, empty when none was given.
        uploader: The uploader's image, empty when none was given.
        streams: Every `--stream`.
        pipelines: Every `--pipeline`.
        regions: Every `--roi`.
        record: Every `--record`.
        recording: `--recording-seconds` and `--recording-stop-after`.
        credentials: Whether `--registry-credentials` was given.
        publish_rtsp: `--publish-rtsp`, None when it was not given.
        env: Every `--env`.
        literal: Variables that stay as they stand.
        own_twin: `--own-twin`.
    """

    device_type: str = ""
    platform: str = ""
    image: str = ""
    business_logic: str = ""
    uploader: str = ""
    streams: tuple[str, ...] = ()
    pipelines: tuple[str, ...] = field(default=(), repr=False)
    regions: tuple[str, ...] = ()
    record: tuple[str, ...] = ()
    recording: tuple[int | None, int | None] = (None, None)
    credentials: bool = False
    publish_rtsp: int | None = None
    env: tuple[str, ...] = field(default=(), repr=False)
    literal: tuple[str, ...] = ()
    own_twin: bool = False

    def __post_init__(self) -> None:
        named = _MACHINES.get(self.platform.partition(".")[0]) if self.platform else None
        if self.platform and named is None:
            known = ", ".join(_MACHINES)
            raise SpecError(
                f"there is no platform '{self.platform}'", hint=f"Choose one of: {known}, or one + '.debug'."
            )
        wanted = _TARGET_MACHINES.get(self.target) if self.target else None
        if named and wanted and named != wanted:
            raise SpecError(f"a {self.device_type} is {wanted}, and --platform says {self.platform}")

    @property
    def target(self) -> Target | None:
        """The device type, None when it was not given."""
        return Target.parse(self.device_type) if self.device_type else None

    @property
    def machine(self) -> str | None:
        """The device's machine in Docker's words; None where neither device type nor platform says it."""
        if self.platform:
            return _MACHINES[self.platform.partition(".")[0]]
        return _TARGET_MACHINES.get(self.target) if self.target else None

    @property
    def images(self) -> dict[str, str]:
        """The variables that images on the command line set."""
        named = {PIPELINE_IMAGE: self.image, BUSINESS_LOGIC_IMAGE: self.business_logic}
        return {name: image for name, image in named.items() if image and "$" not in image}

    def refuse_with_template(self) -> None:
        """Refuse what only a manifest without a template takes.

        Raises:
            SpecError: One was given.
        """
        only = {
            "--stream": self.streams,
            "--pipeline": self.pipelines,
            "--roi": self.regions,
            "--record": self.record,
            "--uploader": self.uploader,
            "--recording-seconds": self.recording[0],
            "--recording-stop-after": self.recording[1],
            "--registry-credentials": self.credentials,
            "--publish-rtsp": self.publish_rtsp,
            "--env": self.env,
        }
        converting = ("--stream", "--uploader") if self.own_twin else ()
        given = [name for name, value in only.items() if value and name not in converting]
        if given:
            raise SpecError(
                f"{', '.join(given)} cannot be put into a template",
                hint="Write it into the template, or leave --template out to have a whole manifest made.",
            )
