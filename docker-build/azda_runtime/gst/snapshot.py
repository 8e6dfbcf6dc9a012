"""Single pictures of a pipeline that plays: a key frame of its encoded video, decoded and made a JPEG.

The decoding is a pipeline of its own, so that nothing in it can hold up or end the one that plays.
"""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any

from gi.repository import GLib, Gst

from azda_runtime.gst.errors import PipelineError
from azda_runtime.gst.probe import tap
from azda_runtime.gst.recording_run import key_frame_event

# A slow model on a CPU takes seconds for a frame.
_SECONDS = 15.0
_DECODE_SECONDS = 10
_SMALLEST = 32
# Quality, and the part of the width, from the best on.
_ATTEMPTS = ((85, 1.0), (70, 1.0), (50, 1.0), (50, 0.75), (50, 0.5), (40, 0.25), (30, 0.125))


@dataclass(frozen=True, kw_only=True, slots=True)
class Snapshot:
    """A picture.

    Attributes:
        jpeg: The file's bytes.
        width: Of the picture.
        height: Of the picture.
        wall: When it was seen, in seconds since 1970.
    """

    jpeg: bytes
    width: int
    height: int
    wall: float


class Snapshots:
    """Takes pictures of one pipeline, one after the other.

    Args:
        pipeline: GStreamer's.
        tee: The element that carries the encoded video (`Plan.picture`); empty when no video is encoded.
    """

    def __init__(self, pipeline: Gst.Pipeline, tee: str) -> None:
        carrier = pipeline.get_by_name(tee) if tee else None
        self._pad = None if carrier is None else carrier.get_static_pad("sink")
        self._lock = threading.Lock()

    def take(self, most_bytes: int, width: int = 0) -> Snapshot:
        """Wait for the next key frame, and make a picture of it; takes seconds.

        Args:
            most_bytes: How long the JPEG may be: what is longer is made coarser, then smaller.
            width: How wide it may be; 0 for as wide as the video.

        Raises:
            PipelineError: There is no video, or none came in time.
        """
        if self._pad is None:
            raise PipelineError("The pipeline encodes no video.")
        with self._lock:
            frame, caps = self._key_frame(self._pad)
        wall = time.time()
        for quality, size in _sizes(caps, width):
            jpeg = _jpeg(frame, caps, size, quality)
            if len(jpeg) <= most_bytes:
                return Snapshot(jpeg=jpeg, width=size[0], height=size[1], wall=wall)
        raise PipelineError(f"No picture of the video is as short as {most_bytes} bytes.")

    def _key_frame(self, pad: Any) -> tuple[Any, Any]:
        frames: SimpleQueue[tuple[Any, Any]] = SimpleQueue()

        def look(buffer: Any) -> None:
            if not buffer.has_flags(Gst.BufferFlags.DELTA_UNIT) and frames.empty():
                frames.put((buffer.copy_deep(), pad.get_current_caps()))  # encoders have few buffers to lend

        end = tap(pad, look)
        try:
            pad.push_event(key_frame_event(None))
            return frames.get(timeout=_SECONDS)
        except Empty:
            raise PipelineError(f"No picture came within {_SECONDS:.0f} seconds.") from None
        finally:
            end()


def _sizes(caps: Any, most: int) -> Iterator[tuple[int, tuple[int, int]]]:
    structure = caps.get_structure(0)
    width, height = structure.get_int("width")[1], structure.get_int("height")[1]
    begin = min(width, most) if most else width
    for quality, part in _ATTEMPTS:
        wide = max(_SMALLEST, int(begin * part) // 2 * 2)
        yield quality, (wide, max(2, wide * height // width // 2 * 2))


def _jpeg(frame: Any, caps: Any, size: tuple[int, int], quality: int) -> bytes:
    words = "appsrc name=in format=time ! h264parse ! nvv4l2decoder ! nvvideoconvert ! "
    words += f"video/x-raw,format=I420,width={size[0]},height={size[1]} ! jpegenc quality={quality} ! "
    words += "appsink name=out sync=false async=false max-buffers=1"
    try:
        pipeline = Gst.parse_launch(words)
    except GLib.Error as error:
        raise PipelineError(f"No picture can be made: {error.message}.") from None
    source, sink = pipeline.get_by_name("in"), pipeline.get_by_name("out")
    source.set_property("caps", caps)
    try:
        pipeline.set_state(Gst.State.PLAYING)
        source.emit("push-buffer", frame.copy_deep())
        source.emit("end-of-stream")
        sample = sink.emit("try-pull-sample", _DECODE_SECONDS * Gst.SECOND)
        if sample is None:
            raise _failure(pipeline.get_bus().pop_filtered(Gst.MessageType.ERROR))
        buffer = sample.get_buffer()
        data: bytes = buffer.extract_dup(0, buffer.get_size())
        return data
    finally:
        pipeline.set_state(Gst.State.NULL)


def _failure(message: Any) -> PipelineError:
    why = "the decoder gave none" if message is None else message.parse_error()[0].message.rstrip(".")
    return PipelineError(f"No picture can be made: {why}.")
