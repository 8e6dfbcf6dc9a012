"""A whole template from nothing but options: the bundled parts, merged, with the pipelines' configuration in them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from azdacli.errors import SpecError
from azdacli.image.spec import Target
from azdacli.manifest import configuration, text
from azdacli.manifest.pipelines import Pipeline
from azdacli.manifest.stream_options import Region, Stream, unique
from azdacli.manifest.view import AGENT, CONTENT, DESIRED
from azdacli.util import resources
from dsconfig.merge_patch import merged

PIPELINE = "ai-pipeline"
BUSINESS_LOGIC = "BusinessLogicModule"
UPLOADER = "VideoUploader"
_RTSP = "8554/tcp"
_FOLDER = resources.TEMPLATES / "deployment"


@dataclass(frozen=True, kw_only=True, slots=True)
class Composition:
    """All that a manifest from options holds.

    Attributes:
        target: The device type.
        image: The pipeline's image; None for `$DS_AI_PIPELINE_IMAGE_URI`.
        streams: Where video comes from.
        pipelines: What is done with it.
        regions: Regions of interest.
        business_logic: The image of the user's module; None without one.
        uploader: The image of the uploader; None without one.
        record: Ids of pipelines that the business logic records from the start.
        recording_seconds: Length of one recording.
        recording_stop_after: Seconds without a new request after which recording stops.
        credentials: Whether the variables CONTAINER_REGISTRY_* become registry credentials.
        publish_rtsp: The device's port where the live video is published; None where it is not.
        env: Module, name and value (which may hold `$VARIABLES`) of environment variables.
    """

    target: Target
    image: str | None = None
    streams: tuple[Stream, ...] = ()
    pipelines: tuple[Pipeline, ...] = ()
    regions: tuple[Region, ...] = ()
    business_logic: str | None = None
    uploader: str | None = None
    record: tuple[str, ...] = ()
    recording_seconds: int | None = None
    recording_stop_after: int | None = None
    credentials: bool = False
    publish_rtsp: int | None = None
    env: tuple[tuple[str, str, str], ...] = ()

    def __post_init__(self) -> None:
        for given, option in (
            (self.streams, "--stream NAME=ADDRESS"),
            (self.pipelines, "--pipeline id=NAME,config=PATH"),
        ):
            if not given:
                raise SpecError(f"without a template there must be a {option}", hint="Or name one with --template.")
        unique((stream.name for stream in self.streams), "streams")
        unique((pipeline.id for pipeline in self.pipelines), "pipelines")
        names = [stream.name for stream in self.streams]
        wanted = [(f"the pipeline '{p.id}'", name) for p in self.pipelines for name in p.streams]
        wanted += [(f"the region '{region.label}'", region.stream) for region in self.regions]
        for who, name in wanted:
            if name not in names:
                raise SpecError(
                    f"{who} names the stream '{name}', which does not exist", hint=f"There is: {', '.join(names)}."
                )
        for pipeline in self.record:
            if pipeline not in [p.id for p in self.pipelines]:
                raise SpecError(f"--record names the pipeline '{pipeline}', which does not exist")
        if self.record and self.business_logic is None:
            raise SpecError("--record needs --business-logic, the module that asks for recordings")
        if len(self.pipelines) > 1 and any(not pipeline.streams for pipeline in self.pipelines):
            raise SpecError(
                "with several pipelines each one names its streams", hint="Add stream=NAME to every --pipeline."
            )


def template(composition: Composition) -> dict[str, Any]:
    """Assemble the bundled parts.

    Returns:
        A template whose strings may still hold `$VARIABLES`.

    Raises:
        SpecError: An environment variable is for a module that is not there.
    """
    parts = [composition.target.value]
    parts += ["business-logic"] if composition.business_logic is not None else []
    parts += ["uploader"] if composition.uploader is not None else []
    parts += ["credentials"] if composition.credentials else []
    document = _part(_FOLDER / "base.template.json")
    for name in parts:
        document = merged(document, _part(_FOLDER / f"{name}.json"))
    content = document[CONTENT]
    modules = content[AGENT][DESIRED]["modules"]
    for name, image in (
        (PIPELINE, composition.image),
        (BUSINESS_LOGIC, composition.business_logic),
        (UPLOADER, composition.uploader),
    ):
        if image:
            modules[name]["settings"]["image"] = image
    _fill_uploader(modules)
    if composition.publish_rtsp is not None:
        host = modules[PIPELINE]["settings"]["createOptions"]["HostConfig"]
        host["PortBindings"] = {_RTSP: [{"HostPort": str(composition.publish_rtsp)}]}
    _fill_twins(content, composition)
    _fill_environment(modules, composition)
    return document


def _fill_uploader(modules: dict[str, Any]) -> None:
    """Have the pipeline's own image upload, where it is the uploader's too: by itself it would run pipelines."""
    if UPLOADER in modules and modules[UPLOADER]["settings"]["image"] == modules[PIPELINE]["settings"]["image"]:
        options = modules[UPLOADER]["settings"]["createOptions"]
        options["Cmd"] = ["uploader", "--container", "recordings"]
        options["HostConfig"]["Binds"] = ["VideoUploaderCache:/tmp/VideoUploaderCache"]


def _fill_twins(content: dict[str, Any], composition: Composition) -> None:
    twin = content[PIPELINE][DESIRED]
    twin["azdaConfiguration"] = configuration.build(composition.streams, composition.pipelines, composition.regions)
    if composition.recording_seconds is not None:
        twin["outputVideoLength"] = composition.recording_seconds
    if composition.recording_stop_after is not None:
        twin["autoStopRecordingTime"] = composition.recording_stop_after
    if composition.business_logic is not None:
        wanted = [{"configId": pipeline, "state": True} for pipeline in composition.record]
        content[BUSINESS_LOGIC][DESIRED]["startRecording"] = wanted


def _fill_environment(modules: dict[str, Any], composition: Composition) -> None:
    for module, name, value in composition.env:
        if module not in modules:
            raise SpecError(
                f"--env names the module '{module}', which does not exist", hint=f"There is: {', '.join(modules)}."
            )
        modules[module].setdefault("env", {})[name] = {"value": value}


def _part(path: Path) -> dict[str, Any]:
    return text.loads(path.read_text(encoding="utf-8"), source=path.name)
