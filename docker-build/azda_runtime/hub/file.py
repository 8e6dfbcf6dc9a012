"""The hub that is a file: settings from a file that is read again when it changes, messages as lines of JSON."""

import contextlib
import json
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from azda_runtime.hub.base import Arrival, DesiredProperties, InputMessage
from azda_runtime.problems import InvalidValueError
from azda_runtime.settings.parsing import parse_json

_CONFIGURATION = "azdaConfiguration"
_RECORDING = "startRecording"
_RECORDING_INPUT = "recordingInput"
_LOOK_SECONDS = 0.25
_CLOSING_SECONDS = 1.5
_LARGEST_FILE = 4 * 1024 * 1024
_MOST_WAITING = 64 * 1024 * 1024
_TELL_AGAIN_SECONDS = 60.0


class SettingsFile:
    """A settings file on one side, lines of JSON on the other.

    The file holds an azdaConfiguration, or an object like a module twin's desired properties: azdaConfiguration,
    outputVideoLength, autoStopRecordingTime, and startRecording, a list of ``{"configId": …, "state": …}``.

    Args:
        settings: The file.
        messages: Takes messages; a writer that is slow loses the oldest, never a frame.
        tell: Takes lines of the story.
        unread: Called once when nobody reads the messages any more.
        most_waiting: So many bytes of messages wait at most.
    """

    def __init__(
        self,
        settings: Path,
        messages: BinaryIO,
        tell: Callable[[str], None],
        unread: Callable[[], None] = lambda: None,
        *,
        most_waiting: int = _MOST_WAITING,
    ) -> None:
        self._settings = settings
        self._messages = messages
        self._tell = tell
        self._unread = unread
        self._most_waiting = most_waiting
        self._waiting: deque[bytes] = deque()
        self._size = 0
        self._lost = 0
        self._change = threading.Condition()
        self._closed = threading.Event()
        self._writer = threading.Thread(target=self._write, name="messages", daemon=True)
        self._told = -_TELL_AGAIN_SECONDS
        self._cut = False  # whether the last line was written in part alone

    def open(self, take: Callable[[Arrival], None]) -> None:
        """Read the file now and whenever it changes; write messages."""
        self._writer.start()
        threading.Thread(target=self._watch, args=(take,), name="settings", daemon=True).start()

    def send(self, message: str) -> None:
        """Hand a message to the writer; the oldest go when too many wait."""
        line = f"{message}\n".encode()
        with self._change:
            self._waiting.append(line)
            self._size += len(line)
            while self._size > self._most_waiting:
                self._size -= len(self._waiting.popleft())
                self._lost += 1
            self._change.notify()

    def report(self, state: Mapping[str, Any]) -> None:
        """Do nothing: the state file shows the same."""

    def close(self) -> None:
        """Write what waits, for a second or two at most."""
        self._closed.set()
        with self._change:
            self._change.notify()
        if self._writer.ident is not None:
            self._writer.join(_CLOSING_SECONDS)
        if not self._writer.is_alive():
            with contextlib.suppress(OSError):
                self._messages.close()

    def _watch(self, take: Callable[[Arrival], None]) -> None:
        read, before, recording = None, self._mark(), None
        while True:
            mark = self._mark()
            if mark == before != read:  # a file that is being written is left until it stays as it is
                read = mark
                recording = self._taken(take, recording)
            before = mark
            if self._closed.wait(_LOOK_SECONDS):
                return

    def _taken(self, take: Callable[[Arrival], None], recording: object) -> object:
        """Hand over what the file says; returns what it says about recordings."""
        text = self._read()
        if text is None:
            return recording
        if not text.strip():
            self._tell(f"warning: {self._settings} is empty; what held before holds on")
        properties = properties_in(text)
        take(DesiredProperties(properties=properties))
        wanted = properties.get(_RECORDING)
        if wanted is not None and wanted != recording:
            take(InputMessage(input=_RECORDING_INPUT, text=json.dumps({_RECORDING: wanted}).encode()))
        return wanted

    def _mark(self) -> object:
        """What differs when the file does."""
        try:
            found = self._settings.stat()
        except OSError as error:
            return error.errno
        return found.st_ino, found.st_size, found.st_mtime_ns

    def _read(self) -> bytes | None:
        try:
            with self._settings.open("rb") as file:
                return file.read(_LARGEST_FILE)
        except OSError as error:
            self._tell(f"error: {self._settings} cannot be read: {error.strerror}; what held before holds on")
            return None

    def _write(self) -> None:
        while True:
            with self._change:
                while not self._waiting and not self._closed.is_set():
                    self._change.wait()
                if not self._waiting:
                    return
                chunk, self._size = b"".join(self._waiting), 0
                self._waiting.clear()
                lost, self._lost = self._lost, 0
            if lost:
                self._tell(f"warning: {lost} messages were lost: whoever takes them is too slow")
            if not self._written(chunk):
                return  # and what comes from now on only waits, within its bound

    def _written(self, chunk: bytes) -> bool:
        try:
            view = memoryview(b"\n" + chunk if self._cut else chunk)
            self._cut = True
            while view:  # a pipe may take a part
                view = view[os.write(self._messages.fileno(), view) :]
            self._cut = False
        except BrokenPipeError:
            self._unread()
            return False
        except OSError as error:
            now = time.monotonic()
            if now - self._told >= _TELL_AGAIN_SECONDS:
                self._told = now
                self._tell(f"error: messages cannot be written and are lost: {error.strerror}")
        return True


def properties_in(text: bytes) -> dict[str, Any]:
    """What a settings file wishes for: its text stands for azdaConfiguration where it is nothing more."""
    try:
        document = parse_json(text)
    except InvalidValueError:
        # As it came: whoever reads the configuration finds what is wrong, and says so in the state, too.
        return {_CONFIGURATION: text.decode("utf-8", "replace")}
    if isinstance(document, dict) and _CONFIGURATION in document:
        return document
    return {_CONFIGURATION: document}
