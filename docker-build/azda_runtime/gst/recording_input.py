"""What a recording is made of: encoded frames, each with the messages about it.

Both are only looked at, at pads that are there anyway: nothing is linked or unlinked while the pipeline plays, so no
picture on its way elsewhere can be lost or held up.
"""

import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import Any

from gi.repository import Gst

from azda_runtime.gst.probe import tap
from azda_runtime.recordings.sidecar import Waiting

# About two minutes of video; a disk that is so far behind will not catch up.
_MOST_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
    """An encoded frame.

    Attributes:
        buffer: A copy: encoders have few buffers to lend.
        caps: What it is.
        time: On the pipeline's clock (running time), in nanoseconds.
        wall: When it came, in nanoseconds since 1970.
        is_key: Whether it can be decoded without the ones before it.
        messages: What is said about it, and about any that were dropped just before it, with times as above.
    """

    buffer: Any
    caps: Any
    time: int
    wall: int
    is_key: bool
    messages: tuple[tuple[int, str], ...] = ()


class Inbox:
    """Frames on their way from the pipeline's thread to the one that writes."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._pictures: deque[Picture] = deque()
        self._bytes = 0
        self.closed = False
        self.overflowed = False

    def put(self, picture: Picture) -> None:
        """Add a frame; once the inbox has overflowed or is closed, it takes no more."""
        with self._condition:
            if self.closed or self.overflowed:
                return
            self._bytes += picture.buffer.get_size()
            self.overflowed = self._bytes > _MOST_BYTES
            self._pictures.append(picture)
            self._condition.notify_all()

    def next(self, seconds: float) -> Picture | None:
        """The next frame; None when none came in that time, or none will come."""
        with self._condition:
            if not self._pictures and not self.closed:
                self._condition.wait(seconds)
            if not self._pictures:
                return None
            picture = self._pictures.popleft()
            self._bytes -= picture.buffer.get_size()
            return picture

    def close(self) -> None:
        """Take nothing more in; what is in can still be taken out."""
        with self._condition:
            self.closed = True
            self._condition.notify_all()


class Feed:
    """Matches frames with messages, whether or not anything is recorded.

    A frame comes out of the encoder after its messages; so those of frames that are on their way are always known
    when a recording begins.

    Args:
        picture: The pad that encoded frames pass.
        analytics: The pad that batches pass after their messages were taken; None where no messages are taken, and
            a message is about the next frame.
    """

    def __init__(self, picture: Any, analytics: Any) -> None:
        self._pad = picture
        self._analytics = analytics
        self._lock = threading.Lock()
        self._untagged: deque[str] = deque(maxlen=4096)
        self._waiting = Waiting()
        self._last = 0
        self._inbox: Inbox | None = None
        tap(picture, self._take_picture)
        if analytics is not None:
            tap(analytics, self._tag)

    def take(self, message: str) -> None:
        """Take a message about the batch that comes by next."""
        with self._lock:
            if self._analytics is None:
                self._waiting.add(self._last, message)
            else:
                self._untagged.append(message)

    def attach(self, inbox: Inbox) -> None:
        """Put frames into an inbox from now on, and into no other."""
        with self._lock:
            self._inbox = inbox

    def _take_picture(self, buffer: Any) -> None:
        if buffer.pts == Gst.CLOCK_TIME_NONE:
            return
        at = _running(self._pad, buffer.pts)
        with self._lock:
            self._last = at
            messages = tuple(self._waiting.until(at))
            inbox = self._inbox
        if inbox is not None and not inbox.closed:
            inbox.put(
                Picture(
                    buffer=buffer.copy_deep(),
                    caps=self._pad.get_current_caps(),
                    time=at,
                    wall=time.time_ns(),
                    is_key=not buffer.has_flags(Gst.BufferFlags.DELTA_UNIT),
                    messages=messages,
                )
            )

    def _tag(self, buffer: Any) -> None:
        at = self._last if buffer.pts == Gst.CLOCK_TIME_NONE else _running(self._analytics, buffer.pts)
        with self._lock:
            while self._untagged:
                self._waiting.add(at, self._untagged.popleft())


def _running(pad: Any, time: int) -> int:
    """A buffer's time on the pipeline's clock: encoders shift their times, and say so in the segment."""
    event = pad.get_sticky_event(Gst.EventType.SEGMENT, 0)
    if event is None:
        return time
    running: int = event.parse_segment().to_running_time(Gst.Format.TIME, time)
    return time if running == Gst.CLOCK_TIME_NONE else running
