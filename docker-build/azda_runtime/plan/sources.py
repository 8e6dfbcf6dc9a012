"""The part of a plan from the cameras to the batch."""

from urllib.parse import quote, urlsplit

from azda_runtime.plan.assembly import Assembly
from azda_runtime.plan.cameras import SHORTEST_INTERVAL
from azda_runtime.plan.values import Secret
from azda_runtime.settings import Pipeline, SourceKind, Stream

MUX = "mux"
SOURCE = "source-"
"""What the sources' names begin with; their stream's number follows."""
DECODE = "source-decode-"
"""The same for what decodes a USB camera's frames."""
QUEUE = "source-queue-"
"""The same for the queues behind the sources."""

# A batch waits at most so long for slow streams: a little more than a frame of 30 per second, in microseconds.
_LIVE_TIMEOUT = 40_000
# Files that stand for cameras are read in time: a batch waits until it is full, but not for one that is broken.
_FILE_TIMEOUT = 4_000_000
# Files that are read once: a batch waits until it is full, so that each run makes the same batches.
_NO_TIMEOUT = -1
_UNLIMITED = -1
_LATENCY_MILLISECONDS = 200
_TCP = 4


def add_sources(assembly: Assembly, pipeline: Pipeline, *, loop_files: bool) -> str:
    """Add a source for each stream and the multiplexer; returns the multiplexer's name."""
    ends = [
        _add_preparation(assembly, index, _add_source(assembly, index, stream, loop_files=loop_files), pipeline)
        for index, stream in enumerate(pipeline.streams)
    ]
    live = any(stream.sensor.kind is not SourceKind.FILE for stream in pipeline.streams)
    assembly.add(
        MUX,
        "nvstreammux",
        batch_size=len(pipeline.streams),
        width=pipeline.frame.width,
        height=pipeline.frame.height,
        batched_push_timeout=_LIVE_TIMEOUT if live else _FILE_TIMEOUT if loop_files else _NO_TIMEOUT,
        live_source=live,
    )
    for index, end in enumerate(ends):
        assembly.link(end, MUX, sink_pad=f"sink_{index}")
    return MUX


def _add_source(assembly: Assembly, index: int, stream: Stream, *, loop_files: bool) -> str:
    """Add what decodes a stream and the queue behind it; returns the queue's name."""
    name, queue, sensor = f"{SOURCE}{index}", f"{QUEUE}{index}", stream.sensor
    if sensor.kind is SourceKind.USB:
        assembly.add(name, "v4l2src", device=sensor.endpoint)
        convert = assembly.after(name, f"{DECODE}{index}", "decodebin")
        assembly.add(queue, "queue")
        assembly.link(convert, queue, late=True)
        return assembly.after(queue, f"source-upload-{index}", "videoconvert")
    if sensor.kind is SourceKind.RTSP:
        assembly.add(
            name,
            "nvurisrcbin",
            uri=address_of(stream),
            source_id=index,
            rtsp_reconnect_interval=SHORTEST_INTERVAL,
            rtsp_reconnect_attempts=_UNLIMITED,
            latency=_LATENCY_MILLISECONDS,
            select_rtp_protocol=_TCP,
            disable_audio=True,
        )
    else:
        assembly.add(
            name, "nvurisrcbin", uri=sensor.endpoint, source_id=index, file_loop=loop_files, disable_audio=True
        )
    assembly.add(queue, "queue")
    assembly.link(name, queue, late=True)
    return queue


def _add_preparation(assembly: Assembly, index: int, last: str, pipeline: Pipeline) -> str:
    """Add conversion with crop, and the dewarper; returns the name of the last element."""
    crop = pipeline.crop
    properties = {"src_crop": f"{crop.x0}:{crop.y0}:{crop.x1 - crop.x0}:{crop.y1 - crop.y0}"} if crop else {}
    last = assembly.after(last, f"convert-{index}", "nvvideoconvert", **properties)
    pixels = "RGBA" if pipeline.dewarp else "NV12"
    last = assembly.after(
        last, f"convert-caps-{index}", "capsfilter", caps=f"video/x-raw(memory:NVMM), format={pixels}"
    )
    if pipeline.dewarp:
        last = assembly.after(last, f"dewarp-{index}", "nvdewarper", config_file=pipeline.dewarp, source_id=index)
    return last


def address_of(stream: Stream) -> str | Secret:
    """The camera's address; nvurisrcbin takes credentials in it alone."""
    endpoint = stream.sensor.endpoint
    if stream.credentials is None:
        return endpoint
    parts = urlsplit(endpoint)
    user, password = quote(stream.credentials.username, safe=""), quote(stream.credentials.password, safe="")
    with_credentials = parts._replace(netloc=f"{user}:{password}@{parts.netloc}").geturl()
    return Secret(with_credentials, parts._replace(netloc=f"***@{parts.netloc}").geturl())
