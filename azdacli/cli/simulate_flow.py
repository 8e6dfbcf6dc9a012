"""What `azdacli simulate` runs: from what was given, by the folder, the archive or the settings that it is."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import typer

from azdacli.edge import model_archive, settings_check
from azdacli.errors import SpecError
from azdacli.manifest.settings import Question
from azdacli.simulation import settings_file
from azdacli.simulation.cascade import Cascade, cascade, refuse_missing
from azdacli.simulation.settings_file import SettingsPipeline
from azdacli.simulation.source import Source
from azdacli.util import files


class Given(NamedTuple):
    """What was typed of the models.

    Attributes:
        location: A folder, its archive, a configuration or settings.
        config: The primary model's configuration.
        parser: Its parser.
        secondaries: Secondary models.
        tracker: The tracker.
        pipeline: Which pipeline of settings.
    """

    location: Path | None
    config: Path | None
    parser: Path | None
    secondaries: tuple[str, ...]
    tracker: str
    pipeline: str

    def renamed(self, found: Any, scratch: Path) -> Any:
        """What the pipeline said, with the archive that was given for the folder that it was unpacked into."""
        return found if self.location is None else model_archive.renamed(found, self.location, scratch)


def models_of(given: Given, scratch: Path) -> Cascade | SettingsPipeline:
    """Collect the models.

    Args:
        given: What was typed.
        scratch: A folder for what is unpacked; it need not exist.

    Raises:
        AzdaError: Something that was named is not there or cannot be read.
    """
    location = given.location
    if location is not None and _is_settings(location):
        return _of_settings(location, given)
    if given.pipeline:
        raise SpecError("--pipeline is for settings", hint="Give a settings file or a deployment manifest (.json).")
    if location is None or not model_archive.is_zip(location):
        return _cascade(location, given)
    with model_archive.named(location, scratch):
        return _cascade(model_archive.unpack(location, scratch), given)


def sources_of(typed: Sequence[str], models: Cascade | SettingsPipeline) -> tuple[list[Source], tuple[str, ...]]:
    """What is played, and what there is to say about it: the sources that were typed, else those of settings.

    Raises:
        AzdaError: What was typed is not there.
        BadParameter: Nothing names a source.
    """
    if typed:
        return [Source.parse(text) for text in typed], ()
    if isinstance(models, SettingsPipeline):  # the runtime has refused a pipeline without a stream
        return list(models.sources), models.replaced
    raise _without_source()


def check_sources(typed: Sequence[str], location: Path | None) -> None:
    """Say what is missing before anything is read: what was named, or a source.

    Raises:
        SpecError: There is nothing where something was named.
        BadParameter: Nothing names a source.
    """
    if location is not None:
        refuse_missing(location)
    if not typed and not _is_settings(location):
        raise _without_source()


def _without_source() -> typer.BadParameter:
    """What is wrong where nothing names a source."""
    return typer.BadParameter("missing; give a video, an image, rtsp://host/path or test:ball", param_hint="--source")


def _is_settings(location: Path | None) -> bool:
    """Whether what was given is settings or a manifest, which may name sources."""
    return location is not None and location.suffix.lower() == ".json" and files.is_file(location)


def _cascade(location: Path | None, given: Given) -> Cascade:
    return cascade(
        location, config=given.config, parser=given.parser, secondaries=given.secondaries, tracker=given.tracker
    )


def _of_settings(path: Path, given: Given) -> SettingsPipeline:
    if given.config or given.parser or given.secondaries or given.tracker:
        raise SpecError(f"'{path}' names the models itself", hint="Drop --config, --parser, --secondary and --tracker.")
    try:
        document = json.loads(files.read_text(path))
    except (ValueError, RecursionError) as error:
        raise SpecError(f"'{path}' is no JSON: {error}", hint="Correct it; gen-manifest writes one.") from None
    configuration = settings_file.only_configuration(document, path)
    (report,) = settings_check.read_settings([Question(value=dict(configuration))])
    for location, message, hint, severity in report.problems:
        if severity == "error":
            raise SpecError(f"{path}: {location}: {message.rstrip('.')}", hint=hint)
    named = [(each.location, each.value) for each in report.paths]
    return settings_file.pipeline(configuration, given.pipeline, named, [path.resolve().parent, Path.cwd()])
