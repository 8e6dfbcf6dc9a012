"""A program's event messages as JSON in DeepStream's schemas: the full one, and the minimal one with a line per object.

Members and their order are those of NVIDIA's published converter (DeepStream 9.1); `pose`, `embedding` and the
extended objects' masks, which the bindings cannot fill in, are left out. NVIDIA's text is indented, this one is not.
"""

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

import pyds

from simulator.messages.locations import Part, Places

KINDS = {0: "vehicle", 1: "person", 2: "face", 6: "vehicle", 7: "person", 8: "face"}
"""The sub object that NvDsObjectType chooses in the full schema."""
MINIMAL_NAMES = {0: "Vehicle", 1: "Person", 2: "Face", 3: "Bag", 4: "Bicycle", 5: "RoadSign", 257: "Custom"}
UNKNOWN = 258
EVENTS = {0: "entry", 1: "exit", 2: "moving", 3: "stopped", 4: "empty", 5: "parked", 6: "reset"}
ENTRY, EXIT, MOVING, STOPPED, EMPTY, PARKED = range(6)
CLASSES = {
    0: "NvDsVehicleObject",
    1: "NvDsPersonObject",
    2: "NvDsFaceObject",
    6: "NvDsVehicleObjectExt",
    7: "NvDsPersonObjectExt",
    8: "NvDsFaceObjectWithExt",
}
FULL_DETAILS = {
    "vehicle": ("type", "make", "model", "color", "licenseState", "license"),
    "person": ("age", "gender", "hair", "cap", "apparel"),
    "face": ("age", "gender", "hair", "cap", "glasses", "facialhair", "name", "eyecolor"),
}
LINE_DETAILS = {
    "vehicle": ("type", "make", "model", "color", "license", "licenseState"),
    "person": ("gender", "age", "hair", "cap", "apparel"),
    # NVIDIA's line has an empty field before the colour of the eyes.
    "face": ("gender", "age", "hair", "cap", "glasses", "facialhair", "name", "", "eyecolor"),
}
ATTRIBUTES = {"licenseState": "region"}
"""Members that are called otherwise in the structure."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """What a program's NvDsEventMsgMeta says; boxes in pixels, `details` None where nothing is attached."""

    kind: int
    object_kind: int
    box: tuple[float, float, float, float]
    tracking_id: int
    name: str = ""
    frame: int = 0
    sensor: int = 0
    place: int = 0
    module: int = 0
    sensor_name: str = ""
    time: str = ""
    confidence: float = 0.0
    video: str = ""
    location: tuple[float, float, float] = (0.0, 0.0, 0.0)
    coordinate: tuple[float, float, float] = (0.0, 0.0, 0.0)
    details: Mapping[str, Any] | None = field(default=None)


def text_at(value: Any) -> str:
    """A text from a C string's address, or as it is."""
    if isinstance(value, int):
        return str(pyds.get_string(value)) if value else ""
    return "" if value is None else str(value)


def now() -> str:
    """The time as NVIDIA writes it: UTC with milliseconds."""
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def event_of(meta: Any) -> Event:
    """Read a program's NvDsEventMsgMeta."""
    object_kind = meta.objType.value
    return Event(
        kind=meta.type.value,
        object_kind=object_kind,
        box=(meta.bbox.left, meta.bbox.top, meta.bbox.width, meta.bbox.height),
        tracking_id=meta.trackingId,
        name=text_at(meta.objectId),
        frame=meta.frameId,
        sensor=meta.sensorId,
        place=meta.placeId,
        module=meta.moduleId,
        sensor_name=text_at(meta.sensorStr),
        time=text_at(meta.ts),
        confidence=meta.confidence,
        video=text_at(meta.videoPath),
        location=(meta.location.lat, meta.location.lon, meta.location.alt),
        coordinate=(meta.coordinate.x, meta.coordinate.y, meta.coordinate.z),
        details=_details(object_kind, meta),
    )


def _details(object_kind: int, meta: Any) -> dict[str, Any] | None:
    if object_kind not in CLASSES or meta.extMsg is None or not meta.extMsgSize:
        return None
    thing = getattr(pyds, CLASSES[object_kind]).cast(meta.extMsg)
    return {
        name: thing.age if name == "age" else text_at(getattr(thing, ATTRIBUTES.get(name, name)))
        for name in FULL_DETAILS[KINDS[object_kind]]
    }


def full(event: Event, places: Places) -> str:
    """One message in the full schema."""
    return message(
        time=event.time,
        place=places.place(event.place, *_inner_place(event)),
        sensor=places.sensor(event.sensor),
        module=places.module(event.module),
        thing=_object(event),
        event=EVENTS.get(event.kind),
        video=event.video,
    )


def message(  # noqa: PLR0913 # the members of a message
    *,
    time: str,
    place: Part | None,
    sensor: Part | None,
    module: Part | None,
    thing: Part,
    event: str | None,
    video: str = "",
) -> str:
    """The full schema's members in their order; an event type of None is left out."""
    happened = {"id": str(uuid.uuid4()), **({} if event is None else {"type": event})}
    members = {
        "messageid": str(uuid.uuid4()),
        "mdsversion": "1.0",
        "@timestamp": time,
        "place": place,
        "sensor": sensor,
        "analyticsModule": module,
        "object": thing,
        "event": happened,
        "videoPath": video,
    }
    return json.dumps(members)


def thing_of(tracking_id: int, name: str, details: Part | None, box: tuple[float, float, float, float]) -> Part:
    """The member `object` up to its box; the sub object is left out where `details` is None."""
    left, top, width, height = box
    return {
        "id": str(tracking_id),
        "speed": 0.0,
        "direction": 0.0,
        "orientation": 0.0,
        **({} if details is None else {name: details}),
        "bbox": {
            "topleftx": int(left),
            "toplefty": int(top),
            "bottomrightx": int(left + width),
            "bottomrighty": int(top + height),
        },
    }


def _object(event: Event) -> Part:
    return {
        **thing_of(event.tracking_id, *_sub_object(event), event.box),
        "location": dict(zip(("lat", "lon", "alt"), event.location, strict=True)),
        "coordinate": dict(zip(("x", "y", "z"), event.coordinate, strict=True)),
    }


def _sub_object(event: Event) -> tuple[str, Part | None]:
    """The name of an object's details, and the details; an object without details has empty ones."""
    kind = KINDS.get(event.object_kind)
    if kind is None:
        return event.name, {} if event.object_kind == UNKNOWN and event.name else None
    if event.details is None:
        empty = {name: 0 if name == "age" else "" for name in FULL_DETAILS[kind]}
        return kind, {**empty, "confidence": 1.0}
    return kind, {**event.details, "confidence": event.confidence}


def _inner_place(event: Event) -> tuple[str, tuple[str, str, str]]:
    """Which part of the place an event is about, and the names of its fields."""
    if event.kind in (EMPTY, PARKED):
        return "parkingSpot", ("id", "type", "level")
    if event.kind in (MOVING, STOPPED) or (event.kind in (ENTRY, EXIT) and event.object_kind == 0):
        return "aisle", ("id", "name", "level")
    return "entrance" if event.kind in (ENTRY, EXIT) else "", ("name", "lane", "level")


def minimal(events: Sequence[Event], places: Places | None) -> str:
    """One message in the minimal schema for all events of a frame; `places` is None without a configuration."""
    first = events[0]
    sensor = first.sensor_name or "0"
    if not first.sensor_name and places is not None:
        sensor = (places.sensor(first.sensor) or {}).get("id", "")
    return frame_message(first.frame, first.time, sensor, [_line(event) for event in events])


def frame_message(frame: int, time: str, sensor: str, lines: Sequence[str]) -> str:
    """The minimal schema's members in their order."""
    members = {"version": "4.0", "id": str(frame), "@timestamp": time, "sensorId": sensor, "objects": lines}
    return json.dumps(members)


def line(tracking_id: int, box: tuple[float, float, float, float], name: str) -> str:
    """The beginning of an object's line: id, edges in pixels with six digits, name."""
    left, top, width, height = box
    return "|".join((str(tracking_id), *(f"{edge:g}" for edge in (left, top, left + width, top + height)), name))


def _line(event: Event) -> str:
    name = MINIMAL_NAMES.get(event.object_kind) or (event.object_kind == UNKNOWN and event.name) or "Unknown"
    begun = line(event.tracking_id, event.box, name)
    if event.details is None:
        return f"{begun}|#|||||||{event.confidence:g}"
    details = [str(event.details.get(name, "")) for name in LINE_DETAILS[KINDS[event.object_kind]]]
    return "|".join((begun, "#", *details, f"{event.confidence:g}"))
