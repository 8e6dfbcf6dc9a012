"""One mp4 file: encoded frames in, a file that can be played at any moment out.

It is a pipeline of its own. An error in it, such as a full disk, reaches nobody else: in a branch of the pipeline that
infers, it would end that one.
"""

from pathlib import Path
from typing import Any

from gi.repository import GLib, Gst

from azda_runtime.gst.errors import PipelineError

_FRAGMENT = 1000  # milliseconds
_THEN_FINALISE = 1
_UNBUFFERED = 2
_MOST_WAITING = 8 * 1024 * 1024
_POLL = 20 * Gst.MSECOND


class SegmentFile:
    """Writes H.264 into a file.

    Args:
        path: The file; it is there and empty.
        caps: The format of the frames.

    Raises:
        PipelineError: GStreamer lacks an element, or the file cannot be written.
    """

    def __init__(self, path: Path, caps: Any) -> None:
        try:
            self._pipeline = Gst.parse_launch(
                f"appsrc name=in format=time max-bytes=0 ! h264parse ! mp4mux fragment-duration={_FRAGMENT} "
                f"fragment-mode={_THEN_FINALISE} ! filesink name=out buffer-mode={_UNBUFFERED} sync=false async=false"
            )
        except GLib.Error as error:
            raise PipelineError(f"Nothing can be recorded: {error.message}.") from None
        self._source = self._pipeline.get_by_name("in")
        self._source.set_property("caps", caps)
        self._pipeline.get_by_name("out").set_property("location", str(path))
        self._bus = self._pipeline.get_bus()
        self._begin: int | None = None
        if self._pipeline.set_state(Gst.State.PLAYING) == Gst.StateChangeReturn.FAILURE:
            message = self._bus.pop_filtered(Gst.MessageType.ERROR)
            self.abandon()
            raise _failure(message)

    def push(self, buffer: Any) -> None:
        """Write a frame.

        Args:
            buffer: It becomes the file's; the first one's time becomes 0.

        Raises:
            PipelineError: The file cannot be written.
        """
        if self._begin is None:
            known = [time for time in (buffer.pts, buffer.dts) if time != Gst.CLOCK_TIME_NONE]
            self._begin = min(known, default=0)
        buffer.pts = _since(buffer.pts, self._begin)
        buffer.dts = _since(buffer.dts, self._begin)
        self._source.emit("push-buffer", buffer)
        self._raise_error(0)
        while self._source.get_property("current-level-bytes") > _MOST_WAITING:
            self._raise_error(_POLL)

    def close(self, seconds: float) -> None:
        """Write the file to its end.

        Raises:
            PipelineError: It could not be written, or not in that time.
        """
        self._source.emit("end-of-stream")
        kinds = Gst.MessageType.EOS | Gst.MessageType.ERROR
        message = self._bus.timed_pop_filtered(int(seconds * Gst.SECOND), kinds)
        self.abandon()
        if message is None:
            raise PipelineError(f"The file was not written to its end within {seconds:g} seconds.")
        if message.type == Gst.MessageType.ERROR:
            raise _failure(message)

    def abandon(self) -> None:
        """Let go of the file as it is."""
        self._pipeline.set_state(Gst.State.NULL)

    def _raise_error(self, wait: int) -> None:
        message = self._bus.timed_pop_filtered(wait, Gst.MessageType.ERROR)
        if message is not None:
            raise _failure(message)


def _since(time: int, begin: int) -> int:
    return Gst.CLOCK_TIME_NONE if time == Gst.CLOCK_TIME_NONE else max(0, time - begin)


def _failure(message: Any) -> PipelineError:
    if message is None:
        return PipelineError("The file cannot be written.")
    error, _ = message.parse_error()
    if error.matches(Gst.ResourceError.quark(), Gst.ResourceError.NO_SPACE_LEFT):
        return PipelineError("No space is left on the disk.")
    return PipelineError(f"The file cannot be written: {error.message.rstrip('.')}.")
