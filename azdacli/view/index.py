"""Messages of a clip, found by time: where each stands in its file, and what it counts."""

import bisect
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import BinaryIO

from azdacli.view.clips import Form
from azdacli.view.message import message_of, objects_of

_LONGEST_LINE = 4 << 20
_LABELS = 200
"""So many labels are distinguished in the timeline; what is beyond counts as one."""
OTHERS = "other labels"


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One message.

    Attributes:
        time: Its frame's time in the video, in seconds.
        sources: The names of its sensors: a message is about one frame of each.
        start: Where its line begins in the file, in bytes.
        counts: Objects by label.
    """

    time: float
    sources: tuple[str, ...]
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
                self.sources += [source for source in entry.sources if source not in self.sources]
        self.entries = sorted(found, key=_time)
        self.finish()

    def _entry(self, line: bytes, start: int) -> Entry | None:
        try:
            read = message_of(line, self.form)
        except ValueError:
            self.unreadable += 1
            return None
        if read is None:
            return None
        time, message = read
        objects = objects_of(message)
        counts = Counter(each["label"] for own in objects.values() for each in own)
        return Entry(time=time, sources=tuple(objects), start=start, counts=dict(counts))

    def between(self, begin: float, end: float) -> list[Entry]:
        """The messages of a span of time, both ends included."""
        first = bisect.bisect_left(self.entries, begin, key=_time)
        return self.entries[first : bisect.bisect_right(self.entries, end, key=_time)]

    def labels(self) -> dict[str, int]:
        """Objects by label over the clip, the most frequent first."""
        total: Counter[str] = Counter()
        for entry in self.entries:
            total.update(entry.counts)
        kept = dict(total.most_common(_LABELS))
        rest = sum(total.values()) - sum(kept.values())
        return {**kept, OTHERS: rest} if rest else kept

    def step(self) -> float:
        """The least time between two messages about the same sensors, in seconds: a frame's, where each has one."""
        last: dict[tuple[str, ...], float] = {}
        least = float("inf")
        for entry in self.entries:
            if entry.sources in last and entry.time > last[entry.sources]:
                least = min(least, entry.time - last[entry.sources])
            last[entry.sources] = entry.time
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


def _time(entry: Entry) -> float:
    return entry.time
