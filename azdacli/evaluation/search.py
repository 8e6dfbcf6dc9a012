"""Looks for the keys of a configuration that explain a difference: the best change first, then what is left."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from azdacli.evaluation.agreement import renamed
from azdacli.evaluation.candidates import LABELS, Changes, candidates, written
from azdacli.evaluation.truth import Detection, Truth

_MOST_STEPS = 5
ALIKE = 0.995
"""The agreement from which on detections are the same: rounding of pixels takes the rest."""
_LEAST = 0.005  # of agreement; less is noise of scaling and rounding
_TIE = 0.001
_SUBSET = 24


class Measured(NamedTuple):
    """What one configuration gives.

    Attributes:
        detections: What is found.
        agreement: How near it is to the framework's own detections, up to 1.
        map: Its mAP; below 0 where it is not measured.
        map50: Its AP50.
    """

    detections: Sequence[Detection]
    agreement: float
    map: float
    map50: float


class Variant(NamedTuple):
    """A configuration that is measured: keys that are changed, and categories that take each other's names."""

    changes: Changes
    names: Mapping[int, int]


class Step(NamedTuple):
    """One change, and what is measured with it and all before it.

    Attributes:
        changes: The keys, with their new values; `labels` where classes have each other's names.
        before: The same keys as they were.
        after: What is measured.
        gain: Of agreement.
        gain_map: Of mAP.
        gain_map50: Of AP50.
    """

    changes: Changes
    before: Changes
    after: Measured
    gain: float
    gain_map: float
    gain_map50: float


Measure = Callable[[Sequence[Variant]], Sequence[Measured | None]]


def subset(truth: Truth, reference: Sequence[Detection]) -> Truth:
    """A few pictures on which the framework found something, evenly over the set."""
    seen = {each.picture for each in reference}
    chosen = [each.id for each in truth.pictures if each.id in seen] or [each.id for each in truth.pictures]
    return truth.only(chosen[n * len(chosen) // _SUBSET] for n in range(_SUBSET)) if len(chosen) > _SUBSET else truth


def search(
    measure: Measure, current: Mapping[str, Any], reference: Sequence[Detection], floors: Sequence[float]
) -> list[Variant]:
    """Find the changes, one after the other.

    Args:
        measure: Measures variants; None for one that cannot run.
        current: The configuration's keys as they are.
        reference: The framework's own detections.
        floors: Thresholds to try beside the usual ones.

    Returns:
        What is changed, the best first: each holds all before it.
    """
    now = Variant({}, {})
    best = measure([now])[0]
    found: list[Variant] = []
    while best is not None and best.agreement < ALIKE and len(found) < _MOST_STEPS:
        options = [
            Variant({**now.changes, **each}, now.names) for each in candidates({**current, **now.changes}, floors)
        ]
        names = renamed(best.detections, reference) if not now.names else {}
        options += [Variant(now.changes, names)] if names else []
        chosen = _chosen(options, measure(options), len(now.changes))
        if chosen is None or chosen[1].agreement < best.agreement + _LEAST:
            break
        now, best = chosen
        found.append(now)
    return _without_needless(measure, found)


def _chosen(
    options: Sequence[Variant], measured: Sequence[Measured | None], changed: int
) -> tuple[Variant, Measured] | None:
    """The best one; of those that are as good the one with the fewest keys, in the order of the candidates."""
    known = [(each, got) for each, got in zip(options, measured, strict=True) if got is not None]
    if not known:
        return None
    most = max(got.agreement for _, got in known)
    ties = [each for each in known if each[1].agreement >= most - _TIE]
    # Red and blue in each other's stead are the model's colours more often than its labels: the key goes first.
    return min(ties, key=lambda each: (len(each[0].changes) - changed + bool(each[0].names), bool(each[0].names)))


def _without_needless(measure: Measure, found: Sequence[Variant]) -> list[Variant]:
    """Leave out steps without which the end is as good: a later one has made up for their reason."""
    steps = _apart(found)
    while len(steps) > 1:
        shorter = [steps[:n] + steps[n + 1 :] for n in range(len(steps))]
        whole, *others = measure([_together(steps), *(_together(each) for each in shorter)])
        if whole is None:
            break
        spare = [n for n, got in enumerate(others) if got is not None and got.agreement >= whole.agreement - _TIE]
        if not spare:
            break
        steps = shorter[spare[0]]
    return [_together(steps[: n + 1]) for n in range(len(steps))]


def _apart(found: Sequence[Variant]) -> list[Variant]:
    """Each step by itself."""
    steps, before = [], Variant({}, {})
    for each in found:
        changes = {key: text for key, text in each.changes.items() if before.changes.get(key) != text}
        steps.append(Variant(changes, each.names if each.names != before.names else {}))
        before = each
    return steps


def _together(steps: Sequence[Variant]) -> Variant:
    changes: dict[str, str] = {}
    names: dict[int, int] = {}
    for each in steps:
        changes |= each.changes
        names |= each.names
    return Variant(changes, names)


def steps_of(
    found: Sequence[Variant],
    before: Measured,
    measured: Sequence[Measured | None],
    current: Mapping[str, Any],
    names: Mapping[int, str],
) -> list[Step]:
    """What each change gains on the whole set.

    Args:
        found: What `search` gave.
        before: What is measured without any change.
        measured: What is measured with each, on all pictures.
        current: The configuration's keys as they are.
        names: The names of the categories.
    """
    steps = []
    for own, got in zip(_apart(found), measured, strict=True):
        if got is None:
            continue
        changes, was = dict(own.changes), {key: written(current[key]) for key in own.changes}
        if own.names:
            changes[LABELS] = ", ".join(names[b] for _, b in sorted(own.names.items()))
            was[LABELS] = ", ".join(names[a] for a in sorted(own.names))
        gains = (got.agreement - before.agreement, got.map - before.map, got.map50 - before.map50)
        steps.append(Step(changes, was, got, *gains))
        before = got
    return steps
