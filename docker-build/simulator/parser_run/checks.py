"""What is looked for in what came of a call."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from azda_runtime.parsers.failures import Breach, ParserFailure, Part

from simulator.parser_run.inputs import Input, Tensors, Trust
from simulator.parser_run.subject import Outcome

_RULES = {
    Part.VALUES: "result-count",
    Part.BOXES: "result-boxes",
    Part.BOX_VALUES: "result-boxes",
    Part.CLASS_IDS: "result-class-ids",
    Part.CLASS_RANGE: "class-without-label",
    Part.SCORES: "result-scores",
    Part.SCORE_VALUES: "result-scores",
    Part.COUNTS: "result-counts",
    Part.MESSAGE: "result-message",
    Part.MESSAGE_VALUES: "result-message",
}
_BY_VALUE = {Part.BOX_VALUES, Part.CLASS_RANGE, Part.SCORE_VALUES, Part.MESSAGE_VALUES}
# What an exception says that comes of values alone, which a model perhaps never gives.
_OF_VALUES = re.compile(r"nan|inf|domain|overflow|not in list|probabilit|fit|range", re.IGNORECASE)
_OF_NOTHING = re.compile(r"size 0|zero-size|empty|at least one array", re.IGNORECASE)
_STRUCTURAL = (TypeError, AttributeError, NameError, ImportError, NotImplementedError)
_LEAST_INSIDE = 0.6


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """One thing that is wrong.

    Attributes:
        rule: The rule's name without its prefix.
        message: What is wrong, without the input's name.
        cure: What to do; empty for the rule's own words.
        line: The parser's line, 0 where its function begins.
        sure: Whether it is certain.
        by_value: Whether it comes of values that perhaps no model gives: it counts when every input shows it.
    """

    rule: str
    message: str
    cure: str = ""
    line: int = 0
    sure: bool = True
    by_value: bool = False


def of_outcome(given: Input, outcome: Outcome) -> Iterator[Fault]:
    """What is wrong with one call."""
    if outcome.deeds:
        for deed in outcome.deeds:
            yield Fault(rule=f"deed-{deed.kind}", message=deed.what, line=deed.line)
        if outcome.error is not None and any(deed.is_refused for deed in outcome.deeds):
            return  # it failed since that was refused
    if outcome.failure is not None:
        yield from _failed(given, outcome, outcome.failure)
        return
    if outcome.detections is None:  # of a detection parser the runtime itself writes the metadata
        doubtful = given.trust not in {Trust.MODEL, Trust.SCENE}
        yield from (Fault(rule="metadata-wrong", message=reported, by_value=doubtful) for reported in outcome.drawn)
    if outcome.detections is not None:
        yield from _detected(given, outcome)


def _failed(given: Input, outcome: Outcome, failure: ParserFailure) -> Iterator[Fault]:
    error = outcome.error
    if error is None:
        yield from (fault for breach in failure.breaches if (fault := _breach(given, breach)) is not None)
        return
    reported = failure.breaches[0].message
    if isinstance(error, MemoryError):
        yield Fault(rule="memory", message=reported, line=outcome.line)
    elif isinstance(error, SystemExit):
        yield Fault(rule="raises", message=f"{reported}: a parser does not end the program", line=outcome.line)
    elif given.missing:
        if "NoneType" in str(error):  # what .get() gave was taken for an array
            yield Fault(rule="missing-layer", message=f"{reported}, which does not name the layer", line=outcome.line)
    elif given.trust is Trust.BROKEN:
        if given.is_nan or _is_sure(error):
            yield Fault(rule="not-finite", message=reported, line=outcome.line, sure=False)
    else:
        doubtful = given.trust is Trust.ANY and not _is_sure(error)
        rule = "metadata" if reported.startswith("add_custom_to_meta") else "raises"
        sure = type(error).__name__ != "NotSimulatedError"  # the device has what is not simulated
        yield Fault(rule=rule, message=reported, line=outcome.line, sure=sure, by_value=doubtful)


def _is_sure(error: BaseException) -> bool:
    """Whether an exception comes of what every tensor of these shapes has, or of nothing found."""
    text = str(error)
    if _OF_NOTHING.search(text):
        return True
    if isinstance(error, _STRUCTURAL) or type(error).__name__ in {"MissingLayerError", "CorruptionError"}:
        return True
    if isinstance(error, ValueError):
        return not _OF_VALUES.search(text)
    return isinstance(error, IndexError) and ("too many indices" in text or "boolean index" in text)


def _breach(given: Input, breach: Breach) -> Fault | None:
    part = breach.part
    rule = _RULES[part] if part is not None else "raises"
    if given.missing:
        return None
    if given.trust is Trust.BROKEN and part in _BY_VALUE:
        reported = breach.message.rstrip(".")
        return Fault(rule="not-finite", message=reported, cure=breach.hint, sure=False) if given.is_nan else None
    doubtful = given.trust is Trust.ANY and part in _BY_VALUE
    return Fault(rule=rule, message=breach.message.rstrip("."), cure=breach.hint, by_value=doubtful)


def _detected(given: Input, outcome: Outcome) -> Iterator[Fault]:
    found = outcome.detections
    if found is None or not len(found) or given.trust in {Trust.ANY, Trust.BROKEN}:
        return
    low, high = min(found.scores), max(found.scores)
    if low < 0 or high > 1 + 1e-6:
        worst = high if high > 1 else low
        yield Fault(rule="score-range", message=f"a score is {worst:.4g}, where 0 to 1 is meant")
    if given.inside:
        yield from _inside(found.boxes, given.size)


def _inside(boxes: Any, size: tuple[int, int]) -> Iterator[Fault]:
    left, top, width, height = boxes.T
    within = np.clip(np.minimum(left + width, size[0]) - np.maximum(left, 0), 0, None) * np.clip(
        np.minimum(top + height, size[1]) - np.maximum(top, 0), 0, None
    )
    area = width * height
    lost = (area > 0) & (within < _LEAST_INSIDE * area)
    if lost.any():
        box = ", ".join(f"{value:.0f}" for value in boxes[int(np.argmax(lost))])
        message = f"the box ({box}) reaches out of the frame of {size[0]}x{size[1]}, where the object lies inside"
        yield Fault(rule="box-outside", message=message)


def changed(before: Tensors, after: Tensors) -> str | None:
    """The layer that was changed in place; None when all are as they were."""
    for name, array in before.items():
        other = after.get(name)
        if other is None or other.shape != array.shape or not np.array_equal(array, other, equal_nan=_nan(array)):
            return name
    return None


def _nan(array: Any) -> bool:
    return bool(array.dtype.kind == "f")


def scales(results: Sequence[tuple[tuple[int, int], Outcome]]) -> Fault | None:
    """Boxes that stay the same for frames of every size are in the network's pixels."""
    known = [(size, each.detections) for size, each in results if each.detections is not None and len(each.detections)]
    if len(known) < 2 or len({len(found) for _, found in known}) != 1:  # two sizes to compare
        return None
    (first, found), *others = known
    if found.boxes[:, 2:].max() <= 0:
        return None
    if all(np.allclose(found.boxes, other.boxes, atol=0.5) for _, other in others):
        box = ", ".join(f"{value:.4g}" for value in found.boxes[0])
        sizes = " and ".join(f"{width}x{height}" for width, height in [first, others[0][0]])
        return Fault(rule="box-scale", message=f"the box ({box}) is the same in frames of {sizes}")
    return None
