"""A pipeline out of a settings file, a module's twin or a deployment manifest: its files are those of this machine."""

import copy
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from azdacli.errors import SpecError
from azdacli.simulation import settings_sources
from azdacli.simulation.source import Source
from azdacli.util import files
from dsconfig.lookup import locations

_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]")
_PIPELINES = "$.components.deepStream.pipelineConfigs"
_MOST_DEPTH = 32
_NOT_HERE = ("id", "unsecureZipUrl", "unsecureZipSha256")


@dataclass(frozen=True, kw_only=True, slots=True)
class SettingsPipeline:
    """A pipeline as the settings have it.

    Attributes:
        keys: Its object, with paths of this machine.
        sources: The videos and cameras of its streams.
        replaced: A sentence for each of those that this machine cannot read.
    """

    keys: Mapping[str, Any] = field(repr=False)
    sources: tuple[Source, ...] = ()
    replaced: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The pipeline's keys, but for its id and for where its archive comes from."""
        return {key: value for key, value in self.keys.items() if key not in _NOT_HERE}


def configurations(document: Any, depth: int = 0) -> Iterator[Mapping[str, Any]]:
    """Each `azdaConfiguration` in a document: itself, or what a twin or a deployment manifest holds."""
    if depth > _MOST_DEPTH:
        return
    if isinstance(document, dict):
        components = document.get("components")
        if isinstance(components, dict) and isinstance(components.get("deepStream"), dict):
            yield document
            return
        document = list(document.values())
    if isinstance(document, list):
        for each in document:
            yield from configurations(each, depth + 1)


def only_configuration(document: Any, path: Path) -> Mapping[str, Any]:
    """The one `azdaConfiguration` of a document.

    Raises:
        SpecError: There is none, or there are several.
    """
    found = list(configurations(document))
    if len(found) != 1:
        raise SpecError(
            f"'{path}' holds {len(found) or 'no'} azdaConfiguration{'s' if len(found) > 1 else ''}",
            hint="Give a settings file of the runtime, or a deployment manifest with one pipeline module.",
        )
    return found[0]


def pipeline(
    configuration: Mapping[str, Any],
    wanted: str,
    named: Iterable[tuple[str, str]],
    folders: Sequence[Path],
) -> SettingsPipeline:
    """Take a pipeline out of a configuration that the runtime has read without an error.

    Args:
        configuration: The `azdaConfiguration`.
        wanted: The pipeline's id; the only one without it.
        named: The paths that the configuration names: where they stand, and their text.
        folders: Where the files of the image lie on this machine.

    Raises:
        SpecError: It does not say which of several pipelines is meant, that one names its sources itself, or a file is
            not found.
    """
    listed = configuration["components"]["deepStream"].get("pipelineConfigs") or []
    ids = [each.get("id") for each in listed]
    if listed and all(map(_names_its_sources, listed)):
        raise _own_sources(len(listed))
    if wanted not in ids and (wanted or len(ids) != 1):
        what = f"there is no pipeline '{wanted}'" if wanted else f"the settings have {len(ids)} pipelines"
        raise SpecError(f"{what}: {', '.join(map(str, ids)) or 'none'}", hint="Say which one with --pipeline.")
    index = ids.index(wanted) if wanted else 0
    if _names_its_sources(listed[index]):
        raise _own_sources(1)
    keys: Any = copy.deepcopy(listed[index])
    start = f"{_PIPELINES}[{index}]"
    for location, value in named:
        if location.startswith((f"{start}.", f"{start}[")):
            _put(keys, location.removeprefix(start), str(_found(value, folders)))
    streams = settings_sources.of(configuration, ids[index], lambda path: _copy(path, folders))
    return SettingsPipeline(keys=keys, sources=streams.sources, replaced=streams.replaced)


def _names_its_sources(pipeline: Mapping[str, Any]) -> bool:
    return bool(pipeline.get("deepstreamPassthrough"))


def _own_sources(count: int) -> SpecError:
    what, names = ("the pipeline is", "names its sources itself")
    if count > 1:
        what, names = (f"all {count} pipelines are", "name their sources themselves")
    return SpecError(
        f"{what} written in GStreamer's own notation, and {names}",
        hint="Run it in an image for the CPU: `azdacli create --device-type CPU`.",
    )


def _put(keys: Any, location: str, value: str) -> None:
    *way, last = [name or int(number) for name, number in _STEP.findall(location)]
    for step in way:
        keys = keys[step]
    keys[last] = value


def _found(value: str, folders: Sequence[Path]) -> Path:
    """The file that a path means.

    It is the one that the runtime takes on this machine, else one of the image: whole below a folder, then without its
    first folders, as `--add` has put it there.
    """
    found = _copy(value, folders)
    if found is not None:
        return found
    raise SpecError(
        f"there is no file '{value}' on this machine, and it is not beside the settings",
        hint="Put the settings into the folder with the files that the image gets, or start there.",
    )


def _copy(value: str, folders: Sequence[Path]) -> Path | None:
    parts = PurePosixPath(value.lstrip("/")).parts
    copies = (folder.joinpath(*parts[start:]) for folder in folders for start in range(len(parts)))
    for path in (*map(Path, locations(value, map(str, folders))), *copies):
        if files.is_file(path):
            return path.resolve()
    return None
