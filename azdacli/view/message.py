"""Messages of the output `inference`, as the page needs them: read, and refused where a part is not what it has to be.

The schema is `docker-build/azda_runtime/schemas/inference-message-0.1.json`; what is checked here is what is drawn.
"""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from azdacli.view.clips import Form

_DETECTION = "detection"


def message_of(line: bytes, form: Form) -> tuple[float, dict[str, Any]] | None:
    """Read a line.

    Args:
        line: A line of the file.
        form: How messages stand in it.

    Returns:
        The time of the message's frame in the video, in seconds, and the message; None for an empty line, and in a
        sidecar for the lines around the messages.

    Raises:
        ValueError: It is no message.
    """
    text = line.strip()
    if not text or (form is Form.SIDECAR and _is_frame(text)):
        return None
    try:
        read = json.loads(text.rstrip(b",") if form is Form.SIDECAR else text, parse_constant=_refuse)
        message = read["message"] if form is Form.SIDECAR else read
        time = read["offset"] if form is Form.SIDECAR else message["inferences"][0]["sourceInfo"].get("videoTime", 0)
        _check(message)
        if not _is_number(time) or time < 0:
            raise ValueError("its time is no time")
        return float(time), message
    except (KeyError, IndexError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise ValueError("it is no message") from error


def objects_of(message: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """The detections of a message by sensor; a sensor without any has an empty list."""
    found: dict[str, list[dict[str, Any]]] = {}
    for inference in message["inferences"]:
        own = found.setdefault(inference["sourceInfo"]["id"], [])
        if inference["type"] == _DETECTION:
            own += inference["detections"]
    return found


def _is_frame(text: bytes) -> bool:
    """The first and the last line of a sidecar, whose messages have a line each."""
    return text == b"]}" or (text.startswith(b"{") and text.endswith(b"["))


def _check(message: Any) -> None:
    for inference in message["inferences"]:
        own = (inference["sourceInfo"]["id"], inference["type"])
        if not all(isinstance(each, str) for each in own) or not isinstance(inference["detections"], list):
            raise TypeError
        for each in inference["detections"] if inference["type"] == _DETECTION else ():
            numbers = (*each["rect"], each["confidence"], each["tracking_id"])
            if not isinstance(each["label"], str) or len(numbers) != 6 or not all(map(_is_number, numbers)):  # noqa: PLR2004 # the rectangle has four
                raise TypeError
    for region in message["regionsOfInterest"]:
        if not all(isinstance(region[key], str) for key in ("sensor", "label", "color")) or not region["coordinates"]:
            raise TypeError
        if not all(_is_pair(corner) for corner in region["coordinates"]):
            raise TypeError


def _is_pair(corner: Sequence[Any]) -> bool:
    return len(corner) == 2 and all(map(_is_number, corner))  # noqa: PLR2004 # x and y


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
