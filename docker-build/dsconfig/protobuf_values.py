"""Single values of protobuf text: the types that a schema names, their bounds, defaults and spellings."""

import math
import re
from collections.abc import Mapping
from typing import Any

from dsconfig.protobuf_text import Kind, Scalar

_INTEGER = re.compile(r"(-?)[ \t]*(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)")
_FLOAT = re.compile(r"(-?)[ \t]*((?:[1-9][0-9]*|0)(?:\.[0-9]*)?|[0-9]+\.[0-9]*|\.[0-9]+)((?:[eE][+-]?[0-9]+)?)[fF]?")
_NOT_FINITE = re.compile(r"(-?)[ \t]*(inf(?:inity)?|nan)f?", re.IGNORECASE)
_BOOLEANS = {
    **dict.fromkeys(("true", "True", "t", "1"), True),
    **dict.fromkeys(("false", "False", "f", "0"), False),
}
_BOUNDS = {
    "int32": (-(2**31), 2**31),
    "int64": (-(2**63), 2**63),
    "uint32": (0, 2**32),
    "uint64": (0, 2**64),
}
DEFAULTS: Mapping[str, Any] = {**dict.fromkeys(_BOUNDS, 0), "float": 0.0, "bool": False, "string": ""}
WANTED = {
    **dict.fromkeys(("int32", "int64"), "an integer"),
    **dict.fromkeys(("uint32", "uint64"), "an integer of 0 or more"),
    "float": "a number",
    "bool": "true or false",
    "string": "a text in quotes",
}


def enumerated(value: Scalar, words: Mapping[str, int]) -> int | None:
    """The number of an enumeration's word, or any number; None for anything else."""
    if value.kind is Kind.WORD:
        return words.get(value.text)
    return _integer(value.text, *_BOUNDS["int32"]) if value.kind is Kind.NUMBER else None


def converted(value: Scalar, kind: str) -> Any:
    """A value of a scalar type; None when it is not of that type."""
    if kind == "string":
        return value.text if value.kind is Kind.STRING else None
    if value.kind is Kind.STRING:
        return None
    if kind == "bool":
        return _BOOLEANS.get(value.text)
    return _float(value.text) if kind == "float" else _integer(value.text, *_BOUNDS[kind])


def _integer(text: str, low: int, high: int) -> int | None:
    found = _INTEGER.fullmatch(text)
    if not found:
        return None
    digits = found[2]
    octal = digits.startswith("0") and digits.isdigit()
    value = int(digits, 8) if octal else int(digits, 0)
    value = -value if found[1] else value
    return value if low <= value < high else None


def _float(text: str) -> float | None:
    if found := _NOT_FINITE.fullmatch(text):
        value = math.nan if found[2].lower() == "nan" else math.inf
        return -value if found[1] else value
    found = _FLOAT.fullmatch(text)
    return float(f"{found[1]}{found[2]}{found[3]}") if found else None
