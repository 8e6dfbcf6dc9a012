"""A pipeline's video as it comes over RTP on this machine, handed on to whoever watches."""

import threading
from collections.abc import Callable
from typing import Any

from gi.repository import Gst

from azda_runtime.gst.errors import PipelineError

CAPS = "application/x-rtp,media=video,encoding-name=H264,payload=96,clock-rate=90000"

# Frames since the last key frame that are kept for those who come later.
_MOST_KEPT = 6 * 1024 * 1024
# A watcher that is behind so far gets nothing until the next key frame.
_MOST_BEHIND = 4 * 1024 * 1024
_SOCKET_BYTES = 4 * 1024 * 1024
_COPY = Gst.BufferCopyFlags
_ALL = _COPY.FLAGS | _COPY.TIMESTAMPS | _COPY.META | _COPY.MEMORY


class PictureFeed:
    """Receives one video, and gives each watcher what it needs to show it at once: all since the last key frame.

    Args:
        port: Where its RTP arrives, on 127.0.0.1 alone.
        ready: Called once, from any thread, when the first key frame is there.

    Raises:
        PipelineError: The port is taken, or GStreamer lacks an element.
    """

    def __init__(self, port: int, ready: Callable[[], object]) -> None:
        self._ready = ready
        self._lock = threading.Lock()
        self._kept: list[Any] = []
        self._bytes = 0
        self._caps: Any = None
        self._watchers: dict[Any, bool] = {}
        self._pipeline = Gst.parse_launch(
            f"udpsrc address=127.0.0.1 port={port} buffer-size={_SOCKET_BYTES} reuse=false caps={CAPS} "
            "! rtph264depay ! h264parse config-interval=-1 ! video/x-h264,stream-format=byte-stream,alignment=au "
            "! appsink name=out sync=false emit-signals=true"
        )
        self._pipeline.get_by_name("out").connect("new-sample", self._take)
        if self._pipeline.set_state(Gst.State.PLAYING) == Gst.StateChangeReturn.FAILURE:
            self._pipeline.set_state(Gst.State.NULL)
            raise PipelineError(f"The port {port} for the video is in use.", hint="Another program receives there.")

    def watch(self, source: Any) -> None:
        """Feed an appsrc, from the last key frame on."""
        with self._lock:
            source.set_property("caps", self._caps)
            for buffer in self._kept:
                source.emit("push-buffer", _shared(buffer))
            self._watchers[source] = bool(self._kept)

    def leave(self, source: Any) -> None:
        """Feed it no more."""
        with self._lock:
            self._watchers.pop(source, None)

    def close(self) -> None:
        """End it, for the watchers too."""
        self._pipeline.set_state(Gst.State.NULL)
        with self._lock:
            for source in self._watchers:
                source.emit("end-of-stream")
            self._watchers.clear()

    def _take(self, sink: Any) -> Any:
        sample = sink.emit("pull-sample")
        if sample is None:
            return Gst.FlowReturn.EOS
        buffer = sample.get_buffer().copy_deep()
        buffer.pts = buffer.dts = Gst.CLOCK_TIME_NONE  # each watcher's own clock says when it was sent
        is_key = not buffer.has_flags(Gst.BufferFlags.DELTA_UNIT)
        is_first = False
        with self._lock:
            is_first = is_key and self._caps is None
            self._keep(buffer, sample.get_caps(), is_key=is_key)
            for source, follows in list(self._watchers.items()):
                behind = source.get_property("current-level-bytes") > _MOST_BEHIND
                self._watchers[source] = (follows or is_key) and not behind
                if self._watchers[source]:
                    source.emit("push-buffer", _shared(buffer))
        if is_first:
            self._ready()
        return Gst.FlowReturn.OK

    def _keep(self, buffer: Any, caps: Any, *, is_key: bool) -> None:
        if is_key:
            self._caps = caps
            self._kept, self._bytes = [], 0
        elif not self._kept:
            return
        self._bytes += buffer.get_size()
        if self._bytes > _MOST_KEPT:
            self._kept, self._bytes = [], 0
        else:
            self._kept.append(buffer)


def _shared(buffer: Any) -> Any:
    """The same frame for another watcher: its bytes are not copied, its timestamps are its own."""
    return buffer.copy_region(_ALL, 0, buffer.get_size())
