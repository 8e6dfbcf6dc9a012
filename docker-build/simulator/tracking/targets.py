"""A target's life: tentative, active, in the shadow, over.

It follows the states that NVIDIA documents for NvMultiObjectTracker: a new target is tentative, and not reported, for
`probationAge` frames; an active one that is not found is followed in the shadow for up to `maxShadowTrackingAge`.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum

import numpy as np
import numpy.typing as npt

from simulator.tracking.motion import Motion
from simulator.tracking.settings import TrackerSettings

_LONGEST_WAY = 2048
"""Frames of a way that are kept where ways are asked for, so that memory stays flat."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PastFrame:
    """Where a target was in a frame in which it was not reported; see NvDsTargetMiscDataFrame."""

    frame: int
    box: tuple[float, float, float, float]
    confidence: float
    age: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Past:
    """The unreported frames of one target; see NvDsTargetMiscDataObject."""

    object_id: int
    class_id: int
    frames: tuple[PastFrame, ...]


class State(Enum):
    """Where a target is in its life."""

    TENTATIVE = "tentative"
    ACTIVE = "active"
    SHADOW = "shadow"


@dataclass(kw_only=True, slots=True)
class Target:
    """What is known of one target."""

    object_id: int
    class_id: int
    motion: Motion
    detector_box: tuple[float, ...]
    confidence: float = 1.0
    state: State = State.TENTATIVE
    age: int = 0
    missed: int = 0
    detection: int | None = None
    unreported: list[PastFrame] = field(default_factory=list)
    way: deque[PastFrame] = field(default_factory=lambda: deque(maxlen=_LONGEST_WAY))

    def box(self, settings: TrackerSettings) -> tuple[float, float, float, float]:
        """Give left, top, width, height: the detector's without an estimator, else the filter's."""
        plain = settings.estimator == 0 and self.detection is not None
        left, top, width, height = self.detector_box if plain else self.motion.box.tolist()
        return left, top, width, height

    def expected(self, settings: TrackerSettings) -> npt.NDArray[np.float32]:
        """Give the box where the target should be now."""
        if settings.use_prediction and settings.estimator:
            return self.motion.box
        return np.array(self.detector_box, np.float32)

    def take(self, box: npt.NDArray[np.float32], detection: int) -> None:
        """Take a detection as this target's."""
        self.motion.correct(box)
        self.detector_box = tuple(box.tolist())
        self.detection = detection
        self.confidence = 1.0

    def judge(self, frame: int, settings: TrackerSettings) -> Past | None:
        """Move to the next state; gives the unreported frames when the target becomes active."""
        found = self.detection is not None
        self.missed = 0 if found else self.missed + 1
        note = PastFrame(frame=frame, box=self.box(settings), confidence=self.confidence, age=self.age)
        if settings.output_terminated or settings.output_shadow:
            self.way.append(note)
        if found and (self.state is not State.TENTATIVE or self.age >= settings.probation_age):
            self.state = State.ACTIVE
            frames, self.unreported = tuple(self.unreported), []
            return Past(object_id=self.object_id, class_id=self.class_id, frames=frames) if frames else None
        if self.state is not State.TENTATIVE:
            self.state = State.SHADOW
        self.unreported.append(note)
        return None

    def is_over(self, settings: TrackerSettings) -> bool:
        """Whether the target was away for too long."""
        if self.state is State.TENTATIVE:
            return self.missed > 0 and self.missed >= settings.early_termination_age
        return self.missed > settings.max_shadow_age


def ways(targets: Sequence[Target], state: State | None = None) -> tuple[Past, ...]:
    """Give the whole way of each target, or of those in a state."""
    return tuple(
        Past(object_id=target.object_id, class_id=target.class_id, frames=tuple(target.way))
        for target in targets
        if state is None or target.state is state
    )
