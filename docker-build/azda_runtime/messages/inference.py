"""Inferences as the messages that leave the module: schema version 0.1, `schemas/inference-message-0.1.json`."""

import itertools
import json
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta, timezone
from random import Random
from typing import Any

from azda_runtime.messages.detections import Classification, SeenFrame, SeenObject, Segmentation
from azda_runtime.settings import Pipeline

SCHEMA_VERSION = "0.1"

# IoT Hub takes 256 KiB with the properties around the body.
LARGEST_MESSAGE = 240 * 1024

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
# What parsers say has been through JSON before, so nothing in a message leads back to itself.
_encode = json.JSONEncoder(allow_nan=False, check_circular=False, separators=(",", ":")).encode
_END = "]}"  # of a message and of an inference: what they hold many of comes last
_DIGITS = 6
_NANOSECONDS = 1_000_000_000
_NO_TRACK = -1
# What is random in a UUID, and what its other bits say: version 4, variant 10.
_RANDOM = 0xFFFFFFFF_FFFF_0FFF_3FFF_FFFFFFFFFFFF
_VERSION_4 = 0x00000000_0000_4000_8000_000000000000


class Messenger:
    """Makes a pipeline's messages.

    Args:
        pipeline: Names its id, its frame size and its regions of interest.
        new_id: Makes the id of a detection; default: random UUIDs.
    """

    def __init__(self, pipeline: Pipeline, *, new_id: Callable[[], str] | None = None) -> None:
        self._id = pipeline.id
        self._size = (float(pipeline.frame.width), float(pipeline.frame.height))
        self._new_id = new_id or new_ids()
        self._regions = [
            {
                "sensor": stream.sensor.name,
                "label": region.label,
                "color": region.color,
                "coordinates": [list(point) for point in region.points],
            }
            for stream in pipeline.streams
            for region in stream.sensor.regions
        ]

    def messages(self, frames: Iterable[SeenFrame]) -> Iterator[str]:
        """The JSON messages about frames: one, or several where one would exceed IoT Hub's limit."""
        yield from self._packed([inference for frame in frames for inference in self._inferences(frame)])

    def _packed(self, inferences: Sequence[dict[str, Any]]) -> Iterator[str]:
        if not inferences:
            return
        text = _encode(self._message(inferences))
        if len(text) <= LARGEST_MESSAGE:
            yield text
        else:
            yield from self._divided(inferences)

    def _divided(self, inferences: Sequence[dict[str, Any]]) -> Iterator[str]:
        """Messages for what one cannot hold: halves, and halves of those. Each part is encoded once."""
        head = _encode(self._message([])).removesuffix(_END)
        texts = [_encode(inference) for inference in inferences]
        room = LARGEST_MESSAGE - len(head) - len(_END)
        for part in _halves(texts, room):
            if len(part) > 1 or len(texts[part.start]) <= room:
                yield f"{head}{','.join(texts[part.start : part.stop])}{_END}"
                continue
            inference = inferences[part.start]
            # One detection cannot be divided; parsers' messages are limited where they arise.
            detections = [_encode(detection) for detection in inference["detections"]]
            start = head + _encode({**inference, "detections": []}).removesuffix(_END)
            for few in _halves(detections, LARGEST_MESSAGE - len(start) - 2 * len(_END)):
                yield f"{start}{','.join(detections[few.start : few.stop])}{_END}{_END}"

    def _message(self, inferences: Sequence[dict[str, Any]]) -> dict[str, Any]:
        return {
            "schemaVersion": SCHEMA_VERSION,
            "events": [],
            "regionsOfInterest": self._regions,
            "inferences": inferences,
        }

    def _inferences(self, frame: SeenFrame) -> Iterator[dict[str, Any]]:
        source = {
            "id": frame.sensor,
            "timestamp": timestamp(frame.time),
            "width": frame.width,
            "height": frame.height,
            "frameId": frame.number,
        }
        if frame.video_time is not None:
            source["videoTime"] = round(frame.video_time / _NANOSECONDS, _DIGITS)
        if frame.custom is not None:
            yield {"type": "custom", "id": self._id, "sourceInfo": source, "detections": [frame.custom]}
        if frame.segmentation is not None:
            reported = _segmentation(frame.segmentation)
            yield {"type": "segmentation", "id": self._id, "sourceInfo": source, "detections": [reported]}
        detections = [self._detection(seen) for seen in frame.objects]
        yield {"type": "detection", "id": self._id, "sourceInfo": source, "detections": detections}

    def _detection(self, seen: SeenObject) -> dict[str, Any]:
        detection: dict[str, Any] = {
            "id": self._new_id(),
            "classId": seen.class_id,
            "label": seen.label,
            "confidence": _finite(seen.confidence),
            "rect": _rect(seen.box, self._size),
            "unique_component_id": seen.component_id,
            "tracking_id": _NO_TRACK if seen.tracking_id is None else seen.tracking_id,
        }
        if seen.classifications:
            detection["classifications"] = [_classification(c) for c in seen.classifications]
        if seen.custom_info is not None:
            detection["customInfo"] = seen.custom_info
        return detection


def _halves(texts: Sequence[str], room: int) -> Iterator[range]:
    """Divide texts by halves until each part fits, with commas between, or is a single one."""
    sums = list(itertools.accumulate((len(text) + 1 for text in texts), initial=0))
    waiting = [range(len(texts))]
    while waiting:
        part = waiting.pop()
        if len(part) > 1 and sums[part.stop] - sums[part.start] - 1 > room:
            middle = part.start + len(part) // 2
            waiting += [range(middle, part.stop), range(part.start, middle)]
        elif part:
            yield part


def new_ids(seed: str | None = None) -> Callable[[], str]:
    """Random UUIDs (RFC 9562, version 4) from a generator that is seeded once.

    Asking the system for each, or writing them by `uuid.UUID`, costs as much as the rest of a detection.

    Args:
        seed: The same text gives the same ids; None for those of nobody else.
    """
    bits = Random(seed).getrandbits  # noqa: S311 # an id is not a secret

    def make() -> str:
        digits = f"{bits(128) & _RANDOM | _VERSION_4:032x}"
        return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"

    return make


def timestamp(time: int) -> str:
    """A time in nanoseconds since 1970 as RFC 3339 text in UTC with milliseconds."""
    moment = _EPOCH + timedelta(microseconds=time // 1000)
    return f"{moment.isoformat(timespec='milliseconds')[:23]}Z"  # without the offset, which is +00:00


def _rect(box: Sequence[float], size: tuple[float, float]) -> list[float]:
    left, top, width, height = box
    if not math.isfinite(left + top + width + height):
        left, top, width, height = (value if math.isfinite(value) else 0.0 for value in box)
    x0, x1 = _clipped(left / size[0]), _clipped((left + width) / size[0])
    y0, y1 = _clipped(top / size[1]), _clipped((top + height) / size[1])
    return [_rounded(x0), _rounded(y0), _rounded(_clipped(x1 - x0)), _rounded(_clipped(y1 - y0))]


def _classification(reported: Classification) -> dict[str, Any]:
    return {
        "classId": reported.class_id,
        "label": reported.label,
        "confidence": _finite(reported.confidence),
        "unique_component_id": reported.component_id,
    }


def _segmentation(reported: Segmentation) -> dict[str, Any]:
    whole = max(1, reported.width * reported.height)
    return {
        "width": reported.width,
        "height": reported.height,
        "classes": [
            {"classId": class_id, "fraction": round(cells / whole, _DIGITS)}
            for class_id, cells in sorted(reported.cells.items())
        ],
        "unique_component_id": reported.component_id,
    }


def _clipped(value: float) -> float:
    return 0.0 if value < 0.0 else min(value, 1.0)


def _rounded(value: float) -> float:
    """A number from 0 to 1 with six digits: `round` takes thrice the time."""
    return int(value * 1e6 + 0.5) / 1e6


def _finite(value: float) -> float:
    return round(value, _DIGITS) if math.isfinite(value) else 0.0
