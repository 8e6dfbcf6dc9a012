"""The part of a plan from the batch to the picture that people look at."""

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


@dataclass(frozen=True, kw_only=True, slots=True)
class Outlet:
    """How the picture leaves the process.

    Attributes:
        port: Where on this machine the RTSP server takes it.
        in_time: Whether it leaves at the speed of its clock: video files would otherwise run as fast as they can.
    """

    port: int
    in_time: bool


def add_picture(assembly: Assembly, last: str, pipeline: Pipeline, platform: Platform, outlet: Outlet) -> str:
    """Add tiler, on-screen display, encoder and the way to the RTSP server; returns the name of the picture's tee."""
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
    last = _add_encoder(assembly, last, platform)
    last = assembly.after(last, "parse", "h264parse", config_interval=-1)
    last = assembly.after(last, PICTURE, "tee")
    last = assembly.after(last, "rtp-queue", "queue")
    last = assembly.after(last, "rtp-pay", "rtph264pay", pt=_PAYLOAD_TYPE, config_interval=1)
    # To the RTSP server of the supervisor on this very machine, never to a multicast group that others may hear.
    assembly.after(
        last, "rtp-sink", "udpsink", host="127.0.0.1", port=outlet.port, sync=outlet.in_time, **{"async": False}
    )
    return PICTURE


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
