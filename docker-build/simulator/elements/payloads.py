"""Event messages as JSON in DeepStream's schemas: the full one, and the minimal one with a line per object.

The field names are those of NVIDIA's documentation of nvmsgconv's payloads.
"""

import json
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

import pyds

Groups = Mapping[str, Mapping[str, str]]
KINDS = {0: "vehicle", 1: "person", 2: "face", 3: "bag", 4: "bicycle", 5: "roadsign"}
EVENTS = {0: "entry", 1: "exit", 2: "moving", 3: "stopped", 4: "empty", 5: "parked", 6: "reset"}
CLASSES = {0: "NvDsVehicleObject", 1: "NvDsPersonObject", 2: "NvDsFaceObject"}
DETAILS = {
    0: ("type", "make", "model", "color", "license", "region"),
    1: ("age", "gender", "hair", "cap", "apparel"),
    2: ("age", "gender", "hair", "cap", "glasses", "facialhair", "name", "eyecolor"),
}
_NUMBERS = frozenset({"age"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """What a message says about one object; boxes in pixels, times as RFC 3339 text."""

    kind: int
    object_kind: int
    box: tuple[float, float, float, float]
    tracking_id: int
    class_id: int = 0
    label: str = ""
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
    details: Mapping[str, Any] = field(default_factory=dict)


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
        class_id=meta.objClassId,
        label=text_at(meta.objectId),
        frame=meta.frameId,
        sensor=meta.sensorId,
        place=meta.placeId,
        module=meta.moduleId,
        sensor_name=text_at(meta.sensorStr),
        time=text_at(meta.ts) or now(),
        confidence=meta.confidence,
        video=text_at(meta.videoPath),
        location=(meta.location.lat, meta.location.lon, meta.location.alt),
        coordinate=(meta.coordinate.x, meta.coordinate.y, meta.coordinate.z),
        details=_details(object_kind, meta),
    )


def _details(kind: int, meta: Any) -> dict[str, Any]:
    if kind not in CLASSES or meta.extMsg is None or not meta.extMsgSize:
        return {}
    thing = getattr(pyds, CLASSES[kind]).cast(meta.extMsg)
    return {name: getattr(thing, name) if name in _NUMBERS else text_at(getattr(thing, name)) for name in DETAILS[kind]}


def full(event: Event, groups: Groups) -> str:
    """One message in the full schema."""
    kind = KINDS.get(event.object_kind, "unknown")
    left, top, width, height = event.box
    message = {
        "messageid": str(uuid.uuid4()),
        "mdsversion": "1.0",
        "@timestamp": event.time,
        "place": _place(groups.get(f"place{event.place}", {})),
        "sensor": _sensor(groups.get(f"sensor{event.sensor}", {}), event),
        "analyticsModule": _named(
            groups.get(f"analytics{event.module}", {}), ("id", "description", "source", "version")
        ),
        "object": {
            "id": str(event.tracking_id),
            "speed": 0,
            "direction": 0,
            "orientation": 0,
            kind: {**event.details, "confidence": event.confidence},
            "bbox": {
                "topleftx": int(left),
                "toplefty": int(top),
                "bottomrightx": int(left + width),
                "bottomrighty": int(top + height),
            },
            "location": dict(zip(("lat", "lon", "alt"), event.location, strict=True)),
            "coordinate": dict(zip(("x", "y", "z"), event.coordinate, strict=True)),
        },
        "event": {"id": str(uuid.uuid4()), "type": EVENTS.get(event.kind, "custom")},
        "videoPath": event.video,
    }
    return json.dumps(message)


def minimal(events: Iterable[Event], groups: Groups) -> str:
    """One message in the minimal schema for all events of a frame."""
    events = tuple(events)
    first = events[0]
    sensor = groups.get(f"sensor{first.sensor}", {}).get("id") or first.sensor_name or str(first.sensor)
    message = {
        "version": "4.0",
        "id": str(first.frame),
        "@timestamp": first.time,
        "sensorId": sensor,
        "objects": [_line(event) for event in events],
    }
    return json.dumps(message)


def _line(event: Event) -> str:
    left, top, width, height = event.box
    kind = KINDS.get(event.object_kind) or event.label or str(event.class_id)
    parts = [str(event.tracking_id), *(f"{value:g}" for value in (left, top, left + width, top + height)), kind]
    if event.details:
        parts += ["#", *(str(value) for value in event.details.values()), f"{event.confidence:g}"]
    return "|".join(parts)


def _named(group: Mapping[str, str], names: Iterable[str]) -> dict[str, str]:
    return {name: group.get(name, "") for name in names}


def _numbers(text: str, names: tuple[str, ...]) -> dict[str, float]:
    values = [float(part) for part in text.split(";") if part.strip()]
    return dict(zip(names, [*values, 0.0, 0.0, 0.0], strict=False))


def _place(group: Mapping[str, str]) -> dict[str, Any]:
    where = _numbers(group.get("location", ""), ("lat", "lon", "alt"))
    return {**_named(group, ("id", "name", "type")), "location": where}


def _sensor(group: Mapping[str, str], event: Event) -> dict[str, Any]:
    plain = _named(group, ("id", "type", "description"))
    plain["id"] = plain["id"] or event.sensor_name
    return {
        **plain,
        "location": _numbers(group.get("location", ""), ("lat", "lon", "alt")),
        "coordinate": _numbers(group.get("coordinate", ""), ("x", "y", "z")),
    }
