"""What `evaluate` answers: as JSON, and as lines for a reader."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from azdacli.evaluation.classification import Accuracy
from azdacli.evaluation.confusion import NOTHING
from azdacli.evaluation.metrics import Figures
from azdacli.evaluation.truth import Category

_STATS = ("map", "map50", "map75", "small", "medium", "large", "recall1", "recall10", "recall100")
_MOST_MISTAKES = 10


def of_detections(figures: Figures, counts: Mapping[tuple[int, int], int], truth: Sequence[Category]) -> dict[str, Any]:
    """A detector's figures; null where the truth has nothing to measure."""
    return {
        "kind": "detection",
        **{name: None if value < 0 else value for name, value in zip(_STATS, figures.stats, strict=False)},
        "bestThreshold": figures.best_threshold,
        "bestF1": figures.best_f1,
        "classes": [
            {
                "name": each.name,
                "objects": each.objects,
                "map": each.ap,
                "map50": each.ap50,
                "small": each.small,
                "medium": each.medium,
                "large": each.large,
            }
            for each in figures.classes
        ],
        "confusion": _confusion(counts, truth),
    }


def of_classes(measured: Accuracy, truth: Sequence[Category]) -> dict[str, Any]:
    """A classifier's figures."""
    return {
        "kind": "classification",
        "top1": measured.top1,
        "top5": measured.top5,
        "classes": [{"name": name, "objects": count, "top1": top1} for name, count, top1 in measured.classes],
        "confusion": _confusion(measured.confusion, truth),
    }


def _confusion(counts: Mapping[tuple[int, int], int], truth: Sequence[Category]) -> list[dict[str, Any]]:
    names: dict[int, str | None] = {**{each.id: each.name for each in truth}, NOTHING: None}
    return [{"truth": names[a], "found": names[b], "count": count} for (a, b), count in counts.items()]


def text(answer: Mapping[str, Any]) -> str:
    """The answer for a reader."""
    lines = _detection(answer) if answer["kind"] == "detection" else _classification(answer)
    beside = _beside(answer["reference"]) if "reference" in answer else ()
    return "\n".join([*lines, *_mistakes(answer["confusion"]), *beside])


def _detection(answer: Mapping[str, Any]) -> Iterator[str]:
    yield f"{answer['pictures']} pictures, {answer['objects']} objects, {answer['detections']} detections"
    yield f"mAP {_figure(answer['map'])}   AP50 {_figure(answer['map50'])}   AP75 {_figure(answer['map75'])}"
    sizes = "   ".join(f"{name} {_figure(answer[name])}" for name in ("small", "medium", "large"))
    yield f"by size: {sizes}"
    if answer["bestF1"] is not None:
        yield f"best F1 {answer['bestF1']:.3f}, with a threshold of {answer['bestThreshold']:.3f}"
    wide = max(len("class"), *(len(each["name"]) for each in answer["classes"]))
    yield f"{'class':{wide}}  objects    mAP   AP50"
    for each in answer["classes"]:
        yield f"{each['name']:{wide}}  {each['objects']:7}  {_figure(each['map']):>5}  {_figure(each['map50']):>5}"


def _classification(answer: Mapping[str, Any]) -> Iterator[str]:
    yield f"{answer['pictures']} pictures"
    yield f"top-1 {answer['top1']:.3f}   top-5 {answer['top5']:.3f}"
    wide = max(len("class"), *(len(each["name"]) for each in answer["classes"]))
    yield f"{'class':{wide}}  pictures  top-1"
    for each in answer["classes"]:
        yield f"{each['name']:{wide}}  {each['objects']:8}  {_figure(each['top1']):>5}"


def _mistakes(confusion: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """The most frequent ones of one class for another; what was missed is in the figures."""
    mixed = [each for each in confusion if each["truth"] and each["found"] and each["truth"] != each["found"]]
    for each in sorted(mixed, key=lambda each: -each["count"])[:_MOST_MISTAKES]:
        yield f"{each['truth']} was taken for {each['found']} {_times(each['count'])}"


def _beside(reference: Mapping[str, Any]) -> Iterator[str]:
    """What the training framework's own detections say of the pipeline."""
    yield ""
    yield f"the framework's own detections: mAP {_figure(reference['map'])}   AP50 {_figure(reference['map50'])}"
    yield f"agreement of the pipeline with them: {reference['agreement']:.3f}"
    if reference["worst"]:
        some = ", ".join(f"{each['picture']} {each['agreement']:.2f}" for each in reference["worst"])
        yield f"least on {some}"
    if reference["changes"]:
        yield "to change, in this order:"
    elif reference["worst"]:
        yield "no key of the configuration explains the difference: look at the parser, its thresholds and its labels"
    for each in reference["changes"]:
        for key in each["keys"]:
            group = f"[{key['group']}] " if key["group"] else ""
            yield f"  {group}{key['key']}={key['to']}    (is {key['from']})"
        gain = each["gain"]
        yield f"    mAP {gain['map']:+.3f}, AP50 {gain['map50']:+.3f}, agreement {gain['agreement']:+.3f}"
    if reference["changes"]:
        last = reference["changes"][-1]
        yield f"then: mAP {last['map']:.3f}   AP50 {last['map50']:.3f}   agreement {last['agreement']:.3f}"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
