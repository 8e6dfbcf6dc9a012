"""Stable ids for the detections of any number of streams."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simulator.tracking.association import Boxes, greedy, overlaps, scores
from simulator.tracking.motion import Motion
from simulator.tracking.settings import TrackerSettings
from simulator.tracking.targets import Past, State, Target, ways

_FADE = 0.95
"""Approximation: how the confidence of a target fades with each frame in which nothing was looked for."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Detected:
    """The detections of one frame, as arrays of one length n.

    Attributes:
        boxes: Shape (n, 4), float32: left, top, width, height in pixels.
        class_ids: Shape (n,), int.
        confidences: Shape (n,), float.
    """

    boxes: Boxes
    class_ids: npt.NDArray[np.int32]
    confidences: npt.NDArray[np.float32]


@dataclass(frozen=True, kw_only=True, slots=True)
class Tracked:
    """A target that is reported in a frame.

    Attributes:
        object_id: The target's id.
        detection: The detection's index in the frame, or None where the target was only predicted.
        class_id: Its class.
        box: Left, top, width, height in pixels: the detector's with `stateEstimatorType` 0, else the filter's.
        confidence: The tracker's confidence.
    """

    object_id: int
    detection: int | None
    class_id: int
    box: tuple[float, float, float, float]
    confidence: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Update:
    """What the tracker says about a frame.

    Attributes:
        tracked: What is reported; detections that are not among them are dropped from the frame, as nvtracker drops
            them.
        past: Frames of probation or shadow of targets that have just become active (again).
        shadow: Targets that are followed in the shadow, where `outputShadowTracks` asks for them.
        terminated: The whole way of targets that ended, where `outputTerminatedTracks` asks for it.
    """

    tracked: tuple[Tracked, ...]
    past: tuple[Past, ...] = ()
    shadow: tuple[Past, ...] = ()
    terminated: tuple[Past, ...] = ()


class Tracker:
    """Tracks any number of streams; ids are unique over all of them.

    Args:
        settings: The limits.
        prefix: The upper 32 bits of ids with `useUniqueID`; NVIDIA takes a random number for each tracker.
    """

    def __init__(self, settings: TrackerSettings, *, prefix: int = 0) -> None:
        self._settings = settings
        self._prefix = (prefix & 0xFFFFFFFF) << 32 if settings.unique_ids else 0
        self._next = 0
        self._streams: dict[int, list[Target]] = {}

    def forget(self, stream: int) -> None:
        """End all targets of a stream: it ended, or `tracking-id-reset-mode` says so."""
        self._streams.pop(stream, None)

    def restart_ids(self) -> None:
        """Count ids from 0 again, as `tracking-id-reset-mode` 2 and 3 ask."""
        self._next = 0

    def update(self, stream: int, frame: int, detected: Detected | None) -> Update:
        """Take the detections of a stream's next frame.

        Args:
            stream: The stream's number.
            frame: The frame's number.
            detected: What was detected; None where the detector skipped the frame (`bInferDone` is 0).
        """
        targets = self._streams.setdefault(stream, [])
        for target in targets:
            target.motion.predict()
            target.age += 1
            target.detection = None
        if detected is None:
            return self._skip(targets)
        usable = np.flatnonzero(detected.confidences >= self._settings.min_detector_confidence)
        rest = self._match(targets, detected, usable)
        past = [done for target in targets if (done := target.judge(frame, self._settings)) is not None]
        ended = [target for target in targets if target.is_over(self._settings)]
        alive = [target for target in targets if target not in ended]
        alive += self._create(alive, detected, rest, frame)
        self._streams[stream] = alive
        return Update(
            tracked=tuple(self._report(target) for target in alive if target.state is State.ACTIVE),
            past=tuple(past),
            shadow=ways(alive, State.SHADOW) if self._settings.output_shadow else (),
            terminated=ways(ended) if self._settings.output_terminated else (),
        )

    def _skip(self, targets: Sequence[Target]) -> Update:
        """Follow targets without detections: only trackers that look at the image report them, and ever less surely."""
        if not self._settings.visual_tracker:
            return Update(tracked=())
        active = [target for target in targets if target.state is State.ACTIVE]
        for target in active:
            target.confidence *= _FADE
        sure = [target for target in active if target.confidence >= self._settings.min_tracker_confidence]
        return Update(tracked=tuple(self._report(target) for target in sure))

    def _match(
        self, targets: Sequence[Target], detected: Detected, usable: npt.NDArray[np.intp]
    ) -> npt.NDArray[np.intp]:
        """Give detections to targets, and return those that are left and may begin a target."""
        if self._settings.matcher == 0:
            return self._pair(targets, detected, usable)
        sure = detected.confidences[usable] >= self._settings.tentative_confidence
        rest = self._pair(targets, detected, usable[sure])
        waiting = [t for t in targets if t.detection is None and t.state is State.ACTIVE]
        self._pair(waiting, detected, usable[~sure], lowest=self._settings.min_tentative_iou)
        return rest

    def _pair(
        self,
        targets: Sequence[Target],
        detected: Detected,
        among: npt.NDArray[np.intp],
        lowest: float | None = None,
    ) -> npt.NDArray[np.intp]:
        if not targets or not len(among):
            return among
        boxes = np.stack([target.expected(self._settings) for target in targets])
        classes = np.array([target.class_id for target in targets])
        same = classes[:, None] == detected.class_ids[among][None]
        table = scores(boxes, detected.boxes[among], same, self._settings)
        if lowest is not None:
            overlap = overlaps(boxes, detected.boxes[among])
            table = np.where((overlap >= lowest) & (overlap > 0) & same, overlap, 0.0)
        pairs = greedy(table)
        for row, column in pairs:
            targets[row].take(detected.boxes[among[column]], int(among[column]))
        return np.delete(among, [column for _, column in pairs])

    def _create(
        self, alive: Sequence[Target], detected: Detected, rest: npt.NDArray[np.intp], frame: int
    ) -> list[Target]:
        """Begin targets for detections that overlap no known target too much, the surest first while there is room."""
        created: list[Target] = []
        known = [target.motion.box for target in alive]
        for index in sorted(rest.tolist(), key=lambda i: -float(detected.confidences[i])):
            if len(alive) + len(created) >= self._settings.max_targets:
                break
            box = detected.boxes[index]
            if known and overlaps(np.stack(known), box[None]).max() > self._settings.min_iou_for_new:
                continue
            known.append(box)
            created.append(self._born(detected, index, frame))
        return sorted(created, key=lambda target: target.detection or 0)

    def _born(self, detected: Detected, index: int, frame: int) -> Target:
        box = detected.boxes[index]
        target = Target(
            object_id=self._prefix | self._next,
            class_id=int(detected.class_ids[index]),
            motion=Motion(box, self._settings),
            detector_box=tuple(box.tolist()),
            detection=index,
        )
        self._next += 1
        target.judge(frame, self._settings)
        return target

    def _report(self, target: Target) -> Tracked:
        return Tracked(
            object_id=target.object_id,
            detection=target.detection,
            class_id=target.class_id,
            box=target.box(self._settings),
            confidence=target.confidence,
        )
