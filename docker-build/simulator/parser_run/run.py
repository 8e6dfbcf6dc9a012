"""One job from its beginning to its end; what is found goes to the events."""

import gc
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from azda_runtime.parsers import recording
from azda_runtime.parsers.failures import FailureKind, ParserFailure
from azda_runtime.parsers.frame_config import Scaling, frame_config

from simulator.errors import SimulatorError
from simulator.parser_run.events import Events
from simulator.parser_run.families import families, side
from simulator.parser_run.inputs import USUAL, WHOLE, Box, Input, like, same_everywhere
from simulator.parser_run.job import Job, Shape
from simulator.parser_run.many_frames import Figures
from simulator.parser_run.origin import record
from simulator.parser_run.replay import replay
from simulator.parser_run.stage import Stage, choose
from simulator.parser_run.subject import UNKNOWN_NETWORK, Subject
from simulator.parser_run.trial import Trial
from simulator.parser_run.watch import Watch

_MOST_LABELS, _LONGEST_LABEL = 10_000, 200
RECORDED, SHEET = "recorded.npz", "contact-sheet.png"


def run(job: Job, events: Events, watch: Watch, stacks: IO[str] | None = None) -> None:
    """Run one parser.

    Args:
        job: What is to be done.
        events: Gets what is found, and at the end what it took.
        watch: Listens to what the parser does besides.
        stacks: Where the stack of a call that takes too long goes.
    """
    try:
        tensors = _tensors(job)
    except (SimulatorError, recording.RecordingError, OSError) as error:
        message = getattr(error, "message", None) or str(error)
        events.send("impossible", message=message, hint=getattr(error, "hint", None) or "")
        return
    others = frozenset(threading.enumerate())
    events.send("input", name="", about="being loaded")
    subject = _load(job, events, watch, tensors, stacks)
    if subject is None:
        events.send("end", calls=0)
        return
    if subject.detects:
        events.send("labels", labels=[str(label)[:_LONGEST_LABEL] for label in subject.labels[:_MOST_LABELS]])
    if job.replay:
        try:
            trial = Trial(job, subject, events, stacks, others=others)
            events.send("end", calls=replay(job, trial, events, subject))
        except recording.RecordingError as error:
            events.send("impossible", message=str(error), hint=error.hint)
        return
    stages = list(_stages(subject, tensors))
    if job.only:
        every = (given for stage in (*stages, None) for given in _inputs(stage, tensors))
        _keep(job, subject, every)
        return
    gc.collect()
    trial = Trial(job, subject, events, stacks, others=others)
    stage = choose(stages, trial.attempt)
    given = list(_inputs(stage, tensors))
    figures = trial.run(given, stage)
    if job.record:
        recording.write(job.folder / RECORDED, trial.records(given), parser=job.parser.name)
    if job.images and tensors.pictures:
        _sheet(job, trial, tensors)
    events.send("end", **_plain(figures))


@dataclass(frozen=True, kw_only=True, slots=True)
class _Tensors:
    """What is known of a model.

    Attributes:
        shapes: Its layers.
        own: What it gives.
        pictures: The user's, each with the name of its input.
        network: Width and height of its input.
        scaling: How frames get into it; None where nobody knows.
    """

    shapes: Sequence[Shape]
    own: Sequence[Input] = ()
    pictures: Sequence[tuple[str, Any]] = ()
    network: tuple[int, int] | None = None
    scaling: Scaling | None = None

    def areas(self) -> list[Box]:
        """Where a frame can be in the network's input."""
        network = self.network or UNKNOWN_NETWORK
        if self.scaling is not None:
            return [_area(self.scaling, network)]
        boxed = (_area(Scaling(keep_ratio=True, symmetric=each), network) for each in (False, True))
        return list(dict.fromkeys((WHOLE, *boxed)))


def _stages(subject: Subject, tensors: _Tensors) -> Iterator[Stage]:
    labels = len(subject.labels)
    if not subject.detects or not labels:
        return
    outputs = [each.tensors for each in tensors.own]
    for kind in families(tensors.shapes, labels, tensors.network, outputs):
        yield Stage(kind=kind, labels=labels, areas=tensors.areas())


def _inputs(stage: Stage | None, tensors: _Tensors) -> Iterator[Input]:
    """The inputs of a parser: the model's own, a family's, and what every model could give."""
    yield from tensors.own
    if stage is not None:
        yield from stage.inputs()
    yield from same_everywhere(tensors.shapes)
    if tensors.own:
        yield from like(tensors.shapes, [each.tensors for each in tensors.own])


def _area(scaling: Scaling, network: tuple[int, int]) -> Box:
    reported = frame_config(USUAL, scaling, network)
    left, top = reported.padding[0] / network[0], reported.padding[1] / network[1]
    width, height = (scale * side / whole for scale, side, whole in zip(reported.scale, USUAL, network, strict=True))
    return left, top, left + width, top + height


def _tensors(job: Job) -> _Tensors:
    if job.replay or (job.config is None and job.model is None):
        return _Tensors(shapes=job.shapes, network=side(job.shapes))
    from simulator.parser_run.model import Model  # ONNX Runtime and OpenCV, for a model alone

    model = Model(job)
    pictures = model.pictures(job.images) if job.images else []
    own = [*(given for given, _ in pictures), *model.inputs()]
    return _Tensors(
        shapes=model.shapes,
        own=own,
        pictures=[(given.name, picture) for given, picture in pictures],
        network=model.size,
        scaling=model.scaling,
    )


def _sheet(job: Job, trial: Trial, tensors: _Tensors) -> None:
    """The user's pictures with what was found, each and all on one sheet."""
    from simulator.drawing import sheets  # OpenCV, for pictures alone

    drawn = []
    for name, picture in tensors.pictures:
        title, found = trial.shown(name)
        drawn.append(sheets.annotated(picture, found, title))
        sheets.write_sheet(job.folder / f"{name}.png", drawn[-1:], columns=1)
    sheets.write_sheet(job.folder / SHEET, drawn, columns=4)


def _load(job: Job, events: Events, watch: Watch, tensors: _Tensors, stacks: IO[str] | None) -> Subject | None:
    if stacks is not None:
        import faulthandler  # as it is used

        faulthandler.dump_traceback_later(job.seconds, exit=True, file=stacks)
    try:
        subject = Subject(job.parser, watch, tensors.network, tensors.scaling)
    except ParserFailure as failure:
        deeds = watch.take()
        for deed in deeds:
            events.finding(f"deed-{deed.kind}", f"{deed.what}, when the file is loaded", line=deed.line or 1, sure=True)
        if not (any(deed.is_refused for deed in deeds) and failure.kind is FailureKind.LOADING):
            for breach in failure.breaches:
                line = _line(job.parser, failure)
                events.finding("load", breach.message.rstrip("."), breach.hint, line=line, sure=True)
        return None
    for deed in watch.take():
        events.finding(f"deed-{deed.kind}", f"{deed.what}, when the file is loaded", line=deed.line or 1, sure=True)
    return subject


def _line(parser: Path, failure: ParserFailure) -> int:
    error = failure.__cause__
    lines = []
    trace = error.__traceback__ if error is not None else None
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == str(parser.resolve()):
            lines.append(trace.tb_lineno)
        trace = trace.tb_next
    return lines[-1] if lines else 1


def _keep(job: Job, subject: Subject, given: Iterable[Input]) -> None:
    for each in given:
        if job.only == each.name or job.only.startswith(f"{each.name}-"):
            recording.write(job.folder / f"{job.only}.npz", [record(each, subject.network)], parser=job.parser.name)
            return


def _plain(figures: Figures) -> dict[str, float]:
    return {"calls": figures.calls, "seconds": figures.seconds, "own": figures.own, "whole": figures.whole}
