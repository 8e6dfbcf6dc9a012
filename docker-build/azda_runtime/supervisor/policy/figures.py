"""What a pipeline has counted since the supervisor started, also through restarts of its process."""

from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

# Frames per second are those of so many seconds.
_WINDOW_SECONDS = 10.0
_MOST_NAMES, _LONGEST_NAME = 1000, 200
_LARGEST = 2**53


@dataclass(frozen=True, kw_only=True, slots=True)
class ParserCounts:
    """What one parser did.

    Attributes:
        calls: How often it was called.
        seconds: How long its calls took in total.
        failures: How many of them failed.
    """

    calls: int = 0
    seconds: float = 0.0
    failures: int = 0

    def __add__(self, other: "ParserCounts") -> "ParserCounts":
        """The sum of both."""
        return ParserCounts(
            calls=self.calls + other.calls,
            seconds=self.seconds + other.seconds,
            failures=self.failures + other.failures,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Counts:
    """What a worker counted.

    Attributes:
        frames: Sensor -> its frames.
        returned: Sensor -> how often it gave frames again after a silence.
        parsers: Parser -> what it did.
    """

    frames: Mapping[str, int] = field(default_factory=dict)
    returned: Mapping[str, int] = field(default_factory=dict)
    parsers: Mapping[str, ParserCounts] = field(default_factory=dict)

    def __add__(self, other: "Counts") -> "Counts":
        """The sum of both."""
        names = dict.fromkeys([*self.parsers, *other.parsers])
        none = ParserCounts()
        return Counts(
            frames=Counter(self.frames) + Counter(other.frames),
            returned=Counter(self.returned) + Counter(other.returned),
            parsers={name: self.parsers.get(name, none) + other.parsers.get(name, none) for name in names},
        )

    def as_json(self) -> dict[str, Any]:
        """The counts as plain data."""
        parsers = {name: [each.calls, each.seconds, each.failures] for name, each in self.parsers.items()}
        return {"frames": dict(self.frames), "returned": dict(self.returned), "parsers": parsers}


def counts_of(reported: object) -> Counts:
    """Read counts back; what is none of ours is left out, for a user's parser may have written that line."""
    parts = reported if isinstance(reported, dict) else {}
    parsers = {}
    for name, values in _members(parts.get("parsers")):
        if isinstance(values, list) and len(values) == len(ParserCounts.__slots__) and all(map(_counts, values)):
            calls, seconds, failures = values
            parsers[name] = ParserCounts(calls=int(calls), seconds=float(seconds), failures=int(failures))
    numbers = {
        key: {name: int(value) for name, value in _members(parts.get(key)) if _counts(value)}
        for key in ("frames", "returned")
    }
    return Counts(frames=numbers["frames"], returned=numbers["returned"], parsers=parsers)


def _members(found: object) -> list[tuple[str, Any]]:
    members = list(found.items())[:_MOST_NAMES] if isinstance(found, dict) else []
    return [(str(name)[:_LONGEST_NAME], value) for name, value in members]


def _counts(value: object) -> bool:
    return type(value) in (int, float) and 0 <= value < _LARGEST  # type: ignore[operator] # it is a number


@dataclass(frozen=True, kw_only=True, slots=True)
class PipelineFigures:
    """One pipeline.

    Attributes:
        id: Its name.
        playing: Whether frames come.
        restarts: How often it was started again after a failure.
        frames_per_second: Over all its streams.
        silent: The sensors that give no frames.
        counts: What was counted.
        messages: How many it sent.
        recording: Whether it records.
        recordings: How many files it wrote.
    """

    id: str
    playing: bool = False
    restarts: int = 0
    frames_per_second: float = 0.0
    silent: Sequence[str] = ()
    counts: Counts = field(default_factory=Counts)
    messages: int = 0
    recording: bool = False
    recordings: int = 0


class Totals:
    """Adds up what the processes of one pipeline count, each from nothing on."""

    def __init__(self) -> None:
        self.counts = Counts()
        self.recordings = 0
        self._before = Counts()
        self._files = 0
        self._seen: deque[tuple[float, int]] = deque()

    def anew(self) -> None:
        """A new process begins to count."""
        self._before, self._files = self.counts, self.recordings
        self._seen.clear()

    def count(self, counts: Counts, now: float) -> None:
        """Take what the process has counted so far."""
        self.counts = self._before + counts
        self._seen.append((now, sum(counts.frames.values())))
        while now - self._seen[0][0] > _WINDOW_SECONDS:
            self._seen.popleft()

    def wrote(self, files: int) -> None:
        """So many recordings of the process are whole."""
        self.recordings = self._files + files

    def frames_per_second(self, now: float) -> float:
        """The rate of the last seconds; 0 when nothing came for as long."""
        if not self._seen or now - self._seen[-1][0] > _WINDOW_SECONDS:
            return 0.0
        (first, before), (last, frames) = self._seen[0], self._seen[-1]
        return (frames - before) / (last - first) if last > first else 0.0
