"""Protobuf text held against the schema of a message: values of the right types, and every misfit."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dsconfig.document import Fault, FaultKind, Location
from dsconfig.protobuf_schema import FieldType, Message, Schema
from dsconfig.protobuf_text import Block, Field, Kind, Scalar, TextError, parse
from dsconfig.protobuf_values import WANTED, converted, enumerated

_NEAR = 0.75
_TOO_MANY = 5  # to be joined by "or"


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """What came of a text: the message, as far as it fits, and all faults; each of them makes protobuf refuse it."""

    message: Message
    fields: tuple[Field, ...] = ()
    faults: tuple[Fault, ...] = ()


def read(text: str, schema: Schema, kind: str) -> Reading:
    """Read a text as a message."""
    message = Message(schema, kind)
    try:
        fields = parse(text)
    except TextError as error:
        fault = _fault(FaultKind.UNREADABLE, error.message, error.location)
        return Reading(message=message, faults=(fault,))
    binder = _Binder(schema)
    binder.message(message, fields, "")
    return Reading(message=message, fields=fields, faults=tuple(binder.faults))


def _fault(
    kind: FaultKind, message: str, location: Location, about: tuple[str, str] = ("", ""), *, hint: str = ""
) -> Fault:
    end = location.end_column if location.end_line == location.line else None
    group, key = about
    return Fault(
        kind=kind,
        message=message,
        line=location.line,
        column=location.column,
        end_column=end,
        hint=hint,
        group=group,
        key=key,
    )


@dataclass(slots=True)
class _Binder:
    schema: Schema
    faults: list[Fault] = field(default_factory=list)

    def message(self, message: Message, fields: tuple[Field, ...], group: str) -> None:
        known = self.schema.messages[message._kind]
        for written in fields:
            own = known.get(written.name)
            if own is None:
                self._unknown(written, known, group)
            elif self._fits(message, written, own, group):
                self._field(message, written, own, group)

    def _say(self, kind: FaultKind, text: str, written: Field, group: str, *, location: Location | None = None) -> None:
        self.faults.append(_fault(kind, text, location or written.location, (group, written.name)))

    def _unknown(self, written: Field, known: Mapping[str, FieldType], group: str) -> None:
        near = difflib.get_close_matches(written.name, known, n=1, cutoff=_NEAR)
        where = f" in '{group}'" if group else ""
        hint = f"Did you mean '{near[0]}'?" if near else ""
        message = f"there is no field '{written.name}'{where}"
        self.faults.append(_fault(FaultKind.UNKNOWN_KEY, message, written.location, (group, written.name), hint=hint))

    def _fits(self, message: Message, written: Field, own: FieldType, group: str) -> bool:
        """Whether the field may stand here, once more or beside the others."""
        values = message._values
        if written.listed and not own.repeated:
            self._say(FaultKind.BAD_VALUE, f"'{own.name}' takes one value, not a list", written, group)
            return False
        # Of a field without presence protobuf sees a second value only where the first is not the default.
        if not own.repeated and own.name in values:
            presence = own.choice is not None or own.kind in self.schema.messages
            if presence or values[own.name] not in (0, "", False):
                self._say(FaultKind.BAD_VALUE, f"'{own.name}' stands here twice", written, group)
                return False
        if own.choice is not None:
            for other in self.schema.messages[message._kind].values():
                if other.choice == own.choice and other.name != own.name and other.name in values:
                    text = f"'{own.name}' and '{other.name}' exclude each other"
                    self._say(FaultKind.BAD_VALUE, text, written, group)
                    return False
        return True

    def _field(self, message: Message, written: Field, own: FieldType, group: str) -> None:
        values, locations = message._values, message._locations
        if own.repeated:
            values.setdefault(own.name, [])
        if own.kind not in self.schema.messages and not written.colon:
            self._say(FaultKind.BAD_VALUE, f"':' is missing between '{own.name}' and its value", written, group)
            return
        for value in written.values:
            if own.kind in self.schema.messages:
                read_value = self._nested(value, written, own, group)
            else:
                read_value = self._scalar(value, written, own, group)
            if read_value is not None:
                locations.setdefault(own.name, []).append(
                    value.location if isinstance(value, Scalar) else written.location
                )
                if own.repeated:
                    values[own.name].append(read_value)
                else:
                    values[own.name] = read_value

    def _nested(self, value: Scalar | Block, written: Field, own: FieldType, group: str) -> Message | None:
        if isinstance(value, Scalar):
            self._say(FaultKind.BAD_VALUE, f"'{own.name}' takes a message, as `{own.name} {{ … }}`", written, group)
            return None
        nested = Message(self.schema, own.kind)
        self.message(nested, value.fields, f"{group}.{own.name}" if group else own.name)
        return nested

    def _scalar(self, value: Scalar | Block, written: Field, own: FieldType, group: str) -> Any:
        words = self.schema.enums.get(own.kind)
        if isinstance(value, Block):
            self._say(FaultKind.BAD_VALUE, f"'{own.name}' takes a single value, not a message", written, group)
            return None
        read_value = enumerated(value, words) if words is not None else converted(value, own.kind)
        if read_value is None:
            wanted = _one_of(words) if words is not None else WANTED[own.kind]
            shown = f'"{value.text}"' if value.kind is Kind.STRING else value.text
            text = f"'{own.name}' takes {wanted}, not {shown[:60]}"
            self._say(FaultKind.BAD_VALUE, text, written, group, location=value.location)
        return read_value


def _one_of(words: Mapping[str, int]) -> str:
    return " or ".join(words) if len(words) < _TOO_MANY else f"one of {', '.join(words)}"
