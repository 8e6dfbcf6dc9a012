"""Makes a state fit the reported properties of a twin.

The limits are edgeHub's own (``ReportedPropertiesValidator.cs``), which it takes from IoT Hub: 32 KiB in all, ten
levels, names without blanks, control characters, ``.``, ``$`` and ``#``, texts of 4 KiB, whole numbers of 52 bits, no
null in lists.
"""

import json
import math
from collections.abc import Mapping
from typing import Any

# Two less than the hub's 32: it counts the JSON of its own making.
MOST_BYTES = 30 * 1024

_LONGEST_TEXT = 4096
_LONGEST_NAME = 256
_DEEPEST = 9
_INTEGERS = 2**52
_REDUCED = "reduced"
_SENTENCE = "The state is longer than a twin may be: long texts and lists are cut, the largest members left out."

# Longest text in bytes and longest list, tried one after the other.
_STEPS = ((_LONGEST_TEXT, 1000), (1000, 100), (300, 20), (100, 5))


def fitted(state: Mapping[str, Any]) -> dict[str, Any]:
    """A state as a twin can show it; where something had to go, the member ``reduced`` says so.

    Args:
        state: Anything; what is not plain data is shown as its text. Members that are None are left out.
    """
    result: dict[str, Any] = {}
    for step, (longest_text, longest_list) in enumerate(_STEPS):
        result = _object(state, 0, longest_text, longest_list)
        if step:
            result[_REDUCED] = _SENTENCE
        if length(result) <= MOST_BYTES:
            return result
    return _without_the_largest(result)


def length(value: object) -> int:
    """Bytes of a value as compact JSON in UTF-8."""
    return len(_json(value).encode())


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _without_the_largest(state: dict[str, Any]) -> dict[str, Any]:
    for name in sorted(state, key=lambda n: -length(state[n])):
        if name != _REDUCED:
            state[name] = f"(left out: {length(state[name])} bytes)"
            if length(state) <= MOST_BYTES:
                return state
    return {_REDUCED: _SENTENCE}


def _object(value: Mapping[Any, Any], depth: int, text: int, items: int) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, member in value.items():
        if member is None:
            continue
        name = _name(str(key))
        while name in result:
            name += "_"
        result[name] = _value(member, depth + 1, text, items)
    return result


def _name(name: str) -> str:
    allowed = "".join("_" if c in ".$#" or c.isspace() or not c.isprintable() else c for c in name)
    return allowed.encode()[:_LONGEST_NAME].decode(errors="ignore") or "_"


def _value(value: object, depth: int, text: int, items: int) -> Any:  # noqa: PLR0911 # a kind of value a line
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if -_INTEGERS <= value < _INTEGERS else f"{value:.17e}"
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, str):
        return _cut(value, text)
    if isinstance(value, Mapping) and depth <= _DEEPEST:
        return _object(value, depth, text, items)
    if isinstance(value, list | tuple) and depth <= _DEEPEST:
        return [_value(item, depth + 1, text, items) for item in value[:items] if item is not None]
    return _cut(str(value), text)


def _cut(value: str, longest: int) -> str:
    data = value.encode("utf-8", "backslashreplace")
    if len(data) <= longest:
        return data.decode()
    return data[: longest - 3].decode(errors="ignore") + "…"
