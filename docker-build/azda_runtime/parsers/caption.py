"""A parser's message as a line in the video."""

import json
from typing import Any

_DIGITS = 4
_ELLIPSIS = "…"


def caption(message: Any, limit: int) -> str:
    """What is written of a message: text as it is, a dictionary as its names and values.

    Args:
        message: Plain JSON data.
        limit: Most characters of it.

    Returns:
        The line; empty for nothing. Half a surrogate pair, which JSON may hold, is not text for the bindings.
    """
    line = " ".join(_line(message).split())
    line = line if len(line) <= limit else f"{line[: limit - 1]}{_ELLIPSIS}"
    return line.encode("utf-8", "replace").decode("utf-8")


def _line(message: Any) -> str:
    if isinstance(message, dict):
        return ", ".join(f"{name}: {_value(value)}" for name, value in message.items() if value not in (None, ""))
    return "" if message is None else _value(message)


def _value(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        return f"{value:.{_DIGITS}g}"
    if isinstance(value, list):
        return " ".join(_value(each) for each in value)
    return json.dumps(value, ensure_ascii=False)
