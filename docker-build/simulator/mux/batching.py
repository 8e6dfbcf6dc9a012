"""How frames of several sources become batches: NVIDIA's rules for nvstreammux as a queue without GStreamer.

Sources put frames and marks from their own threads; one thread takes batches. All waiting is on one condition.
"""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Condition
from typing import Any

DEPTH = 4
"""Frames that a source may lead by before it waits."""
PATIENCE = 1.0
LIVE_PATIENCE = 0.04
"""Seconds that a batch waits for the other sources before one source may take a second place in it. NVIDIA's muxer does
not wait; on a CPU, where sources are slow and far apart, batches would then differ from run to run."""
UNHURRIED = 30.0
"""The same where a batch has no timeout. A source that is known to be no live one is waited for until it ends."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Frame:
    """One frame that waits for a batch.

    Attributes:
        source: Index of its sink pad.
        surface: The pixels, already in the batch's layout.
        pts: The source's own presentation time, nanoseconds.
        running_time: The same as running time of the pipeline, nanoseconds.
        size: Width and height that the source delivered, pixels.
        ntp: Capture time, nanoseconds since 1970, when the source knows it.
        layout: How the surface is laid out.
    """

    source: int
    surface: Any
    pts: int
    running_time: int
    size: tuple[int, int]
    ntp: int | None = None
    layout: Any = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Mark:
    """Something that happened to a source between its frames: "added", "eos", "deleted", "segment"."""

    source: int
    what: str
    value: Any = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Rules:
    """How a batch is formed.

    Attributes:
        size: Most frames in a batch.
        timeout: Seconds to wait after the first frame; None waits until the batch is full.
        live: Push as soon as no source has anything left, as `live-source` says.
        synchronise: Only frames of one moment share a batch, as `sync-inputs` says.
        latency: Seconds that a live source may be late when synchronising.
    """

    size: int
    timeout: float | None = None
    live: bool = False
    synchronise: bool = False
    latency: float = 0.0

    @property
    def patience(self) -> float:
        """Seconds to wait for a source that is due."""
        if self.live:
            return LIVE_PATIENCE
        return UNHURRIED if self.unhurried else PATIENCE

    @property
    def unhurried(self) -> bool:
        """Whether a batch waits until it is full: then nothing but the sources' frames decides what is in it."""
        return self.timeout is None and not self.live


@dataclass(slots=True)
class _Source:
    items: deque[Frame | Mark] = field(default_factory=deque)
    waiting: int = 0
    ended: bool = False
    flushing: bool = False
    silent: bool = False
    duration: int = 0
    recorded: bool = False


class Batcher:
    """Frames in, batches out.

    Args:
        clock: Seconds, monotonic; a test may hand in its own.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.condition = Condition()
        self.stopping = False
        self._sources: dict[int, _Source] = {}
        self._leaving: deque[Mark] = deque()
        self._clock = clock
        self._last = -1
        self._window: int | None = None

    def add(self, source: int) -> None:
        """A source appears; its first item is the mark that says so."""
        with self.condition:
            self._sources[source] = _Source(deque([Mark(source=source, what="added")]))
            self.condition.notify_all()

    def remove(self, source: int) -> None:
        """A source goes; frames that still wait are dropped, as NVIDIA's muxer drops them."""
        with self.condition:
            gone = self._sources.pop(source, None)
            if gone is not None:
                gone.flushing = True
                self._leaving.append(Mark(source=source, what="deleted"))
            self.condition.notify_all()

    def put(self, frame: Frame) -> bool:
        """Wait for room and queue a frame; False when the source is flushing, gone or everything stops."""
        with self.condition:
            queue = self._sources.get(frame.source)
            while queue is not None and queue.waiting >= DEPTH and not (queue.flushing or self.stopping):
                self.condition.wait()
            if queue is None or queue.flushing or self.stopping:
                return False
            queue.ended = queue.silent = False
            queue.items.append(frame)
            queue.waiting += 1
            self.condition.notify_all()
            return True

    def mark(self, mark: Mark) -> None:
        """Queue a mark behind the frames of its source."""
        with self.condition:
            queue = self._sources.get(mark.source)
            if queue is not None:
                queue.items.append(mark)
                queue.ended = queue.ended or mark.what == "eos"
                self.condition.notify_all()

    def flush(self, source: int, *, start: bool) -> None:
        """Begin (drop what waits, refuse what comes) or end the flushing of a source."""
        with self.condition:
            queue = self._sources.get(source)
            if queue is not None:
                queue.flushing = start
                queue.ended = False
                if start:
                    kept = [item for item in queue.items if isinstance(item, Mark) and item.what == "added"]
                    queue.items, queue.waiting = deque(kept), 0
            self.condition.notify_all()

    def frame_duration(self, source: int, nanoseconds: int) -> None:
        """Say how long a frame of a source lasts; 0 for unknown."""
        with self.condition:
            if source in self._sources:
                self._sources[source].duration = nanoseconds

    def recorded(self, source: int, *, yes: bool) -> None:
        """Say whether a source is known to be no live one: it delivers until it ends."""
        with self.condition:
            if source in self._sources:
                self._sources[source].recorded = yes

    def duration(self) -> int:
        """The shortest known frame duration, nanoseconds; 0 when none is known."""
        return min((queue.duration for queue in self._sources.values() if queue.duration), default=0)

    def stop(self, *, stopping: bool = True) -> None:
        """Wake everybody and let nothing wait any more, or (False) start again."""
        with self.condition:
            self.stopping = stopping
            self._window = None
            if stopping:
                for queue in self._sources.values():
                    queue.items, queue.waiting, queue.ended = deque(), 0, False
            else:
                for number, queue in self._sources.items():
                    queue.items.appendleft(Mark(source=number, what="added"))
            self.condition.notify_all()

    @property
    def ended(self) -> bool:
        """Whether there were sources, all have ended, and nothing waits."""
        return bool(self._sources) and all(q.ended and not q.items for q in self._sources.values())

    def take(self, rules: Rules) -> tuple[list[Mark], list[Frame]]:
        """Wait for the next batch.

        Returns:
            The marks that come before it and its frames, in order. No frames and no marks means the end: all sources
            have ended, or `stop` was called.
        """
        with self.condition:
            if rules.synchronise:
                return self._synchronised(rules)
            return self._filled(rules)

    def _filled(self, rules: Rules) -> tuple[list[Mark], list[Frame]]:
        marks: list[Mark] = []
        frames: list[Frame] = []
        served: set[int] = set()
        began = self._clock()
        while not self.stopping and len(frames) < rules.size:
            if self._step(marks, frames, served, rules):
                began = self._clock() if len(frames) <= 1 else began
                continue
            if not frames and (marks or self.ended):
                break
            if frames and self._complete(served, rules, self._clock() - began):
                break
            self._wait(bool(frames), served, rules, self._clock() - began)
            if frames and self._clock() - began >= rules.patience:
                self._give_up(served, rules)
        if frames:
            self._last = frames[-1].source if rules.size < len(self._sources) else -1
        return ([], []) if self.stopping else (marks, _in_order(frames))

    def _step(self, marks: list[Mark], frames: list[Frame], served: set[int], rules: Rules) -> bool:
        """Take from each source in turn what it may give in this round; True when that, or the round's end, was new."""
        while self._leaving and not frames:
            marks.append(self._leaving.popleft())
        taken = False
        for number in sorted(self._sources, key=lambda number: (number <= self._last, number)):
            queue = self._sources[number]
            taken |= _take_marks(queue, marks, beginning=not frames)
            if number in served or len(frames) >= rules.size:
                continue
            if rules.unhurried and queue.recorded and not queue.items and not queue.ended:
                break  # who comes first must not decide who gets a batch's last place
            if queue.items and isinstance(first := queue.items[0], Frame):
                frames.append(first)
                queue.items.popleft()
                queue.waiting -= 1
                served.add(number)
                taken = True
        if taken:
            self.condition.notify_all()
        if served and self._due() <= served:  # also when the source that it waited for has just ended
            served.clear()
            return True
        return taken

    def _due(self) -> set[int]:
        """The sources that a batch waits for: those with a frame at hand, and those that should soon have one."""
        return {
            number
            for number, queue in self._sources.items()
            if (isinstance(queue.items[0], Frame) if queue.items else not (queue.ended or queue.silent))
        }

    def _give_up(self, served: set[int], rules: Rules) -> None:
        """Wait no longer for the sources that let this batch wait, until they deliver again."""
        late = self._late(served, rules)
        for queue in late:
            queue.silent = not queue.items
        if late:
            served.clear()

    def _late(self, served: set[int], rules: Rules) -> list[_Source]:
        """The sources that this batch waits for and may give up: none while one is among them that delivers surely."""
        late = [self._sources[number] for number in self._due() - served]
        return [] if rules.unhurried and any(queue.recorded for queue in late) else late

    def _complete(self, served: set[int], rules: Rules, waited: float) -> bool:
        """Whether a batch that is not full goes out now."""
        if all(queue.ended for queue in self._sources.values()):
            return True
        if not served and (rules.live or self._blocked_by_mark(rules)):
            return True
        return rules.timeout is not None and waited >= rules.timeout

    def _blocked_by_mark(self, rules: Rules) -> bool:
        """Whether a mark waits for this batch; the end of a source does not hurry one that waits until it is full."""
        heads = [queue.items[0] for queue in self._sources.values() if queue.items]
        marks = [head.what for head in heads if isinstance(head, Mark)]
        return bool(self._leaving) or any(what != "eos" or not rules.unhurried for what in marks)

    def _wait(self, started: bool, served: set[int], rules: Rules, waited: float) -> None:
        if not started:
            self.condition.wait()
            return
        limits = [rules.timeout - waited] if rules.timeout is not None else []
        if served and self._late(served, rules):
            limits.append(rules.patience - waited)
        self.condition.wait(max(0.0, min(limits)) if limits else None)

    def _synchronised(self, rules: Rules) -> tuple[list[Mark], list[Frame]]:
        marks: list[Mark] = []
        limit = (rules.timeout or 0.0) + rules.latency
        began: float | None = None
        while not self.stopping:
            self._drain_marks(marks)
            heads = {n: q.items[0] for n, q in self._sources.items() if q.items and isinstance(q.items[0], Frame)}
            active = [n for n, q in self._sources.items() if not q.ended or q.items]
            if not heads and (marks or self.ended):
                return marks, []
            began = self._clock() if heads and began is None else began
            late = began is not None and self._clock() - began >= limit
            if heads and (len(heads) == len(active) or late):
                frames = self._window_of(rules)
                if frames:
                    return marks, frames
                continue
            self.condition.wait(None if began is None else max(0.0, limit - (self._clock() - began)))
        return [], []

    def _drain_marks(self, marks: list[Mark]) -> None:
        while self._leaving:
            marks.append(self._leaving.popleft())
        for queue in self._sources.values():
            while queue.items and isinstance(first := queue.items[0], Mark):
                marks.append(first)
                queue.items.popleft()

    def _window_of(self, rules: Rules) -> list[Frame]:
        """Frames of the earliest moment; what came later than the timeout allows is dropped, as sync-inputs does."""
        heads = [q.items[0] for q in self._sources.values() if q.items and isinstance(q.items[0], Frame)]
        earliest = min(head.running_time for head in heads)
        duration = self.duration() or 33_333_333
        frames: list[Frame] = []
        for queue in self._sources.values():
            head = queue.items[0] if queue.items else None
            if isinstance(head, Frame) and head.running_time < earliest + duration // 2 and len(frames) < rules.size:
                queue.items.popleft()
                queue.waiting -= 1
                if self._window is None or head.running_time >= self._window - int((rules.timeout or 0) * 1e9):
                    frames.append(head)
        self._window = max(self._window or 0, earliest)
        self.condition.notify_all()
        return frames


def _take_marks(queue: _Source, marks: list[Mark], *, beginning: bool) -> bool:
    """Take the marks at a source's head; once a batch has begun, only those that say that it was added."""
    taken = False
    while queue.items and isinstance(head := queue.items[0], Mark) and (beginning or head.what == "added"):
        queue.items.popleft()
        marks.append(head)
        taken = True
    return taken


def _in_order(frames: list[Frame]) -> list[Frame]:
    """The first frame of each source by its number, then the second ones: the same order in every run."""
    seen: dict[int, int] = {}
    rounds = []
    for frame in frames:
        seen[frame.source] = seen.get(frame.source, 0) + 1
        rounds.append(seen[frame.source])
    return [
        frame
        for _, _, frame in sorted(zip(rounds, (f.source for f in frames), frames, strict=True), key=lambda e: e[:2])
    ]
