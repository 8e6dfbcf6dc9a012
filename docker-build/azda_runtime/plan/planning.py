"""From a pipeline's settings to its plan."""

from dataclasses import dataclass

from azda_runtime.plan.assembly import Assembly
from azda_runtime.plan.inference import ReadConfiguration, add_inference
from azda_runtime.plan.output import Outlet, add_picture
from azda_runtime.plan.platform import Platform
from azda_runtime.plan.sources import add_sources
from azda_runtime.plan.values import Plan
from azda_runtime.settings import Pipeline, SourceKind


@dataclass(frozen=True, kw_only=True, slots=True)
class Planning:
    """What a plan needs beside the settings.

    Attributes:
        platform: The device.
        read: Reads a configuration file.
        rtp_port: Where on this machine the RTSP server takes the pipeline's video; None without a server.
        loop_files: Whether a video file stands for a camera: it runs in time and starts again at its end.
        picture_file: An MP4 file that takes the video, or a PNG file for a single frame; empty for no file.
    """

    platform: Platform
    read: ReadConfiguration
    rtp_port: int | None = None
    loop_files: bool = True
    picture_file: str = ""


def plan(pipeline: Pipeline, planning: Planning) -> Plan:
    """Plan a pipeline whose files have been located.

    Raises:
        InvalidValueError: A configuration cannot be read or is for another element.
    """
    if pipeline.passthrough:
        return Plan(pipeline=pipeline.id, launch=pipeline.passthrough)
    assembly = Assembly()
    last = add_sources(assembly, pipeline, loop_files=planning.loop_files)
    last = add_inference(assembly, last, pipeline, planning.platform, planning.read)
    has_files = any(stream.sensor.kind is SourceKind.FILE for stream in pipeline.streams)
    outlet = Outlet(port=planning.rtp_port, file=planning.picture_file, in_time=has_files and planning.loop_files)
    picture = add_picture(assembly, last, pipeline, planning.platform, outlet)
    return Plan(
        pipeline=pipeline.id,
        elements=tuple(assembly.elements),
        links=tuple(assembly.links),
        probes=tuple(assembly.probes),
        picture=picture,
    )
