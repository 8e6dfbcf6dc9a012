"""The sources that settings name for a pipeline, as far as this machine can read them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

from azdacli.errors import SpecError
from azdacli.simulation.source import Source

_IN_PLACE = "test:ball"
_FIRST_DEVICE = "/dev/video0"


class Streams(NamedTuple):
    """The streams of a pipeline.

    Attributes:
        sources: What is played for each, in the order of the settings.
        replaced: A sentence for each that is not played itself.
    """

    sources: tuple[Source, ...]
    replaced: tuple[str, ...]


class _CannotReadError(Exception):
    """Why this machine cannot play a sensor."""


def of(configuration: Mapping[str, Any], pipeline: str, find: Callable[[str], Path | None]) -> Streams:
    """Read the sources of a pipeline out of a configuration that the runtime has read without an error.

    Args:
        configuration: The `azdaConfiguration`.
        pipeline: The pipeline's id.
        find: Finds the copy of an image's file on this machine.
    """
    sources, replaced = [], []
    for name, stream, sensor in _streams(configuration, pipeline):
        try:
            source = _source(stream, sensor, find)
        except _CannotReadError as error:
            source = Source.parse(_IN_PLACE)
            replaced.append(f"sensor '{name}': {error}: {_IN_PLACE} is used in its place (--source names another)")
        sources.append(replace(source, sensor=name))
    return Streams(tuple(sources), tuple(replaced))


def _streams(
    configuration: Mapping[str, Any], pipeline: str
) -> Iterator[tuple[str, Mapping[str, Any], Mapping[str, Any]]]:
    components = configuration["components"]
    sensors = {sensor.get("name"): sensor for sensor in components.get("sensors") or []}
    for stream in components["deepStream"].get("streams") or []:
        name = stream.get("name")
        if stream.get("configId") == pipeline and name in sensors:
            yield name, stream, sensors[name]


def _source(stream: Mapping[str, Any], sensor: Mapping[str, Any], find: Callable[[str], Path | None]) -> Source:
    kind = str((sensor.get("kind") or {}).get("subtype") or "").lower()
    address = sensor.get("endpoint") or (_FIRST_DEVICE if kind == "usb" else "")
    if not address:
        raise _CannotReadError("it has no endpoint")
    parts = urlsplit(address)
    if parts.scheme == "file":
        path = unquote(parts.path)
        found = find(path)
        if found is None:
            raise _CannotReadError(f"there is no file '{path}' on this machine, and it is not beside the settings")
        return Source.file(found)
    if parts.username or parts.password or stream.get("uname") or stream.get("password"):
        raise _CannotReadError("its camera asks for a password, which is not taken out of settings")
    try:
        return Source.parse(address)
    except SpecError as error:
        raise _CannotReadError(str(error)) from None
