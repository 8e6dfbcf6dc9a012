"""Writes messages as lines into a file or a pipe; whoever reads there may be slow, or gone, and holds up nobody."""

import contextlib
import logging
import os
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import BinaryIO

from azda_runtime.hub.base import Traffic
from azda_runtime.hub.kept_thread import KeptThread
from azda_runtime.log import limited

_log = logging.getLogger(__name__)

MOST_WAITING = 32 * 1024 * 1024

_LARGEST_WRITE = 1024 * 1024
_CLOSING_SECONDS = 1.5
# A reader that has taken nothing for so long is ill health, and what was lost is for as long.
_STUCK_SECONDS = 30.0


class MessageWriter:
    """Takes messages from any thread, and writes them in a thread of its own.

    Args:
        messages: Takes them.
        unread: Called once when nobody reads the messages any more.
        most_waiting: So many bytes wait at most; the oldest messages go first.
    """

    def __init__(self, messages: BinaryIO, unread: Callable[[], None], *, most_waiting: int) -> None:
        self._messages = messages
        self._unread = unread
        self._most_waiting = most_waiting
        self._waiting: deque[bytes] = deque()
        self._size = 0
        self._lost = self._lost_before = self._sent = 0
        self._lost_at = float("-inf")
        self._writes_since: float | None = None
        self._unwritable = ""
        self._cut = False  # whether the last line was written in part alone
        self._change = threading.Condition()
        self._closed = False
        self._thread = KeptThread("messages", self._write)

    def open(self) -> None:
        """Begin to write."""
        self._thread.start()

    def add(self, message: str) -> None:
        """Let a message wait for its turn."""
        line = f"{message}\n".encode("utf-8", "backslashreplace")
        with self._change:
            self._waiting.append(line)
            self._size += len(line)
            while self._size > self._most_waiting:
                self._size -= len(self._waiting.popleft())
                self._lost += 1
                self._lost_at = time.monotonic()
            self._change.notify()

    def traffic(self) -> Traffic:
        """How many messages were written, wait and were dropped."""
        with self._change:
            lost = self._lost_before + self._lost
            return Traffic(sent=self._sent, dropped=lost, waiting=len(self._waiting), connections=1)

    def problem(self) -> str:
        """Why messages do not get where they should, empty when they do."""
        now, since = time.monotonic(), self._writes_since
        if self._thread.problem or self._unwritable:
            return self._thread.problem or self._unwritable
        if since is not None and now - since >= _STUCK_SECONDS:
            return "Whoever takes the messages takes none any more."
        return "Messages are lost: the receiver is too slow." if now - self._lost_at < _STUCK_SECONDS else ""

    def close(self) -> None:
        """Write what waits, for a second or two at most."""
        with self._change:
            self._closed = True
            self._change.notify()
        self._thread.end()
        if self._thread.ident is not None:
            self._thread.join(_CLOSING_SECONDS)
        if not self._thread.is_alive():
            with contextlib.suppress(OSError):
                self._messages.close()

    def _write(self) -> None:
        while True:
            with self._change:
                while not self._waiting and not self._closed:
                    self._change.wait()
                if not self._waiting:
                    return
                count = len(self._waiting)
                chunk = self._next_chunk()
                count -= len(self._waiting)
                lost, self._lost = self._lost, 0
                self._lost_before += lost
            if lost:
                _log.warning("%s messages were lost: the receiver is too slow", lost)
            if not self._written(chunk):
                return  # and what comes from now on only waits, within its bound
            with self._change:
                if self._unwritable:
                    self._lost_before += count
                else:
                    self._sent += count
            self._thread.works()

    def _next_chunk(self) -> bytes:
        """Messages that wait, as many as are written at once; with the condition held."""
        chunk = bytearray()
        while self._waiting and (not chunk or len(chunk) + len(self._waiting[0]) <= _LARGEST_WRITE):
            chunk += self._waiting.popleft()
        self._size -= len(chunk)
        return bytes(chunk)

    def _written(self, chunk: bytes) -> bool:
        try:
            view = memoryview(b"\n" + chunk if self._cut else chunk)
            self._cut = True
            while view:  # a pipe may take a part
                self._writes_since = time.monotonic()
                view = view[os.write(self._messages.fileno(), view) :]
            self._cut, self._unwritable = False, ""
        except BrokenPipeError:
            self._unwritable = "The receiver of the messages has gone."
            self._unread()
            return False
        except (OSError, ValueError) as error:  # ValueError: the file is closed
            self._unwritable = f"Messages cannot be written: {getattr(error, 'strerror', None) or error}."
            _log.error("%s; they are lost", self._unwritable[:-1], extra=limited("unwritable"))
        finally:
            self._writes_since = None
        return True
