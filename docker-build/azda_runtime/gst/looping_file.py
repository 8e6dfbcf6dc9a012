"""A video file's encoded frames, over and over, with times that only grow."""

import threading
from pathlib import Path
from typing import Any

import gi

from azda_runtime.gst.errors import PipelineError

gi.require_version("GstApp", "1.0")
from gi.repository import Gst, GstApp  # noqa: F401 # after require_version; gives appsrc and appsink their methods

_READ = (
    "filesrc name=file ! parsebin ! h264parse config-interval=-1 ! video/x-h264,stream-format=byte-stream,alignment=au "
    "! appsink name=out sync=false max-buffers=4"
)
_FIRST_SECONDS = 20
_FRAME = Gst.SECOND // 25  # the last frame of a file that states no rate


class LoopingFile:
    """Reads a file of H.264 and feeds an appsrc, from the beginning again at its end.

    Nothing is decoded, so it costs next to nothing and needs no decoder. Who reads sets the pace: the appsrc blocks.

    Args:
        path: The file.

    Raises:
        PipelineError: It holds no H.264 that can be read; `close` need not be called.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._done = threading.Event()
        self._pipeline = Gst.parse_launch(_READ)
        self._pipeline.get_by_name("file").set_property("location", str(path))
        self._sink = self._pipeline.get_by_name("out")
        self._offset = self._end = 0
        self._pipeline.set_state(Gst.State.PLAYING)
        self._first = self._sink.try_pull_sample(_FIRST_SECONDS * Gst.SECOND)
        if self._first is None or self._first.get_buffer().pts == Gst.CLOCK_TIME_NONE:
            reason = self._reason()
            self.close()
            hint = f"Convert it: ffmpeg -i {path.name} -an -c:v libx264 -pix_fmt yuv420p {path.stem}-h264.mp4"
            raise PipelineError(f"{path.name} cannot be served: {reason}.", hint=hint)

    def feed(self, source: Any) -> None:
        """Begin to feed an appsrc, in a thread of its own that ends with the appsrc or with `close`."""
        source.set_property("caps", self._first.get_caps())
        threading.Thread(target=self._feed, args=(source,), name=f"loop {self._path.name}", daemon=True).start()

    def close(self) -> None:
        """End it; any thread may call this."""
        self._done.set()
        self._pipeline.set_state(Gst.State.NULL)

    def _feed(self, source: Any) -> None:
        sample, begun = self._first, True
        while not self._done.is_set():
            if sample is not None:
                begun = True
                if source.push_buffer(self._moved(sample)) != Gst.FlowReturn.OK:
                    break  # nobody watches any more
            elif self._sink.is_eos() and begun:
                begun = False
                self._rewind()
            elif self._sink.is_eos() or self._failed():
                source.end_of_stream()
                break
            sample = self._sink.try_pull_sample(Gst.SECOND)
        self.close()

    def _moved(self, sample: Any) -> Any:
        """The frame, timed from the very first one."""
        buffer, segment = sample.get_buffer(), sample.get_segment()
        moved = buffer.copy_region(Gst.BufferCopyFlags.FLAGS | Gst.BufferCopyFlags.MEMORY, 0, buffer.get_size())
        at = segment.to_running_time(Gst.Format.TIME, buffer.pts)
        if at == Gst.CLOCK_TIME_NONE:  # before the beginning that the file's edit list names
            at = 0
        moved.pts, moved.duration = self._offset + at, buffer.duration
        length = _FRAME if buffer.duration == Gst.CLOCK_TIME_NONE else buffer.duration
        self._end = max(self._end, moved.pts + length)
        return moved

    def _rewind(self) -> None:
        self._offset = self._end
        if not self._pipeline.seek_simple(Gst.Format.TIME, Gst.SeekFlags.FLUSH | Gst.SeekFlags.KEY_UNIT, 0):
            self._pipeline.set_state(Gst.State.READY)
            self._pipeline.set_state(Gst.State.PLAYING)

    def _failed(self) -> bool:
        return self._pipeline.get_bus().pop_filtered(Gst.MessageType.ERROR) is not None

    def _reason(self) -> str:
        """Why there are no frames: what is missing, or what the first element that failed says."""
        bus = self._pipeline.get_bus()
        message = bus.pop_filtered(Gst.MessageType.ERROR)
        if self._first is not None:
            return "its frames have no timestamps"
        if message is None:
            return "it holds no H.264 video"
        error, _ = message.parse_error()
        is_missing = error.matches(Gst.ResourceError.quark(), Gst.ResourceError.OPEN_READ)
        return "it cannot be opened" if is_missing else "it is damaged, or holds no H.264 video"
