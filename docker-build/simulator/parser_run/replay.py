"""Recorded tensors once more: does the parser give what it gave then."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from azda_runtime.parsers import recording
from azda_runtime.parsers.nms import overlaps
from azda_runtime.parsers.recording import Record, RecordingError, Result

from simulator.parser_run import origin
from simulator.parser_run.events import Events
from simulator.parser_run.inputs import Input, Trust
from simulator.parser_run.job import Job
from simulator.parser_run.stage import again
from simulator.parser_run.subject import Outcome, Subject
from simulator.parser_run.trial import FURTHER, Trial

_LEAST_OVERLAP = 0.9
_SCORE_TOLERANCE = 0.02
_NUMBER_TOLERANCE = 1e-3
_DEEPEST = 50


def replay(job: Job, trial: Trial, events: Events, subject: Subject) -> int:
    """Run a parser on all recordings; the number of frames.

    Raises:
        RecordingError: One cannot be read, or is of another model.
    """
    count, others = 0, 0
    for file in files(job.replay):
        made: list[tuple[Input, Record]] = []
        for number, record in enumerate(recording.read(file)):
            name = f"{file.stem}-{number}"
            _check(file, record, job)
            about = f"frame {number + 1} of {file.name}" + (f" ({record.name})" if record.name else "")
            given = Input(name=name, tensors=record.tensors, trust=Trust.MODEL, about=about, size=record.image_size)
            given = origin.restored(given, record)
            subject.network = record.network_size or subject.network
            outcome = trial.once(given)
            count += 1
            made.append((given, record))
            rules = origin.shown(record)
            trial.report(given, again(given, outcome, rules, origin.area(record)), rules)
            others += type(outcome.error).__name__ == "MissingLayerError"
            if record.result is not None and outcome.failure is None:
                for difference in differences(record.result, outcome):
                    cure = "Look at the frame; record again when the change is meant."
                    events.finding("replay", difference, cure, about=about, line=subject.line, sure=True, input=name)
                    _draw(job, record, outcome, name)
                    break
        kept = [given for given, record in made if not FURTHER.isdisjoint(origin.shown(record))]
        if kept:
            trial.further(kept[0], [given for given, _ in made])
    if not count:
        hint = "Record some: --record FILE, or `azda_runtime run --record-tensors DIR` on the device."
        raise RecordingError("no frame was recorded there", hint)
    if others == count:
        has = ", ".join(f"'{name}'" for name in record.tensors)
        hint = "Give a recording of this parser's model, or correct the name of the layer that the parser asks for."
        raise RecordingError(f"the recording holds the outputs of another model: {has}", hint)
    return count


def _draw(job: Job, record: Record, now: Outcome, name: str) -> None:
    """The objects of then and now side by side, where both have some."""
    if record.result is None or now.detections is None:
        return
    from simulator.drawing import sheets  # OpenCV, for a difference alone

    width, height = record.image_size
    then = [
        (box, f"{i} {s:.2f}")
        for box, i, s in zip(record.result.boxes, record.result.class_ids, record.result.scores, strict=False)
    ]  # a file may lack some
    boxes = now.detections.boxes.tolist()
    after = [
        (box, f"{i} {s:.2f}") for box, i, s in zip(boxes, now.detections.class_ids, now.detections.scores, strict=True)
    ]
    blank = np.full((height, width, 3), 48, dtype=np.uint8)
    pair = [sheets.annotated(blank, found, title) for found, title in ((then, "recorded"), (after, "now"))]
    sheets.write_sheet(job.folder / f"{name}.png", pair, columns=2)


def files(given: tuple[Path, ...]) -> Iterator[Path]:
    """The files, those of folders by their names."""
    for path in given:
        yield from sorted(path.rglob(f"*{recording.SUFFIX}")) if path.is_dir() else [path]


def _check(file: Path, record: Record, job: Job) -> None:
    """Refuse the tensors of another model, where shapes say what this one's are."""
    for shape in job.shapes:
        array = record.tensors.get(shape.name)
        if array is None and origin.missing(record) == shape.name:
            continue
        if array is None or array.shape != shape.dims:
            has = ", ".join(f"{name} {list(each.shape)}" for name, each in record.tensors.items())
            wanted = f"'{shape.name}' of {list(shape.dims)}"
            hint = "Give a recording of this model, or leave --shapes out."
            raise RecordingError(f"{file} holds the outputs of another model: {has}, not {wanted}", hint)


def differences(before: Result, now: Outcome) -> Iterator[str]:
    """What differs beyond the tolerances, a sentence each."""
    found = now.detections
    if found is not None:
        yield from _of_objects(before, found)
    if not same(before.message, now.message):
        yield f"the message is {_short(now.message)}; it was {_short(before.message)}"


def _of_objects(before: Result, found: Any) -> Iterator[str]:
    if len(found) != len(before.class_ids):
        yield f"{len(found)} objects are found; there were {len(before.class_ids)}"
        return
    if not len(found):
        return
    old, left = np.array(before.boxes, dtype=np.float64).reshape(-1, 4), list(range(len(found)))
    for number in range(len(old)):
        alike = overlaps(_corners(old[number : number + 1])[0], _corners(found.boxes[left]))
        best = int(np.argmax(alike))
        if alike[best] < _LEAST_OVERLAP and not np.allclose(old[number], found.boxes[left[best]], atol=1.0):
            yield f"object {number} is elsewhere: the nearest box overlaps the old one by {alike[best]:.2f}"
            return
        other = left.pop(best)
        if found.class_ids[other] != before.class_ids[number]:
            yield f"object {number} has class {found.class_ids[other]}; it had {before.class_ids[number]}"
            return
        if abs(found.scores[other] - before.scores[number]) > _SCORE_TOLERANCE:
            yield f"object {number} has the score {found.scores[other]:.3f}; it had {before.scores[number]:.3f}"
            return


def _corners(boxes: Any) -> Any:
    return np.concatenate([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]], axis=1)


def same(before: Any, now: Any, deep: int = 0) -> bool:
    """Whether two messages say the same; numbers within a thousandth."""
    if deep > _DEEPEST:
        return bool(before == now)
    if isinstance(before, dict) and isinstance(now, dict):
        return before.keys() == now.keys() and all(same(before[key], now[key], deep + 1) for key in before)
    if isinstance(before, list) and isinstance(now, list):
        return len(before) == len(now) and all(same(a, b, deep + 1) for a, b in zip(before, now, strict=True))
    numbers = isinstance(before, int | float) and isinstance(now, int | float)
    if numbers and not isinstance(before, bool) and not isinstance(now, bool):
        return bool(abs(before - now) <= _NUMBER_TOLERANCE * max(1.0, abs(before)))
    return type(before) is type(now) and bool(before == now)


def _short(message: Any) -> str:
    text = repr(message)
    return text if len(text) <= 100 else f"{text[:100]}…"  # as much as a sentence bears
