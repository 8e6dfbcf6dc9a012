"""The JSON beside a video: one document with the inference messages of its span.

    {"schemaVersion": "0.1", "pipeline": "People", "video": "….mp4", "start": "2026-11-22T23:05:01.123Z", "messages": [
    {"offset": 0.033333, "message": {…as it went to the hub…}},
    …
    ]}

``offset`` is the position in the video, in seconds, of the frame that the message is about. Each message has a line of
its own, so that what a crash leaves can be made whole again.
"""

import json
from collections import deque

from azda_runtime.messages.inference import SCHEMA_VERSION, timestamp

_SECOND = 1_000_000_000
_TAIL = "\n]}\n"
_MOST_WAITING = 4096
# Timestamps of one frame may differ by a rounding.
TOLERANCE = 1_000_000


def head(pipeline: str, video: str, start: int) -> str:
    """The document's first line.

    Args:
        pipeline: Its id.
        video: The video's file name.
        start: When its first frame came, in nanoseconds since 1970.
    """
    about = {"schemaVersion": SCHEMA_VERSION, "pipeline": pipeline, "video": video, "start": timestamp(start)}
    return json.dumps(about)[:-1] + ', "messages": ['


def entry(offset: int, message: str, *, first: bool) -> str:
    """A message with its place in the video, in nanoseconds."""
    text = message.replace("\n", " ").replace("\r", " ")  # JSON has line ends between its tokens alone
    return f'{"" if first else ","}\n{{"offset": {max(0, offset) / _SECOND:.6f}, "message": {text}}}'


def tail() -> str:
    """What ends the document."""
    return _TAIL


def repaired(text: str) -> str | None:
    """What a crash left as a whole document: lines that were not written to their end are dropped.

    Returns:
        None when not even the first line is there.
    """
    if text.endswith(_TAIL):
        return text
    lines = text.split("\n")
    if not _is_object(f"{lines[0]}]}}"):
        return None
    entries = [line for line in (line.rstrip(",") for line in lines[1:]) if _is_object(line)]
    return lines[0] + ",".join(f"\n{line}" for line in entries) + _TAIL


class Waiting:
    """Messages that wait for the frame they are about; the oldest go when too many wait."""

    def __init__(self) -> None:
        self._messages: deque[tuple[int, str]] = deque(maxlen=_MOST_WAITING)

    def add(self, time: int, message: str) -> None:
        """Keep a message about the frame of a timestamp, in nanoseconds; timestamps only grow."""
        self._messages.append((time, message))

    def until(self, time: int) -> list[tuple[int, str]]:
        """Take out the messages about frames up to a timestamp, that one included."""
        taken = []
        while self._messages and self._messages[0][0] <= time + TOLERANCE:
            taken.append(self._messages.popleft())
        return taken


def _is_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False
