"""The part of a plan from the batch to the video that people watch."""

import math
from dataclasses import dataclass

from azda_runtime.plan.assembly import Assembly
from azda_runtime.plan.platform import Platform
from azda_runtime.settings import Pipeline

PICTURE = "picture"

_BITS_PER_SECOND = 4_000_000
_KEY_FRAME_EVERY = 30
_ZERO_LATENCY = 4
_SUPERFAST = 2
_PAYLOAD_TYPE = 96
_FRAGMENT = 1000  # milliseconds
_UNBUFFERED = 2
_THEN_FINALISE = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Outlet:
    """Where the video goes.

    Attributes:
        port: Where on this machine the RTSP server takes it; None where there is no server.
        file: An MP4 file that takes it, or a PNG file for a single frame; empty for no file.
        in_time: Whether it leaves at the speed of its clock: video files would otherwise run as fast as they can.
    """

    port: int | None = None
    file: str = ""
    in_time: bool = False

    @property
    def is_still(self) -> bool:
        """Whether a single image is wanted, not a video."""
        return self.file.lower().endswith(".png")


def add_picture(assembly: Assembly, last: str, pipeline: Pipeline, platform: Platform, outlet: Outlet) -> str:
    """Add tiler, on-screen display, encoder and what takes the video.

    Returns:
        The name of the tee that carries the encoded video; empty when no video is encoded.
    """
    if outlet.port is None and not outlet.file:
        assembly.after(last, "end", "fakesink", sync=outlet.in_time, **{"async": False})
        return ""
    last = _add_drawing(assembly, last, pipeline, platform)
    if outlet.is_still:
        _add_still(assembly, last, outlet)
        return ""
    last = _add_encoder(assembly, last, platform)
    last = assembly.after(last, "parse", "h264parse", config_interval=-1)
    tee = assembly.after(last, PICTURE, "tee")
    if outlet.port is not None:
        last = assembly.after(tee, "rtp-queue", "queue")
        last = assembly.after(last, "rtp-pay", "rtph264pay", pt=_PAYLOAD_TYPE, config_interval=1)
        # To the RTSP server of the supervisor on this very machine, never to a multicast group that others may hear.
        assembly.after(
            last, "rtp-sink", "udpsink", host="127.0.0.1", port=outlet.port, sync=outlet.in_time, **{"async": False}
        )
    if outlet.file:
        last = assembly.after(tee, "file-queue", "queue")
        # Fragments first: what was written before a crash can be played.
        last = assembly.after(last, "file-mux", "mp4mux", fragment_duration=_FRAGMENT, fragment_mode=_THEN_FINALISE)
        options = {"buffer_mode": _UNBUFFERED, "sync": outlet.in_time, "async": False}
        assembly.after(last, "file-sink", "filesink", location=outlet.file, **options)
    return tee


def _add_drawing(assembly: Assembly, last: str, pipeline: Pipeline, platform: Platform) -> str:
    columns = math.ceil(math.sqrt(len(pipeline.streams)))
    last = assembly.after(
        last,
        "tiler",
        "nvmultistreamtiler",
        rows=math.ceil(len(pipeline.streams) / columns),
        columns=columns,
        width=pipeline.frame.width,
        height=pipeline.frame.height,
    )
    if pipeline.osd:
        last = assembly.after(last, "osd-convert", "nvvideoconvert")
        last = assembly.after(last, "osd-caps", "capsfilter", caps="video/x-raw(memory:NVMM), format=RGBA")
        last = assembly.after(last, "osd", "nvdsosd", process_mode=int(platform.gpu_drawing))
    return last


def _add_still(assembly: Assembly, last: str, outlet: Outlet) -> None:
    last = assembly.after(last, "still-convert", "nvvideoconvert")
    last = assembly.after(last, "still-caps", "capsfilter", caps="video/x-raw, format=RGBA")
    last = assembly.after(last, "still-encode", "pngenc", snapshot=True)
    assembly.after(last, "file-sink", "filesink", location=outlet.file, sync=outlet.in_time, **{"async": False})


def _add_encoder(assembly: Assembly, last: str, platform: Platform) -> str:
    last = assembly.after(last, "encode-queue", "queue")
    last = assembly.after(last, "encode-convert", "nvvideoconvert")
    if platform.hardware_encoder:
        last = assembly.after(last, "encode-caps", "capsfilter", caps="video/x-raw(memory:NVMM), format=NV12")
        return assembly.after(
            last,
            "encode",
            "nvv4l2h264enc",
            bitrate=_BITS_PER_SECOND,
            iframeinterval=_KEY_FRAME_EVERY,
            idrinterval=_KEY_FRAME_EVERY,
            insert_sps_pps=True,
        )
    last = assembly.after(last, "encode-caps", "capsfilter", caps="video/x-raw, format=I420")
    return assembly.after(
        last,
        "encode",
        "x264enc",
        bitrate=_BITS_PER_SECOND // 1000,  # x264enc counts in kbit/s
        key_int_max=_KEY_FRAME_EVERY,
        tune=_ZERO_LATENCY,
        speed_preset=_SUPERFAST,
    )
