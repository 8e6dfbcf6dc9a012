"""The hub that is a file: settings from a file that is read again when it changes, messages as lines of JSON."""

import json
import logging
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from azda_runtime.hub.base import Arrival, DesiredProperties, InputMessage, Traffic
from azda_runtime.hub.kept_thread import KeptThread
from azda_runtime.hub.message_writer import MOST_WAITING, MessageWriter
from azda_runtime.problems import InvalidValueError
from azda_runtime.settings.parsing import LARGEST_DOCUMENT, parse_json

_log = logging.getLogger(__name__)

_CONFIGURATION = "azdaConfiguration"
_RECORDING = "startRecording"
_RECORDING_INPUT = "recordingInput"
_LOOK_SECONDS = 0.25


class SettingsFile:
    """A settings file on one side, lines of JSON on the other.

    The file holds an azdaConfiguration, or an object like a module twin's desired properties: azdaConfiguration,
    outputVideoLength, autoStopRecordingTime, and startRecording, a list of ``{"configId": …, "state": …}``.

    Args:
        settings: The file.
        messages: Takes messages; a writer that is slow loses the oldest, never a frame.
        unread: Called once when nobody reads the messages any more.
        most_waiting: So many bytes of messages wait at most.
    """

    def __init__(
        self,
        settings: Path,
        messages: BinaryIO,
        unread: Callable[[], None] = lambda: None,
        *,
        most_waiting: int = MOST_WAITING,
    ) -> None:
        self._settings = settings
        self._writer = MessageWriter(messages, unread, most_waiting=most_waiting)
        self._watcher: KeptThread | None = None
        self._unreadable = ""
        self._closed = threading.Event()

    def open(self, take: Callable[[Arrival], None]) -> None:
        """Read the file now and whenever it changes; write messages."""
        self._writer.open()
        self._watcher = KeptThread("settings", lambda: self._watch(take))
        self._watcher.start()

    def send(self, message: str) -> None:
        """Hand a message to the writer; the oldest go when too many wait."""
        self._writer.add(message)

    def report(self, state: Mapping[str, Any]) -> None:
        """Do nothing: the state file shows the same."""

    def problems(self) -> Mapping[str, str]:
        """Why messages do not get where they should, and why settings are not read."""
        settings = (self._watcher.problem if self._watcher else "") or self._unreadable
        found = {"messages": self._writer.problem(), "settings": settings}
        return {key: value for key, value in found.items() if value}

    def traffic(self) -> Traffic:
        """How many messages were written, wait and were dropped."""
        return self._writer.traffic()

    def close(self) -> None:
        """Write what waits, for a second or two at most."""
        self._closed.set()
        if self._watcher is not None:
            self._watcher.end()
        self._writer.close()

    def _watch(self, take: Callable[[Arrival], None]) -> None:
        read, before, recording = None, self._mark(), None
        while True:
            mark = self._mark()
            if mark == before != read:  # a file that is being written is left until it stays as it is
                read = mark
                recording = self._taken(take, recording)
            before = mark
            if self._watcher is not None:
                self._watcher.works()
            if self._closed.wait(_LOOK_SECONDS):
                return

    def _taken(self, take: Callable[[Arrival], None], recording: object) -> object:
        """Hand over what the file says; returns what it says about recordings."""
        text = self._read()
        if text is None:
            return recording
        if not text.strip():
            _log.warning("%s is empty; what held before holds on", self._settings)
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
                text = file.read(LARGEST_DOCUMENT + 1)
        except OSError as error:
            _log.error("%s cannot be read: %s; what held before holds on", self._settings, error.strerror)
            if not isinstance(error, FileNotFoundError):  # one that is not there yet is waited for
                self._unreadable = f"{self._settings} cannot be read: {error.strerror}."
            return None
        self._unreadable = ""
        return text


def properties_in(text: bytes) -> dict[str, Any]:
    """What a settings file desires: its text stands for azdaConfiguration where it is nothing more."""
    try:
        document = parse_json(text)
    except InvalidValueError:
        # As it came: whoever reads the configuration finds what is wrong, and says so in the state, too.
        return {_CONFIGURATION: text.decode("utf-8", "replace")}
    if isinstance(document, dict) and _CONFIGURATION in document:
        return document
    return {_CONFIGURATION: document}
