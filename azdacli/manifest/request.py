"""From the options of the command line to what is wanted of a template, their own or the bundled one."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from azdacli.errors import SpecError
from azdacli.image.spec import Target
from azdacli.manifest import compose, configuration, expand, own_twin
from azdacli.manifest.generate import ManifestRequest, Variables
from azdacli.manifest.images import ImageFacts, ImageSource
from azdacli.manifest.options import PIPELINE_IMAGE, ManifestOptions
from azdacli.manifest.pipelines import Pipeline
from azdacli.manifest.stream_options import Region, Stream
from dsconfig.redaction import is_secret_name


def from_template(
    options: ManifestOptions, document: Mapping[str, Any], path: Path, variables: Variables
) -> ManifestRequest:
    """What is wanted of a user's own template."""
    options.refuse_with_template()
    platform = _platform(options, variables, None)
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    if options.own_twin:
        streams = [Stream.parse(text) for text in options.streams]
        converted = own_twin.convert(document, streams=streams, uploader=options.uploader)
        document, notes, warnings = converted.document, converted.notes, converted.warnings
    return ManifestRequest(
        template=document,
        notes=notes,
        warnings=warnings,
        platform=platform,
        name=file_name(path.name, platform),
        folders=(path.parent, Path()),
        machine=options.machine,
        target=options.target.value if options.target else None,
    )


def from_options(options: ManifestOptions, variables: Variables, asked: Sequence[ImageSource]) -> ManifestRequest:
    """What is wanted without a template; the image's labels fill in what the options leave open.

    Raises:
        SpecError: The options say too little, or contradict each other.
    """
    if options.own_twin:
        raise SpecError("--own-twin converts a template or a manifest", hint="Name it with --template FILE.")
    image = options.image or variables.values.get(PIPELINE_IMAGE, "")
    if not image:
        raise SpecError(
            f"there is no image: neither --image nor {PIPELINE_IMAGE} is set",
            hint="Name a --template, or an --image; `azdacli push --env-file .env` writes it into the .env file.",
        )
    facts = _facts(_filled(image, variables), options, asked)
    target = options.target or (_target(facts.target) if facts and facts.target else None)
    if target is None:
        raise SpecError("the device type is not known", hint="Add --device-type Jetson, dGPU or CPU.")
    pipelines = [Pipeline.parse(text) for text in options.pipelines]
    if facts is not None and facts.assets is not None:
        pipelines = [configuration.with_files(pipeline, facts.assets) for pipeline in pipelines]
    whole = replace(options, device_type=target.value)
    platform = _platform(whole, variables, facts)
    return ManifestRequest(
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


def _composition(
    options: ManifestOptions, image: str, target: Target, pipelines: Sequence[Pipeline]
) -> compose.Composition:
    return compose.Composition(
        target=target,
        image=image,
        streams=tuple(Stream.parse(text) for text in options.streams),
        pipelines=tuple(pipelines),
        regions=tuple(Region.parse(text) for text in options.regions),
        business_logic=options.business_logic or None,
        uploader=options.uploader or None,
        record=options.record,
        recording_seconds=options.recording[0],
        recording_stop_after=options.recording[1],
        credentials=options.credentials,
        publish_rtsp=options.publish_rtsp,
        env=tuple(_variable(text) for text in options.env),
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


def _facts(image: str, options: ManifestOptions, asked: Sequence[ImageSource]) -> ImageFacts | None:
    platform = f"linux/{options.machine}" if options.machine else None
    return next((f for source in asked if (f := source.look(image, platform=platform)) is not None), None)


def _filled(image: str, variables: Variables) -> str:
    return expand.Expander(values=variables.values, modules=str, literal=variables.literal).string(image, ())


def _target(label: str) -> Target | None:
    return next((target for target in Target if target.value == label), None)


def _platform(options: ManifestOptions, variables: Variables, facts: ImageFacts | None) -> str:
    named = options.platform or variables.values.get("DEFAULT_PLATFORM", "")
    return named or options.machine or (facts.architecture if facts else "") or "amd64"
