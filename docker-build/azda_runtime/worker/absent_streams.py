"""Streams of this machine, USB cameras and files, that cannot be opened now: their pipeline goes on without them.

A camera on the network is looked after by its own source; these would end the pipeline, with all of its other streams.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import unquote, urlsplit

from azda_runtime.files import refusal
from azda_runtime.settings import Pipeline, Sensor, SourceKind


@dataclass(frozen=True, kw_only=True, slots=True)
class Absent:
    """A stream that was left out.

    Attributes:
        sensor: Its name.
        path: The device or the file.
        reason: Why it could not be opened.
    """

    sensor: str
    path: Path
    reason: str

    def is_there(self) -> bool:
        """Whether it can be opened by now."""
        return not refusal(self.path)


def without_absent(pipeline: Pipeline) -> tuple[Pipeline, tuple[Absent, ...]]:
    """Leave out the streams that cannot be opened; where that would leave none, the pipeline stays as it is."""
    absent = [found for stream in pipeline.streams if (found := absent_now(stream.sensor)) is not None]
    names = {each.sensor for each in absent}
    left = tuple(stream for stream in pipeline.streams if stream.sensor.name not in names)
    return (replace(pipeline, streams=left), tuple(absent)) if left else (pipeline, ())


def absent_now(sensor: Sensor) -> Absent | None:
    """Say why a device or file cannot be opened; None where it can, or for a camera on the network."""
    path = _path_of(sensor)
    reason = refusal(path) if path is not None else ""
    return Absent(sensor=sensor.name, path=path, reason=reason) if path is not None and reason else None


def _path_of(sensor: Sensor) -> Path | None:
    if sensor.kind is SourceKind.USB:
        return Path(sensor.endpoint)
    return Path(unquote(urlsplit(sensor.endpoint).path)) if sensor.kind is SourceKind.FILE else None
