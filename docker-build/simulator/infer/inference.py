"""From the frames and objects of a batch to a model and back: what nvinfer and nvinferserver have in common."""

import sys
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from gi.repository import Gst

from simulator.inference.engine import InferenceEngine, Piece, Result
from simulator.inference.geometry import Rectangle
from simulator.inference.selection import UNTRACKED, Candidate, IntervalCounter, ObjectHistory
from simulator.inference.settings import NetworkType, ProcessMode
from simulator.support import attach, batches, nvevents

NVIDIAS_NAMES = ("Unknown", "Warn", "Warning")


def notify(element: Any, notices: Iterable[str]) -> None:
    """Print what NVIDIA's element prints about a configuration; what is ours goes to GStreamer's debug log."""
    for notice in notices:
        if notice.startswith(NVIDIAS_NAMES):
            print(notice, file=sys.stderr)  # NVIDIA's element prints it there
        else:
            Gst.warning(f"{element.get_name()}: {notice}")


@dataclass(slots=True)
class Target:
    """Where the result of one piece goes."""

    batch: Any
    frame: Any
    obj: Any = None


class Inferrer:
    """Runs one engine over batches.

    Args:
        engine: The loaded model.
    """

    def __init__(self, engine: InferenceEngine) -> None:
        self.engine = engine
        self.settings = engine.settings
        self._counter = IntervalCounter(interval=self.settings.interval)
        self._histories: dict[int, ObjectHistory] = defaultdict(ObjectHistory)
        # Results come late there, and find their object again by its tracking id alone.
        self._asynchronous = self.settings.classifier_async and not self.settings.output_tensor_meta
        self._asynchronous &= self.settings.network_type is NetworkType.CLASSIFIER

    @property
    def interval(self) -> int:
        """Batches that are skipped between two inferences."""
        return self._counter.interval

    @interval.setter
    def interval(self, value: int) -> None:
        self._counter = replace(self._counter, interval=value)

    def process(self, batch: Any) -> None:
        """Infer on a batch and attach the results to its metadata."""
        if self.settings.input_tensor_from_meta:
            self._regions(batch)
        elif self.settings.process_mode is ProcessMode.FRAMES:
            self._frames(batch)
        else:
            self._objects(batch)

    def source_event(self, kind: int, source: int) -> None:
        """Forget the objects of a source that went."""
        if kind == nvevents.PAD_DELETED:
            self._histories.pop(source, None)

    def _frames(self, batch: Any) -> None:
        if not self._counter.due():
            return
        frames = list(batches.frames(batch))
        pieces = [Piece(frame=batches.for_inference(batch, frame)) for frame in frames]
        for frame, result in zip(frames, self.engine.infer(pieces), strict=True):
            frame.bInferDone = 1
            if result is not None:
                self._attach(Target(batch, frame), result)

    def _regions(self, batch: Any) -> None:
        """Infer on what nvdspreprocess prepared for this element: on every batch, in either process mode."""
        by_id = {frame.batch_id: frame for frame in batches.frames(batch)}
        for prepared in batches.prepared_for(batch, self.settings.unique_id):
            if prepared.tensor.name != self.engine.session.input.name:
                Gst.warning(f"nvinfer could not find input layer with name = {prepared.tensor.name}")
                continue
            pieces = [
                Piece(frame=batches.for_inference(batch, by_id[each.batch_id]), rectangle=each.rectangle, region=True)
                for each in prepared.regions
            ]
            for region, result in zip(prepared.regions, self.engine.infer(pieces, prepared.tensor), strict=True):
                frame = by_id[region.batch_id]
                frame.bInferDone = 1
                if result is not None:
                    self._attach(Target(batch, frame, region.obj), result)

    def _objects(self, batch: Any) -> None:
        targets, pieces, candidates = [], [], []
        for frame in batches.frames(batch):
            history = self._histories[frame.pad_index]
            for obj in batches.objects(frame):
                candidate = candidate_of(obj)
                if self._asynchronous and candidate.object_id == UNTRACKED:
                    continue
                if history.wants(candidate, frame.frame_num, self.settings):
                    targets.append(Target(batch, frame, obj))
                    pieces.append(Piece(frame=batches.for_inference(batch, frame), rectangle=candidate.rectangle))
                    candidates.append(candidate)
                elif self.settings.network_type is NetworkType.CLASSIFIER:
                    self._repeat(Target(batch, frame, obj), history, candidate)
        for target, candidate, result in zip(targets, candidates, self.engine.infer(pieces), strict=True):
            if result is not None:
                self._histories[target.frame.pad_index].store(candidate.object_id, result.attributes, result.text)
                self._attach(target, result, offset=(candidate.rectangle.left, candidate.rectangle.top))

    def _repeat(self, target: Target, history: ObjectHistory, candidate: Candidate) -> None:
        """Attach the last classification of a tracked object that is not inferred on in this frame."""
        known, text = history.known(candidate.object_id) if candidate.object_id != UNTRACKED else ((), "")
        if known:
            attach.classification(target.batch, target.obj, known, self.settings, text=text)

    def _attach(self, target: Target, result: Result, *, offset: tuple[float, float] = (0.0, 0.0)) -> None:
        kind = self.settings.network_type
        if kind in (NetworkType.DETECTOR, NetworkType.INSTANCE_SEGMENTATION):
            attach.detections(
                target.batch, target.frame, result.objects, self.settings, parent=target.obj, offset=offset
            )
        elif kind is NetworkType.CLASSIFIER:
            obj = (
                target.obj if target.obj is not None else attach.whole_frame(target.batch, target.frame, self.settings)
            )
            attach.classification(target.batch, obj, result.attributes, self.settings, text=result.text)
        elif kind is NetworkType.SEGMENTATION and result.segmentation is not None:
            attach.segmentation(target.frame, target.obj, result.segmentation, self.settings.unique_id)
        if self.settings.output_tensor_meta:
            attach.outputs(target.frame, target.obj, result.outputs, self.engine)


def candidate_of(obj: Any) -> Candidate:
    """What the filters look at, from an object's metadata."""
    box = obj.rect_params
    return Candidate(
        object_id=obj.object_id,
        class_id=obj.class_id,
        component_id=obj.unique_component_id,
        rectangle=Rectangle(left=box.left, top=box.top, width=box.width, height=box.height),
    )
