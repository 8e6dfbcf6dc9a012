"""What a module twin can hold (IoT Hub's limits, as edgeHub's own validator states them)."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from azdacli.manifest.problems import Path, Problem
from azdacli.manifest.rules import found
from azdacli.manifest.view import AGENT, View

LARGEST_TWIN = 32 * 1024
NEARLY_FULL = 28 * 1024
DEEPEST = 10
LONGEST_KEY = 1024
LONGEST_TEXT = 4096
LARGEST_NUMBER = 2**52

_NUMBER_BYTES = 8
_BOOLEAN_BYTES = 4
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_BAD_IN_KEY = re.compile(r"[.$ \x00-\x1f\x7f-\x9f]")


def check(view: View) -> Iterator[Problem]:
    """Hold every section's desired properties against the limits."""
    for name, path, twin in view.twins():
        yield from _walk(path, twin, 0)
        size = twin_size(twin)
        if size > LARGEST_TWIN:
            yield found("twin-size", path, f"has {size} bytes of at most {LARGEST_TWIN}", _SMALLER[name == AGENT])
        elif size > NEARLY_FULL:
            yield found("twin-nearly-full", path, f"has {size} bytes of {LARGEST_TWIN}", _SMALLER[name == AGENT])


_SMALLER = {
    True: "All modules share it: shorten env and createOptions, or put settings into the modules' own twins.",
    False: "Move what is large into the image or into a file that the module downloads.",
}


def twin_size(value: Any) -> int:
    """The bytes that IoT Hub counts: UTF-8 of keys and texts without control characters, a number 8, true/false 4."""
    if isinstance(value, Mapping):
        return sum(_text_bytes(key) + twin_size(item) for key, item in value.items())
    if isinstance(value, list):
        return sum(twin_size(item) for item in value)
    if isinstance(value, str):
        return _text_bytes(value)
    # A null is not documented; counting it like a truth value errs on the safe side.
    return _BOOLEAN_BYTES if value is None or isinstance(value, bool) else _NUMBER_BYTES


def _text_bytes(text: str) -> int:
    return len(_CONTROL.sub("", text).encode("utf-8", "surrogatepass"))


def _walk(path: Path, value: Any, depth: int) -> Iterator[Problem]:
    if isinstance(value, Mapping | list):
        if depth > DEEPEST:
            yield found("twin-depth", path, f"is more than {DEEPEST} levels deep")
            return
        items = value.items() if isinstance(value, Mapping) else enumerate(value)
        for key, item in items:
            if isinstance(key, str):
                yield from _key((*path, key), key)
            yield from _walk((*path, key), item, depth + 1)
    elif isinstance(value, str):
        yield from _text(path, value)
    elif isinstance(value, int) and not -LARGEST_NUMBER <= value <= LARGEST_NUMBER:
        yield found("twin-number", path, "is outside -2^52 to 2^52", "Write it as text.")


def _key(path: Path, key: str) -> Iterator[Problem]:
    if not key or _BAD_IN_KEY.search(key):
        yield found(
            "twin-key", path, "is not a key for a twin: it is empty or holds '.', '$', a blank or a control character"
        )
    if len(key.encode("utf-8", "surrogatepass")) > LONGEST_KEY:
        yield found("twin-key", path, f"is longer than {LONGEST_KEY} bytes")


def _text(path: Path, text: str) -> Iterator[Problem]:
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > LONGEST_TEXT:
        yield found("twin-string", path, f"has {size} bytes of at most {LONGEST_TEXT}")
    if any("\ud800" <= character <= "\udfff" for character in text):
        yield found("twin-string", path, "holds half of a surrogate pair, which is not Unicode")
