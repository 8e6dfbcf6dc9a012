"""From the words of the command line to what is wanted of a template, their own or the bundled one."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from azdacli.errors import SpecError
from azdacli.image.spec import Target
from azdacli.manifest import compose, configuration, expand, own_twin
from azdacli.manifest.generate import Request, Variables
from azdacli.manifest.images import ImageFacts, ImageSource
from azdacli.manifest.options import PIPELINE_IMAGE, Words
from azdacli.manifest.pipelines import Pipeline
from azdacli.manifest.stream_options import Region, Stream
from dsconfig.redaction import is_secret_name


def from_template(words: Words, document: Mapping[str, Any], path: Path, variables: Variables) -> Request:
    """What is wanted of a user's own template."""
    words.refuse_with_template()
    platform = _platform(words, variables, None)
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    if words.own_twin:
        streams = [Stream.parse(text) for text in words.streams]
        converted = own_twin.convert(document, streams=streams, uploader=words.uploader)
        document, notes, warnings = converted.document, converted.notes, converted.warnings
    return Request(
        template=document,
        notes=notes,
        warnings=warnings,
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
    if words.own_twin:
        raise SpecError("--own-twin converts a template or a manifest", hint="Name it with --template FILE.")
    image = words.image or variables.values.get(PIPELINE_IMAGE, "")
    if not image:
        raise SpecError(
            f"there is no image: neither --image nor {PIPELINE_IMAGE} is set",
            hint="Name a --template, or an --image; `azdacli push --env-file .env` writes it into the .env file.",
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
        publish_rtsp=words.publish_rtsp,
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
