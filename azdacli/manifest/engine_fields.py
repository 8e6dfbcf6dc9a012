"""Fields of createOptions as Go's reader finds them, and how a value that an engine refuses is named."""

import functools
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from azdacli.manifest.problems import Path
from azdacli.util.resources import DATA
from azdacli.util.suggest import near

Refusals = Iterator[tuple[Path, str, str]]
"""Where a value stands, what is wrong with it, and what to write."""


def field(value: Any, name: str) -> Any:
    """A field of an object as Go's reader finds it: in any case; None where there is none."""
    fields = {str(key).lower(): item for key, item in value.items()} if isinstance(value, Mapping) else {}
    return fields.get(name.lower())


def items(value: Any, name: str) -> list[Any]:
    """A field that is a list; empty where it is none."""
    found_list = field(value, name)
    return found_list if isinstance(found_list, list) else []


def text_of(value: Any, name: str) -> str:
    """A field that is a text; empty also where a variable still stands in it."""
    found_text = field(value, name)
    return found_text if isinstance(found_text, str) and "$" not in found_text else ""


def number_of(value: Any, name: str) -> int:
    """A field that is a whole number; 0 where it is none."""
    found_number = field(value, name)
    return found_number if isinstance(found_number, int) and not isinstance(found_number, bool) else 0


def one_of(within: Path, value: str, names: Sequence[str], what: str) -> Refusals:
    """Refuse a value that is not one of some names; an empty one is not set."""
    if value and value not in names:
        like = near(value, names)
        hint = f"Did you mean '{like}'?" if like else f"It takes {', '.join(names)}."
        yield within, f"has '{value}' as {what}, which there is not", hint


@functools.cache
def document() -> Mapping[str, Any]:
    """The Engine API's types and names."""
    read: dict[str, Any] = json.loads((DATA / "engine_api.json").read_text(encoding="utf-8"))
    return read


def known(kind: str) -> Sequence[str]:
    """The names of a kind that an engine knows."""
    names: list[str] = document()["known"][kind]
    return names
