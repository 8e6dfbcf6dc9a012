"""Regions of interest in a settings file or a manifest: read, and written back with every other byte as it was."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from json.decoder import scanstring  # type: ignore[attr-defined] # documented nowhere, in CPython since 2.6
from typing import Any

from azdacli.errors import SpecError

_KEY = "regionsOfInterest"
_BLANK = " \t\r\n"
_LEAST_CORNERS = 3
_COLOR = re.compile(r"#[0-9A-Fa-f]{6}")
Path = tuple[str | int, ...]


def version(text: str) -> str:
    """What names a state of the file, so that a change of somebody else is not overwritten."""
    return hashlib.sha256(text.encode()).hexdigest()


def read(text: str) -> dict[str, list[dict[str, Any]]]:
    """The regions of each sensor, by the sensor's name.

    Raises:
        SpecError: The text is no JSON, or names no sensors.
    """
    _, sensors = _sensors(text)
    return {
        str(sensor["name"]): [dict(region) for region in sensor.get(_KEY) or [] if isinstance(region, dict)]
        for sensor in sensors
    }


def written(text: str, sensor: str, regions: Sequence[Mapping[str, Any]]) -> str:
    """The text with other regions of one sensor.

    Args:
        text: The file.
        sensor: The sensor's name.
        regions: Each with `label`, `color` (#rrggbb) and `coordinates`: three corners or more, fractions of the frame.

    Raises:
        SpecError: A region is none, or the file has no such sensor.
    """
    checked = [_checked(region) for region in regions]
    path, sensors = _sensors(text)
    names = [str(each["name"]) for each in sensors]
    if sensor not in names:
        raise SpecError(f"there is no sensor '{sensor}' in the file", hint=f"It has: {', '.join(names)}.")
    own: Path = (*path, names.index(sensor))
    members = dict(_members(text, _begin(text, own)))
    key = next((name for name in members if name == _KEY), None)
    indent = _indent_of(text, own)
    if key is not None:
        begin = members[key]
        return text[:begin] + _formatted(checked, indent) + text[_end(text, begin) :]
    start = _begin(text, own)
    first = next(iter(members), None)
    separator = "," if first is not None else ""
    line = f'\n{indent}"{_KEY}": ' if "\n" in text else f'"{_KEY}": '
    return text[: start + 1] + line + _formatted(checked, indent) + separator + text[start + 1 :]


def _checked(region: Mapping[str, Any]) -> dict[str, Any]:
    label, color, corners = region.get("label"), region.get("color"), region.get("coordinates")
    if not isinstance(label, str) or not isinstance(color, str) or not isinstance(corners, list):
        raise SpecError("a region needs label, color and coordinates")
    if not _COLOR.fullmatch(color):
        raise SpecError(f"the colour of the region '{label}' is '{color}'", hint="Write it as #rrggbb.")
    if len(corners) < _LEAST_CORNERS:
        raise SpecError(f"the region '{label}' has {len(corners)} corners", hint="An area has at least three.")
    pairs = []
    for corner in corners:
        if not isinstance(corner, list) or len(corner) != 2 or not all(_is_fraction(value) for value in corner):  # noqa: PLR2004 # x and y
            raise SpecError(f"a corner of the region '{label}' is not [x, y] in fractions of the frame")
        pairs.append([round(float(value), 4) for value in corner])
    return {"label": label, "color": color, "coordinates": pairs}


def _is_fraction(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= 1


def _formatted(regions: Sequence[Mapping[str, Any]], indent: str) -> str:
    if not regions:
        return "[]"
    lines = ",\n".join(f"{indent}  {json.dumps(region, ensure_ascii=False)}" for region in regions)
    return f"[\n{lines}\n{indent}]"


def _indent_of(text: str, path: Path) -> str:
    """The indentation of an object's members, as the file has it."""
    start = _begin(text, path)
    first = next((at for _, at in _members(text, start)), None)
    if first is None:
        return ""
    line = text.rfind("\n", 0, first) + 1
    margin = text[line:first]
    return margin[: len(margin) - len(margin.lstrip())]


def _sensors(text: str) -> tuple[Path, list[dict[str, Any]]]:
    try:
        document = json.loads(text)
    except ValueError as error:
        raise SpecError(f"it is no JSON: {error}") from None
    for path in _candidates(document):
        value: Any = document
        for step in path:
            value = value.get(step) if isinstance(value, dict) else None
        if isinstance(value, list) and value and all(isinstance(each, dict) and each.get("name") for each in value):
            return path, value
    raise SpecError(
        "there are no sensors in the file", hint="Give a settings file (azdaConfiguration) or a manifest with one."
    )


def _candidates(document: Any) -> Iterator[Path]:
    """Where sensors may stand: settings alone, a twin, and the desired properties of a manifest's modules."""
    inner: Path = ("components", "sensors")
    yield inner
    yield ("azdaConfiguration", *inner)
    yield ("properties", "desired", "azdaConfiguration", *inner)
    modules = document.get("modulesContent") if isinstance(document, dict) else None
    for module in modules if isinstance(modules, dict) else ():
        yield ("modulesContent", module, "properties.desired", "azdaConfiguration", *inner)


def _begin(text: str, path: Path) -> int:
    """Where the value of a path begins; the text is JSON and has it."""
    at = _skip(text, 0)
    for step in path:
        if isinstance(step, int):
            at = _skip(text, at + 1)
            for _ in range(step):
                at = _skip(text, _skip(text, _end(text, at)) + 1)
        else:
            at = dict(_members(text, at))[step]
    return at


def _members(text: str, start: int) -> Iterator[tuple[str, int]]:
    """The names of an object and where their values begin."""
    at = _skip(text, start + 1)
    while text[at] != "}":
        name, at = scanstring(text, at + 1)
        at = _skip(text, _skip(text, at) + 1)
        yield name, at
        at = _skip(text, _end(text, at))
        if text[at] == ",":
            at = _skip(text, at + 1)


def _end(text: str, start: int) -> int:
    _, end = json.JSONDecoder().raw_decode(text, start)
    return end


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in _BLANK:
        at += 1
    return at
