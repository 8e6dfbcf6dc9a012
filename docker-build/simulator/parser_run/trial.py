"""The whole run of one parser: each input once, then what shows only over many frames."""

import faulthandler
import json
import threading
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import IO

from azda_runtime.parsers import recording

from simulator.parser_run import checks
from simulator.parser_run.checks import Fault
from simulator.parser_run.events import Events
from simulator.parser_run.inputs import FRAME_SIZES, WHOLE, Box, Input, Tensors, Trust, broken, copies
from simulator.parser_run.job import Job
from simulator.parser_run.many_frames import Figures, ManyFrames
from simulator.parser_run.origin import record
from simulator.parser_run.stage import Stage
from simulator.parser_run.subject import Outcome, Subject
from simulator.parser_run.watch import Deed

_LONGEST_TITLE = 60
_ROUNDS, _OTHERS = 20, 3


class Trial:
    """Runs one parser.

    Args:
        job: What is to be done.
        subject: The loaded parser.
        events: Gets what is found.
        stacks: Where the stack of a call that takes too long goes; None sets no limit.
        others: Threads that were there before the parser was loaded.
    """

    def __init__(
        self,
        job: Job,
        subject: Subject,
        events: Events,
        stacks: IO[str] | None = None,
        *,
        others: Collection[threading.Thread] = (),
    ) -> None:
        self._others = others
        self._job = job
        self._subject = subject
        self._events = events
        self._stacks = stacks
        self._calls = 0
        self._doubtful: dict[tuple[str, int], list[tuple[Input, Fault]]] = {}
        self._shown: dict[str, list[str]] = {}
        self._other: Input | None = None
        self.outcomes: dict[str, Outcome] = {}

    def attempt(self, given: Input) -> Outcome:
        """Call the parser on an input, and report nothing but what it does besides computing."""
        outcome = self._call(given, copies(given.tensors))
        self._deeds(given, outcome.deeds)
        return outcome

    def _deeds(self, given: Input, deeds: Sequence[Deed]) -> None:
        for deed in deeds:
            self._report(given, Fault(rule=f"deed-{deed.kind}", message=deed.what, line=deed.line))

    def run(self, given: Sequence[Input], stage: Stage | None = None) -> Figures:
        """Run all of it.

        Args:
            given: The inputs; the first ones are what the model itself gives, where there is one.
            stage: The scenes among them.
        """
        for each in given:
            self.once(each)
        self._doubts(given)
        best = self._revealing(given)
        if best is None:
            return Figures(calls=self._calls)
        figures = self.further(best, given)
        for each, fault, area in stage.faults(given, self.outcomes) if stage is not None else ():
            self._report(each, fault, area=area)
        return figures

    def further(self, best: Input, given: Sequence[Input]) -> Figures:
        """What one call does not show: frames of other sizes, broken tensors, the same again, and many frames.

        Args:
            best: The input to go on with, which was run.
            given: All that were run.
        """
        for size in FRAME_SIZES[1:]:
            width, height = size
            other = replace(best, size=size, name=f"{best.name}-{width}x{height}", inside=False, objects=())
            self.once(replace(other, about=f"{best.about}, in a frame of {width}x{height}"))
        names = [best.name, *(f"{best.name}-{width}x{height}" for width, height in FRAME_SIZES[1:])]
        self._report(
            best, checks.scales([(size, self.outcomes[n]) for size, n in zip(FRAME_SIZES, names, strict=True)])
        )
        for each in broken(best):
            self.once(each)
        if self.outcomes[best.name].failure is not None:
            return Figures(calls=self._calls)
        others = [each for each in given if each is not best and self.outcomes[each.name].failure is None]
        self._other = next(iter(others), None)
        self._state(best)
        frames = ManyFrames(self._job, self._subject, self._report, self._beat)
        figures = frames.play(best, self._other or best)
        self._deeds(best, self._subject.deeds_of_all())
        self._threads(best)
        return replace(figures, calls=self._calls + figures.calls)

    def once(self, given: Input) -> Outcome:
        """Call the parser on an input, and report what is wrong."""
        tensors = {name: array.copy() for name, array in given.tensors.items()}
        outcome = self._call(given, tensors)
        for fault in checks.of_outcome(given, outcome):
            if fault.by_value:
                self._doubtful.setdefault((fault.rule, fault.line), []).append((given, fault))
            else:
                self._report(given, fault)
        layer = checks.changed(given.tensors, tensors)
        if layer is not None and outcome.failure is None:
            self._report(given, Fault(rule="input-changed", message=f"the layer '{layer}' is changed in place"))
        self.outcomes[given.name] = outcome
        return outcome

    def _call(self, given: Input, tensors: Tensors) -> Outcome:
        self._events.send("input", name=given.name, about=given.about)
        self._limit()
        self._calls += 1
        return self._subject.call(given.size, tensors)

    def records(self, given: Sequence[Input]) -> list[recording.Record]:
        """What the model gave and what the parser made of it; of all inputs where there is no model."""
        own = [each for each in given if each.trust is Trust.MODEL] or given
        return [record(each, self._subject.network, self.outcomes[each.name]) for each in own]

    def shown(self, name: str) -> tuple[str, list[tuple[Sequence[float], str]]]:
        """A title for an input's picture, and its boxes with their texts."""
        outcome = self.outcomes[name]
        if outcome.failure is not None:
            return f"{name}: failed", []
        found = outcome.detections
        if found is None:
            return f"{name}: {json.dumps(outcome.message)[:_LONGEST_TITLE]}", []
        words = [f"{label} {score:.2f}" for label, score in zip(found.labels, found.scores, strict=True)]
        return f"{name}: {len(found)}", list(zip(found.boxes.tolist(), words, strict=True))

    def _doubts(self, given: Sequence[Input]) -> None:
        """What depends on values and is so on every input, zeros, ones and noise, is so on the model's too."""
        every = {each.name for each in given if each.trust is Trust.ANY}
        for found in self._doubtful.values():
            if every <= {each.name for each, _ in found}:
                self._report(*found[0])

    def _revealing(self, given: Sequence[Input]) -> Input | None:
        """The input to go on with: the one that the most objects are found in."""

        def worth(each: Input) -> tuple[bool, bool, int]:
            outcome = self.outcomes[each.name]
            found = 0 if outcome.detections is None else len(outcome.detections)
            return outcome.failure is None, each.trust is not Trust.ANY, found

        return max(given, key=worth, default=None)

    def _state(self, best: Input) -> None:
        """Whether the same input gives the same result, and whether others in between change it."""
        first, second = self._again(best), self._again(best)
        for _ in range(_ROUNDS):  # what is smoothed comes to rest
            if first.seen == second.seen:
                break
            first, second = second, self._again(best)
        if self._differs(best, "state", first, second, "the same tensors twice in a row give two results"):
            return
        if self._other is not None:
            for _ in range(_OTHERS):
                self._again(self._other, stream=1)
            message = "tensors of another stream in between change the result: the state mixes streams"
            self._differs(best, "streams-mixed", second, self._again(best), message)

    def _again(self, given: Input, *, stream: int = 0) -> Outcome:
        self._limit()
        self._calls += 1
        return self._subject.call(given.size, copies(given.tensors), stream=stream, number=self._calls)

    def _differs(self, given: Input, rule: str, first: Outcome, second: Outcome, message: str) -> bool:
        if first.seen != second.seen:
            self._report(given, Fault(rule=rule, message=message))
            return True
        if first.comparable != second.comparable:
            words = f"{message.partition(':')[0]}: the message differs"
            self._report(given, Fault(rule=rule, message=words, sure=False))
            return True
        return False

    def _threads(self, given: Input) -> None:
        left = [each.name for each in threading.enumerate() if each not in self._others]
        if left:
            self._report(
                given, Fault(rule="threads", message=f"a thread goes on when the parser has ended: '{left[0]}'")
            )

    def _beat(self) -> None:
        """Of many calls one now and then is watched: each would cost more than a small parser."""
        if self._events.alive():
            self._limit()

    def _limit(self) -> None:
        """From now on a call has its time; then the stacks are written and this process ends."""
        if self._stacks is not None:
            faulthandler.dump_traceback_later(self._job.seconds, exit=True, file=self._stacks)

    def report(self, given: Input, faults: Iterable[Fault], rules: Sequence[str]) -> None:
        """Report what a kept input shows once more, also what only was sure since all inputs had shown it."""
        doubtful = [fault for found in self._doubtful.values() for each, fault in found if each is given]
        for fault in (*faults, *(each for each in doubtful if each.rule in rules)):
            self._report(given, fault)

    def _report(self, given: Input, fault: Fault | None, *, area: Box = WHOLE) -> None:
        if fault is None:
            return
        self._keep(given, fault, area)
        self._events.finding(
            fault.rule,
            fault.message,
            fault.cure,
            about="" if fault.rule in _OF_MANY else given.about,
            line=fault.line or self._subject.line,
            sure=fault.sure,
            input=given.name,
        )

    def _keep(self, given: Input, fault: Fault, area: Box) -> None:
        """Write the input beside all rules that it shows, and the other stream's where two are needed."""
        shows = self._shown.setdefault(given.name, [])
        if fault.rule in shows:
            return
        shows.append(fault.rule)
        made = [record(given, self._subject.network, shows=shows, area=area)]
        if self._other is not None and not _OVER_TIME.isdisjoint(shows):
            made.append(record(self._other, self._subject.network, shows=("",)))
        file = self._job.folder / f"{given.name}{recording.SUFFIX}"
        recording.write(file, made, parser=self._job.parser.name)


_OF_MANY = frozenset({"growth", "threads", "slow", "memory"})
_OVER_TIME = frozenset({"growth", "slow", "state", "streams-mixed", "raises"})
FURTHER = _OF_MANY | _OVER_TIME | {"box-scale"}
"""The rules that one call alone does not show."""
