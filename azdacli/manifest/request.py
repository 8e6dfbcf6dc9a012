"""What the command line asks of a manifest, as frozen values; it decides nothing else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from azdacli.errors import SpecError
from azdacli.manifest import compose, configuration, expand
from azdacli.manifest.checks.secrets import is_secret_name
from azdacli.manifest.generate import Request, Variables
from azdacli.manifest.images import ImageFacts, ImageSource
from azdacli.manifest.options import Pipeline, Region, Stream
from azdacli.spec import Target

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
class Words:
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
        env: Every `--env`.
        literal: Variables that stay as they stand.
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
    env: tuple[str, ...] = field(default=(), repr=False)
    literal: tuple[str, ...] = ()

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
            "--env": self.env,
        }
        given = [name for name, value in only.items() if value]
        if given:
            raise SpecError(
                f"{', '.join(given)} cannot be put into a template",
                hint="Write it into the template, or leave --template out to have a whole manifest made.",
            )


def from_template(words: Words, document: Mapping[str, Any], path: Path, variables: Variables) -> Request:
    """What is wanted of a user's own template."""
    words.refuse_with_template()
    platform = _platform(words, variables, None)
    return Request(
        template=document,
        platform=platform,
        name=file_name(path.name, platform),
        folders=(path.parent, Path()),
        machine=words.machine,
        target=words.target.value if words.target else None,
    )


def from_options(words: Words, variables: Variables, asked: Sequence[ImageSource]) -> Request:
    """What is wanted without a template; the image's labels fill in what the options leave open.

    Raises:
        SpecError: The options say too little, or contradict each other.
    """
    image = words.image or variables.values.get(PIPELINE_IMAGE, "")
    if not image:
        raise SpecError(
            f"there is no image: neither --image nor {PIPELINE_IMAGE} is set",
            hint="`azdacli push --env-file .env` writes it into the .env file.",
        )
    facts = _facts(_filled(image, variables), words, asked)
    target = words.target or (_target(facts.target) if facts and facts.target else None)
    if target is None:
        raise SpecError("the device type is not known", hint="Add --device-type Jetson, dGPU or CPU.")
    pipelines = [Pipeline.parse(text) for text in words.pipelines]
    if facts is not None and facts.assets is not None:
        pipelines = [configuration.with_files(pipeline, facts.assets) for pipeline in pipelines]
    whole = replace(words, device_type=target.value)
    platform = _platform(whole, variables, facts)
    return Request(
        template=compose.template(_composition(whole, image, target, pipelines)),
        platform=platform,
        name=file_name("deployment", platform),
        machine=whole.machine or (facts.architecture if facts else None),
        target=target.value,
    )


def file_name(template: str, platform: str) -> str:
    """Name a manifest after its template: `deployment.default.template.json` -> `deployment.default.amd64.json`."""
    stem = template.removesuffix(".json").removesuffix(".template")
    return f"{'deployment' if stem == '-' else stem}.{platform}.json"


def _composition(words: Words, image: str, target: Target, pipelines: Sequence[Pipeline]) -> compose.Composition:
    return compose.Composition(
        target=target,
        image=image,
        streams=tuple(Stream.parse(text) for text in words.streams),
        pipelines=tuple(pipelines),
        regions=tuple(Region.parse(text) for text in words.regions),
        business_logic=words.business_logic or None,
        uploader=words.uploader or None,
        record=words.record,
        recording_seconds=words.recording[0],
        recording_stop_after=words.recording[1],
        credentials=words.credentials,
        env=tuple(_variable(text) for text in words.env),
    )


def _variable(text: str) -> tuple[str, str, str]:
    module, colon, rest = text.partition(":")
    name, equals, value = rest.partition("=")
    if not colon or not module or not name:
        raise SpecError("an --env is not MODULE:NAME or MODULE:NAME=VALUE")
    if is_secret_name(name) and value and "$" not in value:
        raise SpecError(
            f"--env has the secret {name} on the command line, where others can read it",
            hint=f"Put {name}=… into the .env file and write --env {module}:{name}.",
        )
    return module, name, value if equals else f"${{{name}}}"


def _facts(image: str, words: Words, asked: Sequence[ImageSource]) -> ImageFacts | None:
    platform = f"linux/{words.machine}" if words.machine else None
    return next((f for source in asked if (f := source.look(image, platform=platform)) is not None), None)


def _filled(image: str, variables: Variables) -> str:
    return expand.Expander(values=variables.values, modules=str, literal=variables.literal).string(image, ())


def _target(label: str) -> Target | None:
    return next((target for target in Target if target.value == label), None)


def _platform(words: Words, variables: Variables, facts: ImageFacts | None) -> str:
    named = words.platform or variables.values.get("DEFAULT_PLATFORM", "")
    return named or words.machine or (facts.architecture if facts else "") or "amd64"
