"""Manifests as text: JSON with comments in, the same bytes for the same document out."""

import json
import re
from typing import Any

from azdacli.errors import ManifestError

# Strings are matched too, so that what looks like a comment inside one is left alone. An end that is missing
# matches up to the end of the text, which keeps the search linear; the JSON reader then says what is wrong.
_STRING_OR_COMMENT = re.compile(r'"(?:\\.|[^"\\])*(?:"|\\?\Z)|//[^\n]*|/\*(?:.*?\*/|.*\Z)', re.DOTALL)
_LARGEST = 4 * 1024 * 1024
_DEEPEST = 100  # a module twin takes ten levels; what walks a document calls itself for each


def loads(text: str, *, source: str) -> dict[str, Any]:
    """Read a template or manifest: JSON, with `//` and `/* */` comments allowed.

    Args:
        text: The document.
        source: What to call it in messages, a file's name.

    Raises:
        ManifestError: It is not a JSON object, or it would be read differently by different tools: a key that stands
            twice, NaN, a lone surrogate.
    """
    if len(text) > _LARGEST:
        raise ManifestError(f"{source} is larger than {_LARGEST // 1024**2} MiB, which no manifest is")
    try:
        document = parse(_STRING_OR_COMMENT.sub(_blank, text.removeprefix("\ufeff")))
    except json.JSONDecodeError as error:
        raise ManifestError(
            f"{source}: line {error.lineno}, column {error.colno}: this is not JSON ({error.msg})",
            hint="A variable must stand inside a string: \"$NAME\" or \"${NAME}\". No comma before '}' or ']'.",
        ) from error
    except ValueError as error:
        raise ManifestError(f"{source}: {error}") from error
    if not isinstance(document, dict):
        raise ManifestError(f"{source} holds no JSON object", hint='A manifest starts with {"modulesContent": ...}.')
    return document


def parse(text: str) -> Any:
    """Read JSON strictly.

    Raises:
        ValueError: No JSON (json.JSONDecodeError), a key that stands twice, an invalid number, nesting without end.
    """
    try:
        value = json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant, parse_float=_finite)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    if _is_deep(value):
        raise ValueError(f"it is nested more than {_DEEPEST} levels deep")
    return value


def _is_deep(value: Any) -> bool:
    level = [value]
    for _ in range(_DEEPEST):
        level = [
            item
            for each in level
            if isinstance(each, dict | list)
            for item in (each.values() if isinstance(each, dict) else each)
        ]
        if not level:
            return False
    return True


def dumps(document: Any) -> str:
    """Write a document for people: two blanks per level, keys in their order, a line end at the end."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def compact(value: Any) -> str:
    """Write a value in one line of ASCII, so that characters are bytes."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=True)


def _blank(match: re.Match[str]) -> str:
    found = match.group()
    return found if found.startswith('"') else re.sub(r"[^\n]", " ", found)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"the key '{key}' appears twice in one object, and only one of the two would be used")
        found[key] = value
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a JSON number")


def _finite(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise ValueError(f"the number {text[:20]} is too large")
    return number
