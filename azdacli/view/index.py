"""Messages of a clip, found by time: where each stands in its file, and what it counts."""

import bisect
import json
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from azdacli.view.clips import Form

_LONGEST_LINE = 4 << 20
_LABELS = 200
"""So many labels are told apart in the timeline; what is beyond counts as one."""
OTHERS = "other labels"


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One message.

    Attributes:
        time: Its frame's time in the video, in seconds.
        source: The sensor's name.
        start: Where its line begins in the file, in bytes.
        counts: Objects by label.
    """

    time: float
    source: str
    start: int
    counts: Mapping[str, int]


@dataclass(kw_only=True, slots=True)
class Index:
    """The messages of a clip, ordered by time.

    Attributes:
        entries: So far; a thread may still be adding.
        sources: The sensors, in the order in which they appear: that of their tiles in the picture.
        unreadable: Lines that are no message.
    """

    form: Form
    entries: list[Entry] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)
    unreadable: int = 0
    _read: threading.Event = field(default_factory=threading.Event)

    @property
    def whole(self) -> bool:
        """Whether all of the file was read."""
        return self._read.is_set()

    def wait(self) -> None:
        """Wait until it is."""
        self._read.wait()

    def finish(self) -> None:
        """Say that there is no more to read."""
        self._read.set()

    def read(self, stream: BinaryIO) -> None:
        """Read all messages; memory holds their places and counts, not the messages themselves."""
        found = []
        while True:
            start = stream.tell()
            line = stream.readline(_LONGEST_LINE)
            if not line:
                break
            entry = self._entry(line, start)
            if entry is not None:
                found.append(entry)
                if entry.source not in self.sources:
                    self.sources.append(entry.source)
        self.entries = sorted(found, key=lambda entry: entry.time)
        self.finish()

    def _entry(self, line: bytes, start: int) -> Entry | None:
        try:
            read = message_of(line, self.form)
            if read is None:
                return None
            time, message = read
            first = message["inferences"][0]
            source = str(first["sourceInfo"]["id"])
            seconds = float(first["sourceInfo"].get("videoTime", 0.0) if time is None else time)
            counts = Counter(str(each.get("label", "")) for each in objects_of(message))
        except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError):
            self.unreadable += 1
            return None
        return Entry(time=seconds, source=source, start=start, counts=dict(counts))

    def between(self, begin: float, end: float) -> list[Entry]:
        """The messages of a span of time, both ends included."""
        times = [entry.time for entry in self.entries]
        return self.entries[bisect.bisect_left(times, begin) : bisect.bisect_right(times, end)]

    def labels(self) -> dict[str, int]:
        """Objects by label over the clip, the most frequent first."""
        total: Counter[str] = Counter()
        for entry in self.entries:
            total.update(entry.counts)
        kept = dict(total.most_common(_LABELS))
        rest = sum(total.values()) - sum(kept.values())
        return {**kept, OTHERS: rest} if rest else kept

    def step(self) -> float:
        """The least time between two messages of one source, in seconds: a frame's, where each frame has one."""
        last: dict[str, float] = {}
        least = float("inf")
        for entry in self.entries:
            if entry.source in last and entry.time > last[entry.source]:
                least = min(least, entry.time - last[entry.source])
            last[entry.source] = entry.time
        return least if least < float("inf") else 1 / 30

    def timeline(self, bins: int) -> list[dict[str, int]]:
        """The most objects of each label at once, in equal parts of the time from 0 to the last message."""
        parts: list[dict[str, int]] = [{} for _ in range(bins)]
        if not self.entries:
            return parts
        length = max(self.entries[-1].time, 1e-9)
        known = self.labels()
        for entry in self.entries:
            part = parts[min(bins - 1, int(entry.time / length * bins))]
            for label, count in entry.counts.items():
                name = label if label in known else OTHERS
                part[name] = max(part.get(name, 0), count)
        return parts


def message_of(line: bytes, form: Form) -> tuple[float | None, dict[str, Any]] | None:
    """Read a line: the offset where the line has one, and the message; None for a line around the messages.

    Raises:
        ValueError: It is no JSON.
    """
    text = line.strip()
    if form is Form.LINES:
        return (None, json.loads(text)) if text else None
    if not text.startswith(b'{"offset"'):
        return None
    read = json.loads(text.rstrip(b","))
    return float(read["offset"]), read["message"]


def objects_of(message: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The detections of a message, of all its inferences."""
    for inference in message["inferences"]:
        if inference["type"] == "detection":
            yield from inference["detections"]
