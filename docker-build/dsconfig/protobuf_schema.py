"""Schemas of protobuf messages as plain text tables, and messages that were read by them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dsconfig.document import Location
from dsconfig.protobuf_values import DEFAULTS

_FIELD = re.compile(r"(\w+):(\[?)(\w+)\]?")


@dataclass(frozen=True, kw_only=True, slots=True)
class FieldType:
    """A field of a schema; `choice` is the number of its oneof in the message."""

    name: str
    kind: str
    repeated: bool = False
    choice: int | None = None


class Schema:
    """Messages and enumerations, written as one line each.

    Args:
        messages: Name -> fields as `name:type`; a type in [] repeats, fields of one oneof stand in (). A map is what it
            is in text: a repeated message of key and value.
        enums: Name -> its values, numbered from 0.
    """

    def __init__(self, messages: Mapping[str, str], enums: Mapping[str, str]) -> None:
        self.enums = {name: {word: n for n, word in enumerate(words.split())} for name, words in enums.items()}
        self.messages = {name: _fields(text) for name, text in messages.items()}


def _fields(text: str) -> dict[str, FieldType]:
    found: dict[str, FieldType] = {}
    for number, part in enumerate(re.findall(r"\([^)]*\)|\S+", text)):
        choice = number if part.startswith("(") else None
        for name, repeated, kind in _FIELD.findall(part):
            found[name] = FieldType(name=name, kind=kind, repeated=bool(repeated), choice=choice)
    return found


class Message:
    """A message that was read: its fields are attributes, with protobuf's defaults where nothing is written."""

    def __init__(self, schema: Schema, kind: str) -> None:
        self._schema = schema
        self._kind = kind
        self._values: dict[str, Any] = {}
        self._locations: dict[str, list[Location]] = {}

    def __getattr__(self, name: str) -> Any:
        own = self._schema.messages[self._kind].get(name) if not name.startswith("_") else None
        if own is None:
            raise AttributeError(f"{self._kind} has no field '{name}'")
        if name in self._values:
            return self._values[name]
        if own.repeated:
            return []
        return Message(self._schema, own.kind) if own.kind in self._schema.messages else DEFAULTS.get(own.kind, 0)

    def has(self, name: str) -> bool:
        """Whether a field is written, whatever its value."""
        return name in self._values

    def one_of(self, *names: str) -> str | None:
        """Which of these fields is written; None for none."""
        return next((name for name in names if name in self._values), None)

    def location(self, name: str, index: int = -1) -> Location | None:
        """Where a field stands; of a repeated one the value with this index."""
        locations = self._locations.get(name)
        return locations[index] if locations else None

    def as_dict(self) -> dict[str, Any]:
        """What is written, as plain data."""
        return {name: _plain(value) for name, value in self._values.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.as_dict() if isinstance(value, Message) else value
