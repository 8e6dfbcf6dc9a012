"""Which frames and objects an element infers on, and when it infers on an object again."""

from dataclasses import dataclass, field

from simulator.inference.geometry import Rectangle
from simulator.inference.postprocess import Attribute
from simulator.inference.settings import FOREVER, InferSettings, NetworkType, ObjectFilter

UNTRACKED = 0xFFFFFFFFFFFFFFFF
"""UNTRACKED_OBJECT_ID."""

_GROWTH = 1.2
"""A classified object is looked at again when its area has grown by a fifth."""
_FORGET_AFTER = 150
_CLEAN_EVERY = 30


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """What decides about an object: fields of its NvDsObjectMeta."""

    object_id: int
    class_id: int
    component_id: int
    rectangle: Rectangle


@dataclass(kw_only=True, slots=True)
class _Seen:
    frame: int
    accessed: int
    area: float
    classified: "Classified" = ((), "")


Classified = tuple[tuple[Attribute, ...], str]
"""The attributes of an object, and what its display text says of them."""


@dataclass(kw_only=True, slots=True)
class ObjectHistory:
    """What was inferred on the tracked objects of one source.

    Entries that were not used for 150 frames are dropped, as nvinfer drops them.
    """

    _seen: dict[int, _Seen] = field(default_factory=dict)
    _cleaned: int = 0

    def wants(self, candidate: Candidate, frame: int, settings: InferSettings) -> bool:
        """Decide whether to infer on an object in this frame, and remember that it was.

        Args:
            candidate: The object.
            frame: The frame's number in its source.
            settings: The element's filters and interval.
        """
        if not eligible(candidate, settings.objects):
            return False
        seen = self._seen.get(candidate.object_id)
        if seen is not None:
            seen.accessed = frame
            if not _again(seen, candidate, frame, settings):
                return False
        if candidate.object_id != UNTRACKED:
            known = seen.classified if seen is not None else ((), "")
            area = candidate.rectangle.width * candidate.rectangle.height
            self._seen[candidate.object_id] = _Seen(frame=frame, accessed=frame, area=area, classified=known)
        self._clean(frame)
        return True

    def store(self, object_id: int, attributes: tuple[Attribute, ...], text: str) -> None:
        """Keep a classification, to be attached in frames in which the object is not inferred on."""
        if object_id in self._seen:
            self._seen[object_id].classified = (attributes, text)

    def known(self, object_id: int) -> Classified:
        """Give the last classification of an object; empty without one."""
        return self._seen[object_id].classified if object_id in self._seen else ((), "")

    def _clean(self, frame: int) -> None:
        if frame - self._cleaned < _CLEAN_EVERY:
            return
        self._cleaned = frame
        for object_id in [key for key, seen in self._seen.items() if frame - seen.accessed > _FORGET_AFTER]:
            del self._seen[object_id]


def eligible(candidate: Candidate, limits: ObjectFilter) -> bool:
    """Whether an object passes the filters by component, class and size."""
    width, height = candidate.rectangle.width, candidate.rectangle.height
    return (
        (limits.component_id < 0 or candidate.component_id == limits.component_id)
        and (not limits.class_ids or candidate.class_id in limits.class_ids)
        and width >= limits.min_width
        and height >= limits.min_height
        and not 0 < limits.max_width < width
        and not 0 < limits.max_height < height
    )


def _again(seen: _Seen, candidate: Candidate, frame: int, settings: InferSettings) -> bool:
    """Apply nvinfer's rules for objects that were inferred on before: they differ by network type."""
    interval = settings.objects.reinfer_interval
    overdue = frame - seen.frame > interval
    if settings.network_type is NetworkType.CLASSIFIER:
        return overdue or candidate.rectangle.width * candidate.rectangle.height > seen.area * _GROWTH
    if settings.network_type is NetworkType.DETECTOR:
        return overdue or interval == FOREVER
    return True


@dataclass(kw_only=True, slots=True)
class IntervalCounter:
    """Skips batches: with an interval of 2 the first, fourth and seventh batch are inferred on."""

    interval: int
    _count: int = 0

    def due(self) -> bool:
        """Count a batch; whether to infer on it."""
        due = self._count % (self.interval + 1) == 0
        self._count += 1
        return due
