"""Many frames of two streams in turn: what only shows over time, and what a frame takes."""

import gc
import statistics
import sys
import time
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from azda_runtime.parsers.failures import ParserFailure

from simulator.parser_run import checks
from simulator.parser_run.checks import Fault
from simulator.parser_run.inputs import Input, Trust, copies
from simulator.parser_run.job import Job
from simulator.parser_run.subject import Subject

_FRAME_SECONDS = 1 / 30
_FEW = 100
_LEAST_GROWTH = 0.5  # blocks of memory a frame


@dataclass(frozen=True, kw_only=True, slots=True)
class Figures:
    """What the run took.

    Attributes:
        calls: How often the parser was called.
        seconds: How long a call took, the median.
        own: Seconds of all frames that were played for growth, in the parser.
        whole: The same with what is around it.
    """

    calls: int = 0
    seconds: float = 0.0
    own: float = 0.0
    whole: float = 0.0


class ManyFrames:
    """Plays frames that the parser took before.

    Args:
        job: How many frames, and how many streams share the time of one.
        subject: The parser.
        report: Gets what is wrong, with the input that shows it.
        beat: Called after each frame.
    """

    def __init__(
        self, job: Job, subject: Subject, report: Callable[[Input, Fault], None], beat: Callable[[], None]
    ) -> None:
        self._job = job
        self._subject = subject
        self._report = report
        self._beat = beat

    def play(self, first: Input, second: Input) -> Figures:
        """Play two inputs in turn, both in a frame of the first one's size."""
        pair = [(first, copies(first.tensors)), (second, copies(second.tensors))]
        count = self._job.frames
        self._subject.keep_no_deeds()
        gc.collect()
        gc.freeze()  # what is there already need not be looked at again with each mark
        marks: list[int] = []
        times = array("d", bytes(8 * count))  # made before the marks: it must not grow with the frames
        played = 0
        began = time.perf_counter()
        for number in range(count):
            if number in {count // 5, count * 3 // 5}:
                marks.append(_blocks())
            given, tensors = pair[number % 2]
            start = time.perf_counter()
            try:
                self._subject.parse(first.size, tensors)
            except ParserFailure as failure:
                self._failed(given, failure, number + 1)
                break
            times[number] = time.perf_counter() - start
            played = number + 1
            if played == _FEW and statistics.median(times[:played]) > _FRAME_SECONDS:
                break
            self._beat()
        whole = time.perf_counter() - began
        marks.append(_blocks())
        gc.unfreeze()
        if played == count:
            self._growth(first, marks, count)
        self._slow(first, times[:played])
        median = statistics.median(times[:played]) if played else 0.0
        return Figures(calls=played, seconds=median, own=sum(times[:played]), whole=whole)

    def _failed(self, given: Input, failure: ParserFailure, number: int) -> None:
        """The same tensors passed before: whatever fails now is sure."""
        for fault in checks.of_outcome(given, self._subject.failed(failure)):
            self._report(
                given, replace(fault, message=f"{fault.message}, at frame {number}, though it took such tensors before")
            )
            return

    def _growth(self, given: Input, marks: Sequence[int], count: int) -> None:
        if len(marks) != 3 or count < 50:  # three marks, and frames enough to tell
            return
        step = count * 2 / 5
        early, late = (marks[1] - marks[0]) / step, (marks[2] - marks[1]) / step
        if min(early, late) >= _LEAST_GROWTH:
            message = f"the parser keeps memory of every frame: {late:.1f} blocks a frame, over {count} frames"
            self._report(given, Fault(rule="growth", message=message))

    def _slow(self, given: Input, times: Sequence[float]) -> None:
        """The quickest calls count: the machine may be busy with other things."""
        if len(times) < _FEW // 2:
            return
        quick = sorted(times)[len(times) // 4]
        allowed = _FRAME_SECONDS / self._job.streams
        if quick > allowed:
            streams = f"{self._job.streams} stream{'s' if self._job.streams > 1 else ''}"
            message = (
                f"a frame takes {quick * 1000:.0f} ms; {streams} of 30 frames a second leave {allowed * 1000:.0f} ms"
            )
            # So many objects as ones or noise give are perhaps never found.
            self._report(given, Fault(rule="slow", message=message, sure=given.trust is not Trust.ANY))


def _blocks() -> int:
    gc.collect()
    return sys.getallocatedblocks()
