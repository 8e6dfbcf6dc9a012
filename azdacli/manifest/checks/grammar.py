"""Small checks that combine to describe the shape of a JSON document."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from azdacli.manifest.problems import Path, Problem
from azdacli.manifest.rules import found

Check = Callable[[Path, Any], Iterator[Problem]]
_LONGEST_SHOWN = 20  # every word of the schema is shorter


def text(path: Path, value: Any) -> Iterator[Problem]:
    """Any text."""
    if not isinstance(value, str):
        yield _type(path, "text", value)


def anything(path: Path, value: Any) -> Iterator[Problem]:  # noqa: ARG001 # the signature is Check's
    """Any JSON value."""
    yield from ()


def json_object(path: Path, value: Any) -> Iterator[Problem]:
    """Any object."""
    if not isinstance(value, Mapping):
        yield _type(path, "an object", value)


def scalar(path: Path, value: Any) -> Iterator[Problem]:
    """A text, number or truth value."""
    if not isinstance(value, str | int | float):
        yield _type(path, "text, a number or true/false", value)


def choice(*allowed: str) -> Check:
    """One of some words."""

    def check(path: Path, value: Any) -> Iterator[Problem]:
        if value not in allowed or not isinstance(value, str):
            yield found("shape", path, f"must be one of {', '.join(allowed)}, not {shown(value)}")

    return check


def whole(lowest: int, highest: int) -> Check:
    """A whole number between two bounds, both included."""

    def check(path: Path, value: Any) -> Iterator[Problem]:
        if isinstance(value, bool) or not isinstance(value, int):
            yield _type(path, "a whole number", value)
        elif not lowest <= value <= highest:
            yield found("shape", path, f"must be between {lowest} and {highest}, not {value}")

    return check


def record(required: Mapping[str, Check], optional: Mapping[str, Check]) -> Check:
    """An object with exactly these keys."""

    def check(path: Path, value: Any) -> Iterator[Problem]:
        if not isinstance(value, Mapping):
            yield _type(path, "an object", value)
            return
        for key in required:
            if key not in value:
                yield found("shape", path, f"has no '{key}'")
        for key, part in value.items():
            known = required.get(key) or optional.get(key)
            if known is None:
                known_keys = ", ".join([*required, *optional])
                yield found("shape", (*path, key), "is a key that is not read here", f"Known keys: {known_keys}.")
            else:
                yield from known((*path, key), part)

    return check


def names(pattern: re.Pattern[str], rule: str, sentence: str, part: Check) -> Check:
    """An object whose keys are names of one form, with the same check for every value."""

    def check(path: Path, value: Any) -> Iterator[Problem]:
        if not isinstance(value, Mapping):
            yield _type(path, "an object", value)
            return
        for key, item in value.items():
            if not pattern.fullmatch(key):
                yield found(rule, (*path, key), sentence.format(name=key))
            yield from part((*path, key), item)

    return check


def shown(value: Any) -> str:
    """Name a value's kind, and nothing of a long one: it may be anything."""
    if isinstance(value, str):
        return f"'{value}'" if len(value) <= _LONGEST_SHOWN else "this text"
    return {bool: str(value).lower(), type(None): "null", list: "a list", dict: "an object"}.get(
        type(value), str(value)
    )


def _type(path: Path, wanted: str, value: Any) -> Problem:
    kind = {str: "text", bool: "true/false", type(None): "null", list: "a list", dict: "an object"}
    return found("shape", path, f"must be {wanted}, not {kind.get(type(value), 'a number')}")
