"""One job from its beginning to its end; what is found goes to the events."""

import gc
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from azda_runtime.parsers import recording
from azda_runtime.parsers.failures import FailureKind, ParserFailure

from simulator.errors import SimulatorError
from simulator.parser_run.events import Events
from simulator.parser_run.inputs import Input
from simulator.parser_run.job import Job, Shape
from simulator.parser_run.replay import replay
from simulator.parser_run.subject import Subject
from simulator.parser_run.trial import Figures, Trial, inputs, record
from simulator.parser_run.watch import Watch


def run(job: Job, events: Events, watch: Watch, stacks: IO[str] | None = None) -> None:
    """Run one parser.

    Args:
        job: What is to be done.
        events: Gets what is found, and at the end what it took.
        watch: Listens to what the parser does besides.
        stacks: Where the stack of a call that takes too long goes.
    """
    try:
        shapes, own, network = _tensors(job)
    except (SimulatorError, recording.RecordingError, OSError) as error:
        message = getattr(error, "message", None) or str(error)
        events.send("impossible", message=message, hint=getattr(error, "hint", None) or "")
        return
    events.send("input", name="", about="being loaded")
    subject = _load(job, events, watch, stacks)
    if subject is None:
        events.send("end", calls=0)
        return
    if job.replay:
        try:
            events.send("end", calls=replay(job, Trial(job, subject, events, stacks), events, subject.line))
        except recording.RecordingError as error:
            events.send("impossible", message=str(error), hint=error.hint)
        return
    given = list(inputs(subject, shapes, own, network))
    if job.only:
        _keep(job, given)
        return
    gc.collect()
    figures = Trial(job, subject, events, stacks).run(given)
    events.send("end", **_plain(figures))


def _tensors(job: Job) -> tuple[Sequence[Shape], list[Input], tuple[int, int] | None]:
    if job.replay or (job.config is None and job.model is None):
        return job.shapes, [], None
    from simulator.parser_run.model import Model  # noqa: PLC0415 # ONNX Runtime and OpenCV, for a model alone

    model = Model(job)
    return model.shapes, model.inputs(), model.size


def _load(job: Job, events: Events, watch: Watch, stacks: IO[str] | None) -> Subject | None:
    if stacks is not None:
        import faulthandler  # noqa: PLC0415 # as it is used

        faulthandler.dump_traceback_later(job.seconds, exit=True, file=stacks)
    try:
        subject = Subject(job.parser, watch)
    except ParserFailure as failure:
        deeds = watch.take()
        for deed in deeds:
            events.finding(f"deed-{deed.kind}", f"{deed.what}, when the file is loaded", line=deed.line or 1, sure=True)
        if not (deeds and failure.kind is FailureKind.LOADING):
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


def _keep(job: Job, given: Sequence[Input]) -> None:
    for each in given:
        if job.only == each.name or job.only.startswith(f"{each.name}-"):
            recording.write(job.folder / f"{job.only}.npz", [record(each)], parser=job.parser.name)
            return


def _plain(figures: Figures) -> dict[str, float]:
    return {"calls": figures.calls, "seconds": figures.seconds, "own": figures.own, "whole": figures.whole}
