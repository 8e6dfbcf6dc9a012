"""How good detections are: COCO's figures by pycocotools, the library that COCO's own evaluation is."""

import contextlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from pycocotools.coco import COCO  # type: ignore[import-untyped] # ships no types
from pycocotools.cocoeval import COCOeval  # type: ignore[import-untyped] # same

from azdacli.evaluation.truth import Detection, Truth

_ALL, _SMALL, _MEDIUM, _LARGE = range(4)  # the order of COCOeval's sizes: below 32 x 32 pixels, up to 96 x 96, above
_HALF, _MOST = 0, -1  # IoU 0.5 is the first threshold; the last limit is that of 100 detections a picture


@dataclass(frozen=True, kw_only=True, slots=True)
class ClassFigures:
    """One category; None where the truth has no object of it (of this size).

    Attributes:
        name: Its name.
        objects: How many there are truly.
        ap: Average precision over IoU 0.5 to 0.95.
        ap50: At IoU 0.5.
        small: `ap` of objects below 32 x 32 pixels.
        medium: Of those up to 96 x 96.
        large: Of the others.
    """

    name: str
    objects: int
    ap: float | None
    ap50: float | None
    small: float | None
    medium: float | None
    large: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Figures:
    """A set of detections against the truth.

    Attributes:
        stats: COCO's twelve numbers in its order; -1 where there is nothing to measure.
        classes: Category by category.
        best_threshold: The score from which on detections have the best F1, at IoU 0.5.
        best_f1: That F1.
        precision: 101 precisions at IoU 0.5, at recalls from 0 to 1, the mean of all categories.
    """

    stats: tuple[float, ...]
    classes: tuple[ClassFigures, ...] = field(default=())
    best_threshold: float | None = None
    best_f1: float | None = None
    precision: tuple[float, ...] = ()

    @property
    def map(self) -> float:
        """AP over IoU 0.5 to 0.95, the mean of all categories."""
        return self.stats[0]

    @property
    def map50(self) -> float:
        """AP at IoU 0.5."""
        return self.stats[1]


def figures(truth: Truth, detections: Sequence[Detection]) -> Figures:
    """Measure detections.

    Args:
        truth: The set, with boxes in pixels.
        detections: What was found in its pictures.
    """
    with contextlib.redirect_stdout(io.StringIO()):  # pycocotools prints how far it is
        ground = _coco(truth, [_truly(n, each) for n, each in enumerate(truth.annotations, start=1)])
        found = _coco(truth, [_found(n, each) for n, each in enumerate(detections, start=1)])
        evaluation = COCOeval(ground, found, "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    precision = evaluation.eval["precision"]  # thresholds, recalls, categories, sizes, limits
    threshold, f1 = _best_f1(evaluation)
    curve = precision[_HALF, :, :, _ALL, _MOST]
    shown = curve[:, curve[0] > -1]
    return Figures(
        stats=tuple(float(value) for value in evaluation.stats),
        classes=tuple(_classes(truth, precision)),
        best_threshold=threshold,
        best_f1=f1,
        precision=tuple(float(value) for value in shown.mean(axis=1)) if shown.size else (),
    )


def _coco(truth: Truth, rows: Sequence[Mapping[str, Any]]) -> Any:
    made = COCO()
    made.dataset = {
        "images": [{"id": each.id, "file_name": each.name} for each in truth.pictures],
        "categories": [{"id": each.id, "name": each.name} for each in truth.categories],
        "annotations": list(rows),
    }
    made.createIndex()
    return made


def _truly(number: int, each: Any) -> Mapping[str, Any]:
    return {
        "id": number,
        "image_id": each.picture,
        "category_id": each.category,
        "bbox": list(each.box),
        "area": each.area,
        "iscrowd": int(each.crowd),
    }


def _found(number: int, each: Detection) -> Mapping[str, Any]:
    """A detection as COCO.loadRes makes it, which fails for an empty list."""
    return {
        "id": number,
        "image_id": each.picture,
        "category_id": each.category,
        "bbox": list(each.box),
        "area": each.box[2] * each.box[3],
        "iscrowd": 0,
        "score": each.score,
    }


def _classes(truth: Truth, precision: Any) -> list[ClassFigures]:
    counts: dict[int, int] = {}
    for each in truth.annotations:
        counts[each.category] = counts.get(each.category, 0) + 1
    found = []
    for index, category in enumerate(sorted(truth.categories)):  # COCOeval sorts their numbers
        sizes = [_mean(precision[:, :, index, size, _MOST]) for size in (_ALL, _SMALL, _MEDIUM, _LARGE)]
        found.append(
            ClassFigures(
                name=category.name,
                objects=counts.get(category.id, 0),
                ap=sizes[_ALL],
                ap50=_mean(precision[_HALF, :, index, _ALL, _MOST]),
                small=sizes[_SMALL],
                medium=sizes[_MEDIUM],
                large=sizes[_LARGE],
            )
        )
    return found


def _mean(values: Any) -> float | None:
    known = values[values > -1]
    return float(np.mean(known)) if known.size else None


def _best_f1(evaluation: Any) -> tuple[float | None, float | None]:
    """The threshold of the best F1 over all categories, by COCOeval's own matches at IoU 0.5."""
    images = len(evaluation.params.imgIds)
    areas = len(evaluation.params.areaRng)
    # By category, then size, then picture (COCOeval.evaluate); the first size is all of them.
    matched = [
        each
        for category in range(len(evaluation.params.catIds))
        for each in evaluation.evalImgs[category * areas * images :][:images]
        if each is not None
    ]
    truly = sum(int(np.sum(np.logical_not(each["gtIgnore"]))) for each in matched)
    if not matched or not truly:
        return None, None
    scores = np.concatenate([np.asarray(each["dtScores"], float) for each in matched])
    ignored = np.concatenate([np.asarray(each["dtIgnore"][_HALF], bool) for each in matched])
    right = np.concatenate([np.asarray(each["dtMatches"][_HALF]) > 0 for each in matched])
    scores, right = scores[~ignored], right[~ignored]
    if not scores.size:
        return None, None
    order = np.argsort(-scores, kind="stable")
    scores, hits = scores[order], np.cumsum(right[order])
    f1 = 2 * hits / (np.arange(1, len(hits) + 1) + truly)
    f1[:-1][scores[:-1] == scores[1:]] = -1  # a threshold takes all detections of one score
    best = int(np.argmax(f1))
    return float(scores[best]), float(f1[best])
