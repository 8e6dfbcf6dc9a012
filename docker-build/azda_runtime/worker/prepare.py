"""From a pipeline's settings to one that plays: parsers loaded, plan made, elements assembled, probes set."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from azda_runtime.assets import INDEX, read_index
from azda_runtime.configuration import Configuration, read_configuration
from azda_runtime.gst import media_info, pipeline_builder, probe
from azda_runtime.gst.initialize import has_element
from azda_runtime.gst.player import Playing
from azda_runtime.gst.reconnect import Reconnecting
from azda_runtime.gst.stream_failure import Parting
from azda_runtime.gst.video_limit import end_after
from azda_runtime.metadata.probes import Extras, Interpreter
from azda_runtime.models import locate
from azda_runtime.parsers.counters import Tally
from azda_runtime.parsers.recorder import TensorRecorder, folder_of
from azda_runtime.plan import Plan, Planning, Platform, ProbeRole, Secret, plan
from azda_runtime.plan.sources import DECODE, QUEUE, SOURCE, address_of
from azda_runtime.problems import InvalidValueError, shown
from azda_runtime.settings import FrameSize, Pipeline, SourceKind
from azda_runtime.worker.absent_streams import Absent, without_absent
from azda_runtime.worker.cascade import load_parsers, log_choices

_log = logging.getLogger(__name__)

_NANOSECONDS = 1_000_000_000
_LARGEST, _SMALLEST = 8192, 32


@dataclass(frozen=True, kw_only=True, slots=True)
class Started:
    """A pipeline that is ready to play.

    Attributes:
        pipeline: Its settings, as it runs.
        playing: GStreamer's part of it.
        tally: What happens in it.
        duration: Of its longest video, in nanoseconds; 0 without a video, or when it is not known.
        picture: The element that carries the encoded video; empty when no video is encoded.
        picture_file: The file that takes the video; empty for no file.
        absent: The streams that it runs without.
        change: Takes a pipeline's settings that differ in what changes while it plays.
    """

    pipeline: Pipeline
    playing: Playing
    tally: Tally
    duration: int
    picture: str = ""
    picture_file: str = ""
    absent: tuple[Absent, ...] = ()
    change: Callable[[Pipeline], None] = lambda _: None

    @property
    def lost(self) -> tuple[str, ...]:
        """The sensors whose streams are missing: they could not be opened, or failed."""
        gone = self.playing.parting.gone if self.playing.parting else {}
        return (*(each.sensor for each in self.absent), *dict(gone))


@dataclass(frozen=True, kw_only=True, slots=True)
class Replay:
    """How sources are read where nobody watches them live.

    Attributes:
        inspect_seconds: Look at each source for at most so long, and take the frame size of the first; 0 to look at
            none.
        seconds: End each video file after so much of it; 0 at its end.
        repeatable: Whether detections get the same ids in each run.
        explained: Whether to gather what parsers receive, and to show confidences and results of whole frames.
        record: Where tensors and results are recorded; None to record none.
        record_frames: How many frames.
    """

    inspect_seconds: int = 0
    seconds: float = 0.0
    repeatable: bool = False
    explained: bool = False
    record: Path | None = None
    record_frames: int = 100


_AS_IT_COMES = Replay()


def prepare(
    pipeline: Pipeline, planning: Planning, send: Callable[[str], None], *, replay: Replay = _AS_IT_COMES
) -> Started:
    """Make a pipeline ready.

    Args:
        pipeline: Its settings; its files lie where it says, which `located` sees to.
        planning: What a plan needs beside them.
        send: Takes messages.
        replay: How its sources are read.

    Raises:
        InvalidValueError: A configuration cannot be read or is for another element.
        ParserFailure: A parser cannot be loaded, or breaks its contract.
        PipelineError: A source cannot be opened, or the pipeline cannot be assembled.
    """
    primary, secondaries = load_parsers(pipeline)
    log_choices(pipeline)
    pipeline, absent = without_absent(pipeline)
    for left_out in absent:
        _log.warning("%s cannot be opened: %s: %s", left_out.sensor, left_out.reason, left_out.path)
    duration = 0
    if replay.inspect_seconds and not pipeline.passthrough:
        pipeline, duration, stills = _inspected(pipeline, replay.inspect_seconds)
        planning = replace(planning, picture_file=_picture_file(planning.picture_file, stills=stills))
    planned = plan(pipeline, planning)
    tally = Tally(observe=replay.explained)
    drawn = any(element.factory == "nvdsosd" for element in planned.elements)
    recorder = None
    if replay.record is not None and primary is not None:
        recorder = TensorRecorder(folder_of(replay.record, pipeline.id), replay.record_frames, primary.source)
    extras = Extras(
        video=not planning.loop_files, repeatable=replay.repeatable, explained=replay.explained, recorder=recorder
    )
    interpreter = Interpreter(pipeline, primary, secondaries, tally, send, drawn=drawn, extras=extras)
    assembled = pipeline_builder.assemble(planned)
    if replay.seconds and not planning.loop_files:
        duration = _limit(pipeline, assembled, replay.seconds, duration)
    looks = {ProbeRole.PRIMARY_PARSER: interpreter.parse, ProbeRole.MESSAGES: interpreter.report}
    for each in planned.probes:
        probe.watch(assembled.get_by_name(each.element), looks[each.role])
    cameras = {
        f"{SOURCE}{index}": stream.sensor.name
        for index, stream in enumerate(pipeline.streams)
        if stream.sensor.kind is SourceKind.RTSP and not pipeline.passthrough
    }
    source_elements = _source_elements(pipeline, planned)
    watched = Reconnecting(pipeline.id, assembled, cameras, tally.frames)
    playing = Playing(
        id=pipeline.id,
        pipeline=assembled,
        secrets=_secrets(planned),
        sensors={name: pipeline.streams[number].sensor.name for name, number in source_elements.items()},
        cameras=watched,
        parting=Parting(assembled, _own(source_elements, pipeline), _names(pipeline)),
    )
    return Started(
        pipeline=pipeline,
        playing=playing,
        tally=tally,
        duration=duration,
        picture=planned.picture,
        picture_file=planning.picture_file,
        absent=absent,
        change=interpreter.change,
    )


def located(pipeline: Pipeline, roots: Sequence[Path]) -> Pipeline:
    """Find a pipeline's files.

    Args:
        pipeline: Its settings. Its archive, where it has one, is unpacked.
        roots: Where they are looked up, in this order.

    Returns:
        The settings with absolute paths.

    Raises:
        InvalidValueError: A file is not there.
    """
    found, missing = locate(pipeline, roots)
    if missing:
        raise InvalidValueError(
            f"There is no file {', '.join(shown(path, limit=200) for path in missing)}.",
            hint="Put it into the image with `azdacli create --add`, and name it by its path there.",
        )
    return replace(found, archive=None)


def _inspected(pipeline: Pipeline, seconds: int) -> tuple[Pipeline, int, bool]:
    """The pipeline with the frame size of its first source, the longest duration, and whether all are stills."""
    videos = []
    for stream in pipeline.streams:
        if stream.sensor.kind is not SourceKind.USB:
            address = address_of(stream)
            secret, shown = (address.value, address.shown) if isinstance(address, Secret) else (address, address)
            videos.append(media_info.discover(secret, shown, seconds=seconds))
    if not videos:
        return pipeline, 0, False
    size = FrameSize(width=_side(videos[0].width), height=_side(videos[0].height))
    stills = len(videos) == len(pipeline.streams) and all(video.still for video in videos)
    return replace(pipeline, frame=size), max(video.duration for video in videos), stills


def _picture_file(path: str, *, stills: bool) -> str:
    """The file that takes the video: of stills it is a still, too."""
    return str(Path(path).with_suffix(".png")) if path and stills else path


def _limit(pipeline: Pipeline, assembled: Any, seconds: float, duration: int) -> int:
    """End video files after so much; returns how long the longest lasts then."""
    for index, stream in enumerate(pipeline.streams):
        if stream.sensor.kind is SourceKind.FILE and not pipeline.passthrough:
            end_after(assembled.get_by_name(f"{QUEUE}{index}"), seconds)
    return min(duration, round(seconds * _NANOSECONDS))


def _side(pixels: int) -> int:
    return min(_LARGEST, max(_SMALLEST, pixels + pixels % 2))


def _source_elements(pipeline: Pipeline, planned: Plan) -> dict[str, int]:
    """The elements of the sources, up to their queues -> the number of their stream."""
    return {
        element.name: index
        for index in range(len(pipeline.streams))
        for element in planned.elements
        if element.name in (f"{SOURCE}{index}", f"{DECODE}{index}")
    }


def _own(elements: Mapping[str, int], pipeline: Pipeline) -> dict[str, int]:
    """Those of this machine's cameras and files."""
    kinds = [stream.sensor.kind for stream in pipeline.streams]
    return {name: number for name, number in elements.items() if kinds[number] is not SourceKind.RTSP}


def _names(pipeline: Pipeline) -> tuple[str, ...]:
    return tuple(stream.sensor.name for stream in pipeline.streams)


def _secrets(planned: Plan) -> dict[str, str]:
    values: list[Any] = [value for element in planned.elements for _, value in element.properties]
    return {value.value: value.shown for value in values if isinstance(value, Secret)}


def platform() -> Platform:
    """The device that this process runs on; GStreamer has been started.

    Raises:
        InvalidValueError: The image's index is broken.
    """
    index = read_index(INDEX)
    target = index.target if index is not None and index.target else "cpu"
    return Platform.of(target, has_encoder=has_element("nvv4l2h264enc"))


def read_file(path: str) -> Configuration:
    """Read DeepStream's configuration file.

    Raises:
        InvalidValueError: It cannot be read.
    """
    return read_configuration(Path(path))
