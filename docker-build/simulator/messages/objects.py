"""nvmsgconv's new interface: messages from the objects of a frame themselves, without event metadata."""

from collections.abc import Iterator
from typing import Any

from pyds import _simulator as sim

from simulator.messages.events import frame_message, line, message, now, thing_of
from simulator.messages.locations import Places

Box = tuple[float, float, float, float]


def full(frame: Any, places: Places) -> Iterator[str]:
    """One message in the full schema for each object of a frame; its source's number names place and sensor."""
    source = frame.source_id
    for obj in sim.items(frame.obj_meta_list):
        details = {"confidence": obj.confidence, **{kind: label for kind, label in _labels(obj) if kind}}
        thing = {**thing_of(obj.object_id, obj.obj_label, details, _box(obj)), "location": {}, "coordinate": {}}
        yield message(
            time=now(),
            place=places.place(source, "place-sub-field", ("id", "name", "level")),
            sensor=places.sensor(source),
            module=places.module(source),
            thing=thing,
            event="",
        )


def minimal(frame: Any, places: Places | None) -> str:
    """One message in the minimal schema with a line per object; one without lines for a frame without objects."""
    sensor = places.sensors.get(frame.source_id, {}).get("id", "0") if places is not None else "0"
    return frame_message(frame.frame_num, now(), sensor, [_line(obj) for obj in sim.items(frame.obj_meta_list)])


def _line(obj: Any) -> str:
    begun = line(obj.object_id, _box(obj), obj.obj_label)
    if obj.classifier_meta_list is None:
        return begun
    return "|".join((begun, "#", *(label for _, label in _labels(obj)), f"{obj.confidence:g}"))


def _box(obj: Any) -> Box:
    box = obj.rect_params
    return box.left, box.top, box.width, box.height


def _labels(obj: Any) -> Iterator[tuple[str, str]]:
    """Each label of an object's classifiers, with the classifier's type."""
    for classifier in sim.items(obj.classifier_meta_list):
        for label in sim.items(classifier.label_info_list):
            yield classifier._classifier_type or "", label.result_label  # the bindings do not show it
