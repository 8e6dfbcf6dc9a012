"""The pipeline beside the training framework's own detections, and what in its configuration makes the difference."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from azdacli.cli import console
from azdacli.evaluation import agreement, candidates, coco
from azdacli.evaluation import search as searching
from azdacli.evaluation.found import Found
from azdacli.evaluation.metrics import figures
from azdacli.evaluation.process import Runner
from azdacli.evaluation.search import Measured, Step, Variant
from azdacli.evaluation.truth import Detection, Truth
from azdacli.util import files

_LARGEST = 1 << 30
_WORST = 10
Show = Callable[[int, int], None]


def read_results(path: Path, truth: Truth) -> list[Detection]:
    """Read the framework's detections.

    Raises:
        SpecError: They cannot be read, or are of another set.
    """
    return coco.read_results(files.read_text(path, _LARGEST), str(path), truth)


class Comparison:
    """A pipeline beside a framework.

    Args:
        pipeline: The model as it is configured.
        images: The folder of pictures.
        truth: The set, with boxes in pixels.
        categories: The category of each class of the model.
        show: Gets how many pictures were run, and of how many.
    """

    def __init__(self, pipeline: Runner, images: Path, truth: Truth, categories: Mapping[int, int], show: Show) -> None:
        self._pipeline = pipeline
        self._images = images
        self._truth = truth
        self._categories = categories
        self._show = show

    def answer(self, reference: Sequence[Detection], own: Sequence[Detection]) -> dict[str, Any]:
        """Compare, and search where they differ.

        Args:
            reference: The framework's detections.
            own: The pipeline's.

        Raises:
            AzdaError: The model does not run.
        """
        theirs, mine = figures(self._truth, reference), _measured(self._truth, own, reference, whole=True)
        worst = agreement.of_pictures(self._truth, own, reference)[:_WORST]
        steps = self._searched(reference, mine) if mine.agreement < searching.ALIKE else []
        return {
            "map": None if theirs.map < 0 else theirs.map,
            "map50": None if theirs.map50 < 0 else theirs.map50,
            "agreement": mine.agreement,
            "worst": [{"picture": name, "agreement": value} for name, value in worst if value < searching.ALIKE],
            "changes": [_as_json(each) for each in steps],
        }

    def _searched(self, reference: Sequence[Detection], before: Measured) -> list[Step]:
        """Search on a few pictures, then measure what was found on all."""
        current = candidates.settings_of(self._pipeline.config)
        if current is None:
            console.note("the configuration is not nvinfer's, and is not searched")
            return []
        some = searching.subset(self._truth, reference)
        console.note(f"searching the configuration on {len(some.pictures)} of {len(self._truth.pictures)} pictures")
        floors = sorted({round(min(each.score for each in reference), 2)} - {0.0}) if reference else []
        found = searching.search(
            lambda variants: self._measure(some, variants, reference), current, _of(some, reference), floors
        )
        if not found:
            return []
        measured = self._measure(self._truth, found, reference, whole=True)
        names = {each.id: each.name for each in self._truth.categories}
        return searching.steps_of(found, before, measured, current, names)

    def _measure(
        self, truth: Truth, variants: Sequence[Variant], reference: Sequence[Detection], *, whole: bool = False
    ) -> list[Measured | None]:
        """Run variants; those of the same keys, with other names for classes, run once.

        Args:
            truth: The pictures.
            variants: The variants.
            reference: The framework's own detections of these pictures.
            whole: Whether mAP is wanted too.
        """
        keys = list({tuple(sorted(each.changes.items())): None for each in variants})
        found = [Found() for _ in keys]
        done = 0

        def heard(event: Mapping[str, Any]) -> None:
            nonlocal done
            if event["event"] == "picture":
                found[event["variant"]].pictures[event["picture"]] = event
                done += 1
                self._show(done // len(keys), len(truth.pictures))

        wanted = [(each.name, self._images / each.name) for each in truth.pictures]
        self._pipeline.run(wanted, [dict(each) for each in keys], heard)
        measured: list[Measured | None] = []
        for each in variants:
            got = found[keys.index(tuple(sorted(each.changes.items())))]
            if len(got.pictures) < len(truth.pictures):
                measured.append(None)
                continue
            own = agreement.with_names(got.detections(truth, self._categories), each.names)
            measured.append(_measured(truth, own, reference, whole=whole))
        return measured


def _measured(truth: Truth, own: Sequence[Detection], reference: Sequence[Detection], *, whole: bool) -> Measured:
    alike = agreement.agreement(truth, own, reference)
    if not whole:
        return Measured(own, alike, -1.0, -1.0)
    got = figures(truth, own)
    return Measured(own, alike, got.map, got.map50)


def _of(truth: Truth, detections: Sequence[Detection]) -> list[Detection]:
    kept = {each.id for each in truth.pictures}
    return [each for each in detections if each.picture in kept]


def _as_json(step: Step) -> dict[str, Any]:
    return {
        "keys": [
            {"group": _group(key), "key": key, "from": step.before[key], "to": value}
            for key, value in step.changes.items()
        ],
        "agreement": step.after.agreement,
        "map": step.after.map,
        "map50": step.after.map50,
        "gain": {"agreement": step.gain, "map": step.gain_map, "map50": step.gain_map50},
    }


def _group(key: str) -> str:
    if key == candidates.LABELS:
        return ""
    return "class-attrs-all" if key in candidates.CLASS_KEYS else "property"
