"""What one `view` shows: the clips with their indexes, the comparison of two runs, and the file with the regions."""

import contextlib
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from azdacli.errors import AzdaError, SpecError
from azdacli.util import files, json_text
from azdacli.view import compare, regions, summary
from azdacli.view.clips import Clip
from azdacli.view.index import Entry, Index
from azdacli.view.message import message_of, objects_of

_BINS = 240
_MOST_FRAMES = 2000
"""Messages of one answer: the page asks for some seconds at once."""
_MOST_DIFFERENCES = 500


class StaleError(AzdaError):
    """The file with the regions was changed by somebody else since the page read it."""


@dataclass(slots=True)
class Library:
    """The clips and, where one was given, the file with the regions of interest.

    Attributes:
        clips: What can be played; the runs of two folders stand one after the other.
        settings: A settings file or manifest that the region editor writes to.
    """

    clips: Sequence[Clip]
    settings: Path | None = None
    _indexes: dict[int, Index] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def overview(self) -> dict[str, Any]:
        """The clips, for the page."""
        return {
            "clips": [
                {"name": clip.name, "still": clip.is_still, "drawn": clip.drawn, "messages": clip.messages is not None}
                for clip in self.clips
            ],
        }

    def index(self, number: int) -> Index:
        """The messages of a clip; they are read in a thread of their own, and appear when all are read."""
        with self._lock:
            if number not in self._indexes:
                clip = self.clips[number]
                index = self._indexes[number] = Index(form=clip.form)
                if clip.messages is None:
                    index.finish()
                else:
                    threading.Thread(target=_read, args=(index, clip.messages), daemon=True).start()
            return self._indexes[number]

    def about(self, number: int) -> dict[str, Any]:
        """A clip's counts and timeline."""
        index = self.index(number)
        return {
            "whole": index.whole,
            "messages": len(index.entries),
            "unreadable": index.unreadable,
            "sources": index.sources,
            "labels": index.labels(),
            "step": index.step(),
            "end": index.entries[-1].time if index.entries else 0,
            "run": self.run(number),
            "timeline": index.timeline(min(_BINS, max(1, len(index.entries) // 4))),
        }

    def run(self, number: int) -> dict[str, list[str]]:
        """What `simulate` said of the run, as lines to read."""
        path = self.clips[number].summary
        try:
            return summary.lines({} if path is None else json_text.read_object(files.read_bytes(path)))
        except (AzdaError, ValueError):
            return summary.lines({})

    def frames(self, number: int, begin: float, end: float) -> list[dict[str, Any]]:
        """The messages of a span of time, each with its time and its sensors."""
        chosen = self.index(number).between(begin, end)[:_MOST_FRAMES]
        with self._reader(number) as read:
            return [
                {"time": entry.time, "sources": entry.sources, "message": message}
                for entry in chosen
                if (message := read(entry)) is not None
            ]

    @contextlib.contextmanager
    def _reader(self, number: int) -> Iterator[Callable[[Entry], dict[str, Any] | None]]:
        """Reads messages of a clip; one that is gone since the file was indexed is None."""
        clip = self.clips[number]
        with contextlib.ExitStack() as stack:
            stream = None if clip.messages is None else stack.enter_context(clip.messages.open("rb"))

            def read(entry: Entry) -> dict[str, Any] | None:
                if stream is None:
                    return None
                stream.seek(entry.start)
                try:
                    found = message_of(stream.readline(), clip.form)
                except ValueError:
                    return None
                return None if found is None else found[1]

            yield read

    def differences(self, first: int, second: int) -> list[dict[str, Any]]:
        """The frames in which two clips differ, those that differ most first.

        Returns:
            Time in seconds, and how many objects have no counterpart in the other clip.
        """
        found = []
        left, right = self._by_time(first), self._by_time(second)
        with self._reader(first) as ours, self._reader(second) as theirs:
            for time in sorted(left.keys() | right.keys()):
                count = compare.difference(_objects(map(ours, left[time])), _objects(map(theirs, right[time])))
                if count:
                    found.append({"time": time, "objects": count})
        return sorted(found, key=lambda each: (-each["objects"], each["time"]))[:_MOST_DIFFERENCES]

    def _by_time(self, number: int) -> defaultdict[float, list[Entry]]:
        grouped: defaultdict[float, list[Entry]] = defaultdict(list)
        for entry in self.index(number).entries:
            grouped[round(entry.time, 3)].append(entry)
        return grouped

    def regions(self) -> dict[str, Any]:
        """The regions of the settings file, by sensor; `file` is None where none was given.

        Raises:
            SpecError: It cannot be read.
        """
        if self.settings is None:
            return {"file": None, "version": "", "sensors": {}}
        text = self._settings_text()
        return {"file": str(self.settings), "version": regions.version(text), "sensors": regions.read(text)}

    def save(self, sensor: str, changed: Sequence[dict[str, Any]], version: str) -> dict[str, Any]:
        """Write the regions of a sensor into the settings file, in one step.

        Raises:
            StaleError: The file is not the one that the page read.
            SpecError: A region is none, or nothing can be written.
        """
        with self._lock:
            text = self._settings_text()
            if regions.version(text) != version:
                raise StaleError(
                    f"'{self.settings}' has changed since it was read", hint="Reload the page and draw again."
                )
            new = regions.written(text, sensor, changed)
            files.replace(self._settings(), new.encode())
        return self.regions()

    def _settings(self) -> Path:
        if self.settings is None:
            raise SpecError("there is no file for the regions", hint="Start `azdacli view` with --settings FILE.")
        return self.settings

    def _settings_text(self) -> str:
        return files.read_text(self._settings())


def _objects(messages: Iterable[Mapping[str, Any] | None]) -> list[tuple[str, Mapping[str, Any]]]:
    """The objects of the messages about one moment, each with its sensor."""
    return [
        (source, each)
        for message in messages
        if message is not None
        for source, own in objects_of(message).items()
        for each in own
    ]


def _read(index: Index, path: Path) -> None:
    try:
        with path.open("rb") as stream:
            index.read(stream)
    finally:
        index.finish()
