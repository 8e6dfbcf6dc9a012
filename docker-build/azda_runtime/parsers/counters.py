"""What happens while a pipeline runs, counted: frames, objects, the parsers' time and their failures."""

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from azda_runtime.log import limited
from azda_runtime.parsers.box_notices import Notice
from azda_runtime.parsers.failures import ParserFailure
from azda_runtime.parsers.observation import Observation

_log = logging.getLogger(__name__)

# One line about the same failure in so many seconds; the others are only counted.
_PAUSE = 10.0
_MILLISECONDS = 1000.0
_KINDS = 20
_FRAMES_TO_MISS = 100


@dataclass(kw_only=True)
class ParserTally:
    """What one parser did.

    Attributes:
        calls: How often it was called.
        seconds: How long its calls took in total.
        slowest: The longest of them, in seconds.
        failures: How many calls failed.
        reasons: What went wrong -> how often; the first kinds alone.
        trace: The first traceback.
        observed: What it received and gave, None where nobody asked.
    """

    calls: int = 0
    seconds: float = 0.0
    slowest: float = 0.0
    failures: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    trace: str = ""
    observed: Observation | None = None

    def as_json(self) -> dict[str, Any]:
        """The tally as plain data."""
        mean = self.seconds / self.calls if self.calls else 0.0
        return {
            "calls": self.calls,
            "meanMilliseconds": round(mean * _MILLISECONDS, 3),
            "slowestMilliseconds": round(self.slowest * _MILLISECONDS, 3),
            "failures": self.failures,
            "reasons": dict(self.reasons),
            "trace": self.trace,
            **(self.observed.as_json() if self.observed is not None else {}),
        }


class Tally:
    """Counts for one pipeline; streaming threads write, the main thread reads.

    Args:
        clock: Seconds that only grow.
        observe: Whether to gather what parsers receive and give, which takes time.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic, observe: bool = False) -> None:
        self.frames: Counter[str] = Counter()
        self.objects: Counter[str] = Counter()
        self.messages = 0
        self.parsers: dict[str, ParserTally] = {}
        self.first_frame = 0.0
        self.last_frame = 0.0
        self.position = 0
        self._observe = observe
        self._clock = clock
        self._missed: set[str] = set()
        self._running: dict[int, tuple[str, float]] = {}

    def expect(self, source: str) -> None:
        """Count a parser from now on, also when it is never called."""
        self.parsers.setdefault(source, ParserTally(observed=Observation() if self._observe else None))

    def observed(self, source: str) -> Observation | None:
        """What gathers a parser's inputs and answers; None where nobody asked for it."""
        return self.parsers[source].observed

    def notices(self) -> list[Notice]:
        """What is odd about the boxes of parsers."""
        gathered = [tally.observed.notice() for tally in self.parsers.values() if tally.observed is not None]
        return [notice for notice in gathered if notice is not None]

    def miss(self, source: str) -> None:
        """Say, once, that a parser of frames is not called although frames come."""
        if source in self._missed or self.parsers[source].calls or sum(self.frames.values()) < _FRAMES_TO_MISS:
            return
        self._missed.add(source)
        hint = "nvinferserver gives them with output_control { output_tensor_meta: true } in its configuration."
        line = "%s was not called for any of %s frames: its model gives no raw outputs"
        _log.warning(line, source, _FRAMES_TO_MISS, extra={"hint": hint})

    def saw(self, stream: str, labels: Iterator[str], position: int) -> None:
        """Count a frame with its objects.

        Args:
            stream: The sensor's name.
            labels: One per object.
            position: The frame's time in its stream, in nanoseconds.
        """
        self.last_frame = self._clock()
        self.first_frame = self.first_frame or self.last_frame
        self.frames[stream] += 1
        self.objects.update(labels)
        self.position = max(self.position, position)

    @contextmanager
    def calling(self, source: str) -> Iterator[None]:
        """Measure one call of a parser, and swallow its failure: it costs this frame's result and nothing else."""
        tally = self.parsers.setdefault(source, ParserTally())
        thread, start = threading.get_ident(), self._clock()
        self._running[thread] = source, start
        try:
            yield
        except ParserFailure as failure:
            self._failed(tally, failure)
        finally:
            self._running.pop(thread, None)
            took = self._clock() - start
            tally.calls += 1
            tally.seconds += took
            tally.slowest = max(tally.slowest, took)

    def longest_call(self) -> tuple[str, int, float] | None:
        """The parser, the thread and the seconds of the call that has been running for longest."""
        running = [(source, thread, start) for thread, (source, start) in list(self._running.items())]
        if not running:
            return None
        source, thread, start = min(running, key=lambda call: call[2])
        return source, thread, self._clock() - start

    def as_json(self) -> dict[str, Any]:
        """The counts as plain data."""
        count = sum(self.frames.values())
        took = self.last_frame - self.first_frame
        return {
            "frames": count,
            "streams": dict(self.frames),
            "framesPerSecond": round((count - 1) / took, 2) if count > 1 and took > 0 else None,
            "objects": dict(self.objects),
            "messages": self.messages,
            "parsers": {source: tally.as_json() for source, tally in list(self.parsers.items())},
        }

    def _failed(self, tally: ParserTally, failure: ParserFailure) -> None:
        reason = " ".join(breach.message for breach in failure.breaches)
        tally.failures += 1
        if reason in tally.reasons or len(tally.reasons) < _KINDS:
            tally.reasons[reason] += 1
        tally.trace = tally.trace or failure.trace
        trace = failure.trace.rstrip()
        rate = limited(f"{failure.parser} {trace or reason[:_KINDS]}", pause=_PAUSE)
        _log.error("%s%s", failure, trace and f"\n{trace}", extra={**rate, "hint": "" if trace else failure.hint})
        if tally.observed is not None and tally.failures == 1:
            _log.error("the model gave: %s", tally.observed)
