"""From a model and a labelled set to figures."""

import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from azdacli.cli import console
from azdacli.cli.evaluate_flow import Given
from azdacli.cli.evaluate_search_flow import Comparison, read_results
from azdacli.cli.progress import MovingLine
from azdacli.errors import SpecError
from azdacli.evaluation import classification, coco, journal, pictures, report
from azdacli.evaluation.confusion import confusion
from azdacli.evaluation.drawing import draw
from azdacli.evaluation.found import Found
from azdacli.evaluation.labels import categories_of
from azdacli.evaluation.metrics import figures
from azdacli.evaluation.process import Pipeline, Runner
from azdacli.evaluation.truth import Detection, Truth
from azdacli.util import files, paths
from azdacli.util.suggest import listed


def evaluated(given: Given) -> tuple[dict[str, Any], str]:
    """Run the model on the pictures, and measure what it finds.

    Returns:
        The answer, and the same for a reader.

    Raises:
        AzdaError: The set or the model cannot be used.
    """
    truth = pictures.read_truth(given.truth, given.images, pictures.in_folder(given.images))
    # Before the pictures are run, which may take hours: their numbers alone are looked at.
    reference = None if given.results is None else read_results(given.results, truth)
    _refuse_overwriting(given, truth)
    pipeline = _runner(given)
    found = _run(pipeline, truth, given.images)
    for name, failure in found.failures[:1]:
        console.warning(f"{name}: {failure}")
    categories = categories_of(found.labels, truth.categories)
    _note_labels(found, truth, categories)
    if found.classifies is not truth.whole_pictures:
        raise SpecError(
            f"the model is a {'classifier' if found.classifies else 'detector'}, and '{given.truth}' has "
            f"{'classes of whole pictures' if truth.whole_pictures else 'boxes'}",
            hint="Give folders of classes for a classifier, COCO's JSON or a YOLO folder for a detector.",
        )
    answer: dict[str, Any] = {"ok": True, "pictures": len(truth.pictures), "parserFailures": len(found.failures)}
    if found.classifies:
        boxes = {"--save-results": given.save_results, "--results": given.results, "--output": given.output}
        if name := next((name for name, path in boxes.items() if path is not None), ""):
            raise SpecError(f"{name} is for a detector's boxes", hint="Drop it.")
        measured = classification.accuracy(truth, found.best_classes(truth, categories))
        answer |= report.of_classes(measured, truth.categories)
    else:
        sized = truth.sized(found.sizes(truth))
        detections = found.detections(sized, categories)
        if strange := [each.score for each in detections if each.score > 1]:
            console.warning(f"{len(strange)} scores of the parser are above 1; the greatest is {max(strange):g}")
        answer |= _measured(given, sized, detections)
        if reference is not None:
            counter = Counter("searching: ")
            comparison = Comparison(pipeline, given.images, sized, categories, counter.show)
            try:
                answer["reference"] = comparison.answer(reference, detections)
            finally:
                counter.clear()
    return answer, report.text(answer)


def _runner(given: Given) -> Runner:
    """The processes of this machine, or a cluster."""
    if not given.dask:
        return Pipeline(config=given.model.config, parser=given.model.parser, jobs=given.jobs or _processors())
    from azdacli.evaluation.cluster import ClusterPipeline  # `distributed`, which may be missing

    return ClusterPipeline(config=given.model.config, parser=given.model.parser, address=given.dask)


def _refuse_overwriting(given: Given, truth: Truth) -> None:
    """Refuse results in the place of what they are made from."""
    read = [
        given.truth,
        given.results,
        given.model.config,
        given.model.parser,
        *journal.named_files(given.model.config),
    ]
    read += [given.images / each.name for each in truth.pictures]
    target = given.save_results
    if target is not None and target.resolve() in {path.resolve() for path in read if path is not None}:
        raise SpecError(f"--save-results '{target}' is a file that is read", hint="Name another file.")


def _measured(given: Given, truth: Truth, detections: Sequence[Detection]) -> dict[str, Any]:
    if given.save_results is not None:
        files.replace(given.save_results, coco.results_json(detections).encode())
    got = figures(truth, detections)
    counts = confusion(truth, detections, got.best_threshold or 0.0)
    objects = {"objects": len(truth.annotations), "detections": len(detections)}
    answer = {**objects, **report.of_detections(got, counts, truth.categories)}
    if given.output is not None:
        answer["files"] = draw(given.output, given.images, truth, detections, got)
    return answer


def _run(pipeline: Runner, truth: Truth, images: Path) -> Found:
    """Run the model on all pictures that an earlier run did not come to."""
    wanted = [(each.name, images / each.name) for each in truth.pictures]
    digest = journal.digest(pipeline.config, pipeline.parser, journal.named_files(pipeline.config), wanted)
    kept = journal.Journal(paths.cache_folder(os.environ) / "evaluate" / f"{digest}.jsonl")
    found = Found(pictures=kept.read())
    if found.pictures:
        console.note(f"{len(found.pictures)} of {len(wanted)} pictures were done by an earlier run")
    counter = Counter("")

    def heard(event: Mapping[str, Any]) -> None:
        if event["event"] == "ready":
            found.ready(event)
            return
        kept.add(event)
        found.pictures[event["picture"]] = event
        counter.show(len(found.pictures), len(wanted))

    done = False
    try:
        pipeline.run([each for each in wanted if each[0] not in found.pictures], [{}], heard)
        done = True
    finally:
        counter.clear()
        kept.close(done=done)
    return found


def _note_labels(found: Found, truth: Truth, categories: Mapping[int, int]) -> None:
    if not found.labels:
        console.warning("nothing names the model's classes: they are taken in the order of the truth's categories")
        return
    unknown = [label for n, label in enumerate(found.labels) if n not in categories]
    if unknown:
        console.note(f"the truth does not know {listed(unknown)}: what is found of it does not count")
    never = [each.name for each in truth.categories if each.id not in categories.values()]
    if never:
        console.warning(f"the model does not know {listed(never)}: each counts with an AP of 0")
    twice = sorted({label for label in found.labels if found.labels.count(label) > 1})
    if twice:
        console.warning(f"the model has {listed(twice)} more than once: all of one name are one category")


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Counter:
    """How many pictures are done, how fast, and how long the rest takes.

    Args:
        text: What stands before the numbers.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._line = MovingLine()
        self._began = time.monotonic()
        self._first = self._before = -1

    def show(self, done: int, total: int) -> None:
        """Show how far it is."""
        now = time.monotonic()
        if self._first < 0 or done < self._before:
            self._first, self._began = done, now
        self._before = done
        rate = (done - self._first) / max(now - self._began, 1e-9)
        left = f", {rate:.1f} a second, {(total - done) / rate:.0f} s left" if rate else ""
        self._line.show(f"{self._text}{done} of {total} pictures{left}")

    def clear(self) -> None:
        """Take the line away."""
        self._line.clear()
