"""nvinfer's configuration, key file or YAML: every setting read as nvinfer reads it, and all that is wrong with it."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

from dsconfig import keyfile, yaml_file
from dsconfig.document import ConfigError, Document, Entry, Fault, FaultKind, Form
from dsconfig.keys import CLASS_ATTRIBUTES, PROPERTY, Key
from dsconfig.nvinfer_values import property_value, value

ALL_CLASSES = "class-attrs-all"
_CLASSES = "class-attrs-"
_DETECTORS = (0, 3)
_YAML_SUFFIXES = (".yml", ".yaml")
_GRAY = 2  # of model-color-format
_NEED_SUFFIX = "nvinfer reads a file as YAML when its name ends in .yml or .yaml, and as a key file otherwise."


@dataclass(frozen=True, kw_only=True, slots=True)
class NvinferConfig:
    """A whole file.

    Attributes:
        document: As it is written.
        values: Keys of `[property]` with their values: int, float, bool, str or a tuple of them.
        classes: The same for each class group that nvinfer reads.
        faults: All that is wrong, in the order of the file.
    """

    document: Document
    values: Mapping[str, Any] = field(default_factory=dict)
    classes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()

    def refuse(self) -> None:
        """Raise what nvinfer refuses the file for, if there is anything.

        Raises:
            ConfigError: There is.
        """
        for fault in self.faults:
            if fault.fatal:
                raise fault.error()


def is_yaml(path: PurePath | str) -> bool:
    """Whether NVIDIA's elements read a file of this name as YAML."""
    return str(path).endswith(_YAML_SUFFIXES)


def parse(data: bytes, *, yaml: bool) -> Document:
    """Split a file into groups and keys."""
    document = yaml_file.parse(data) if yaml else keyfile.parse(data)
    if "property" not in document.groups and any(fault.fatal for fault in document.faults):
        # The other form, under a name that does not fit it, is the likely mistake.
        other = keyfile.parse(data) if yaml else yaml_file.parse(data) if b"property:" in data else None
        if other is not None and "property" in other.groups and not any(fault.fatal for fault in other.faults):
            wrong, right = (".yml", ".txt") if yaml else (".txt", ".yml")
            message = f"this is {'a key file' if yaml else 'YAML'}, and is read as {'YAML' if yaml else 'a key file'}"
            hint = f"Name the file '{right}' in place of '{wrong}': {_NEED_SUFFIX}"
            fault = Fault(kind=FaultKind.UNREADABLE, message=message, line=1, hint=hint)
            return Document(form=document.form, faults=(fault,))
    return document


def read(document: Document, overrides: Mapping[str, str] | None = None) -> NvinferConfig:
    """Read all settings.

    Args:
        document: The file.
        overrides: Keys that are properties of the element; nvinfer does not look at those in the file.
    """
    faults = [*document.faults, *_duplicates(document)]
    if "property" not in document.groups:
        if not any(fault.fatal for fault in document.faults):
            faults.append(_fault(FaultKind.UNREADABLE, "there is no group 'property'", 1))
        return NvinferConfig(document=document, faults=_sorted(faults))
    given = overrides or {}
    entries = [entry for entry in document.of("property") if entry.key not in given]
    values = _values(entries, PROPERTY, document.form, faults)
    values.update({key: property_value(key, text) for key, text in given.items()})
    faults.extend(_offsets(document, values))
    detects = _network_type(values) in _DETECTORS
    classes: dict[str, Mapping[str, Any]] = {}
    for group, line in document.groups.items():
        if group.startswith(_CLASSES) and detects:
            faults.extend(_class_group(group, line, values.get("num-detected-classes", 0)))
            classes[group] = _values(document.of(group), CLASS_ATTRIBUTES, document.form, faults)
        elif group != "property" and not group.startswith(_CLASSES):
            message = f"nvinfer reads no group '{group}'"
            faults.append(_fault(FaultKind.UNKNOWN_GROUP, message, line, fatal=False, group=group))
    for entry in document.of(""):
        message = f"'{entry.key}' stands outside of a group, where nvinfer does not read it"
        hint = "Indent it below its group, as `  key: value`."
        faults.append(_fault(FaultKind.IGNORED, message, entry.line, fatal=False, key=entry.key, hint=hint))
    return NvinferConfig(document=document, values=values, classes=classes, faults=_sorted(faults))


def _network_type(values: Mapping[str, Any]) -> int:
    return int(values.get("network-type", values.get("is-classifier", 0)))


def _fault(  # noqa: PLR0913 # what a fault is made of
    kind: FaultKind, message: str, line: int, *, fatal: bool = True, hint: str = "", group: str = "", key: str = ""
) -> Fault:
    return Fault(kind=kind, message=message, line=line, fatal=fatal, hint=hint, group=group, key=key)


def _sorted(faults: list[Fault]) -> tuple[Fault, ...]:
    return tuple(sorted(faults, key=lambda fault: fault.line))


def _duplicates(document: Document) -> Iterator[Fault]:
    seen: dict[tuple[str, str], Entry] = {}
    for entry in document.entries:
        first = seen.setdefault((entry.group, entry.key), entry)
        if first is not entry:
            message = f"'{entry.key}' stands on line {first.line} already; this one counts"
            yield _fault(FaultKind.DUPLICATE, message, entry.line, fatal=False, group=entry.group, key=entry.key)


def _values(
    entries: Iterator[Entry] | list[Entry], table: Mapping[str, Key], form: Form, faults: list[Fault]
) -> dict[str, Any]:
    """Read the settings of a group. GLib hands over the last value of a key each time; YAML reads every one."""
    found = list(entries)
    last = {entry.key: entry for entry in found}
    values: dict[str, Any] = {}
    for entry in found:
        key = table.get(entry.key)
        if key is None or (key.instead and form is Form.YAML):
            yaml_only = entry.group == "property" and form is Form.YAML and not entry.is_text
            faults.append(_not_text(entry) if yaml_only else _unknown(entry))
        elif form is Form.YAML or last[entry.key] is entry:
            try:
                values[entry.key] = value(entry, key, form)
            except ConfigError as error:
                faults.append(
                    _fault(
                        FaultKind.BAD_VALUE,
                        error.message,
                        entry.line,
                        hint=error.hint or "",
                        group=entry.group,
                        key=entry.key,
                    )
                )
            else:
                faults.extend(_not_finite(entry, values[entry.key]))
    return values


def _unknown(entry: Entry) -> Fault:
    message = f"nvinfer knows no '{entry.key}' in '{entry.group}'"
    return _fault(FaultKind.UNKNOWN_KEY, message, entry.line, fatal=False, group=entry.group, key=entry.key)


def _not_text(entry: Entry) -> Fault:
    message = f"'{entry.key}' is {'a list' if ';' in entry.value else entry.value}; nvinfer takes a text for each key"
    return _fault(FaultKind.BAD_VALUE, message, entry.line, group=entry.group, key=entry.key)


def _not_finite(entry: Entry, read_value: Any) -> Iterator[Fault]:
    numbers = read_value if isinstance(read_value, tuple) else (read_value,)
    if any(isinstance(number, float) and not math.isfinite(number) for number in numbers):
        message = f"'{entry.key}' is '{entry.value.strip()}', which nvinfer takes for a number"
        hint = "Write a finite number: nothing is above or below 'nan', and nothing is above 'inf'."
        yield _fault(FaultKind.IGNORED, message, entry.line, fatal=False, hint=hint, group=entry.group, key=entry.key)


def _offsets(document: Document, values: Mapping[str, Any]) -> Iterator[Fault]:
    count, channels = len(values.get("offsets", ())), 1 if values.get("model-color-format") == _GRAY else 3
    entry = next((entry for entry in document.of("property") if entry.key == "offsets"), None)
    if entry is not None and count not in (0, channels):
        message = f"'offsets' takes a number for each of the {channels} channels, and has {count}"
        yield _fault(FaultKind.BAD_VALUE, message, entry.line, group="property", key="offsets")


def _class_group(group: str, line: int, count: int) -> Iterator[Fault]:
    if group == ALL_CLASSES:
        return
    number = group.removeprefix(_CLASSES)
    if not number.isascii() or not number.isdigit():
        message = f"'{group}' names no class; a class is a number, as in 'class-attrs-0'"
    elif int(number) >= count:
        last = f"the last one is {count - 1}" if count else "there is none"
        message = f"'{group}' is about no class: with num-detected-classes={count} {last}"
    else:
        return
    yield _fault(FaultKind.CLASS_GROUP, message, line, group=group)
