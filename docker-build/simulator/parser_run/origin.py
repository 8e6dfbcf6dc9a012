"""How an input was made, beside its tensors in a recording: so that a replay looks for what it was kept for."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from azda_runtime.parsers.recording import Record, RecordingError, Result

from simulator.parser_run.inputs import WHOLE, Box, Input, Trust
from simulator.parser_run.subject import Outcome


def record(
    given: Input,
    network: tuple[int, int] | None,
    outcome: Outcome | None = None,
    *,
    shows: Sequence[str] = (),
    area: Box = WHOLE,
) -> Record:
    """An input as it is written to a file; with what the parser made of it, where that is to be compared.

    Args:
        given: The input.
        network: Width and height of the network's input.
        outcome: What came of it, where a later one is to be compared with it.
        shows: The rules that it was kept for.
        area: Where the frame is in the network's input.
    """
    made = Record(
        tensors=given.tensors,
        image_size=given.size,
        network_size=network,
        name=given.name,
        result=None if outcome is None else _result(outcome),
    )
    return replace(made, origin=_origin(given, shows, area)) if shows else made


def _result(outcome: Outcome) -> Result | None:
    if outcome.failure is not None:
        return None
    found = outcome.detections
    if found is None:
        return Result(message=outcome.message)
    boxes = tuple(tuple(box) for box in found.boxes.tolist())
    return Result(message=outcome.message, boxes=boxes, class_ids=found.class_ids, scores=found.scores)


def _origin(given: Input, shows: Sequence[str], area: Box) -> dict[str, Any]:
    return {
        "trust": given.trust.name,
        "inside": given.inside,
        "missing": given.missing,
        "objects": [[*map(float, box), class_id] for box, class_id in given.objects],
        "area": list(area),
        "shows": list(shows),
    }


def shown(found: Record) -> tuple[str, ...]:
    """The rules that a recorded input was kept for."""
    return tuple(map(str, (found.origin or {}).get("shows", ())))


def missing(found: Record) -> str:
    """The layer that was taken out on purpose; empty for none."""
    return str((found.origin or {}).get("missing", ""))


def area(found: Record) -> Box:
    """Where the frame is in the network's input.

    Raises:
        RecordingError: The file is damaged.
    """
    values = (found.origin or {}).get("area", WHOLE)
    try:
        left, top, right, bottom = map(float, values)
    except (ValueError, TypeError) as error:
        raise _damaged(error) from None
    if not (left < right and top < bottom):
        raise _damaged(ValueError("its frame has no size"))
    return left, top, right, bottom


def restored(given: Input, found: Record) -> Input:
    """The input as it was made.

    Raises:
        RecordingError: The file is damaged.
    """
    if found.origin is None:
        return given
    made: Mapping[str, Any] = found.origin
    try:
        objects = tuple(_planted(each) for each in made.get("objects", ()))
        return replace(
            given,
            trust=Trust[str(made.get("trust", Trust.MODEL.name))],
            inside=bool(made.get("inside")),
            missing=missing(found),
            objects=objects,
            precise=bool(objects),
            made_as=found.name,
        )
    except (ValueError, TypeError, KeyError) as error:
        raise _damaged(error) from None


def _planted(values: Any) -> tuple[Box, int]:
    left, top, right, bottom, class_id = values
    return (float(left), float(top), float(right), float(bottom)), int(class_id)


def _damaged(error: Exception) -> RecordingError:
    return RecordingError(f"the recording says wrongly how it was made: {error}", "Write it again with --keep.")
