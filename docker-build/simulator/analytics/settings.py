"""nvdsanalytics' configuration file, key file or YAML, to rules per stream."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from dsconfig.glib_values import boolean, integer, integers, string
from simulator.analytics.rules import Crowd, Direction, Line, Mode, Points, Region, StreamRules
from simulator.errors import ConfigurationError
from simulator.keyfile import read_groups, value

__all__ = ["AnalyticsSettings", "StreamRules", "read_analytics_file", "scaled"]

T = TypeVar("T")

_GROUP = re.compile(r"(roi-filtering|overcrowding|line-crossing|direction-detection)-stream-(\d+)")
_FEWEST_CORNERS = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class AnalyticsSettings:
    """All rules.

    Attributes:
        enable: Whether the element does anything.
        width: Points are in a frame of this width,
        height: and of this height; the element scales them to its frames.
        streams: Rules by the stream's number.
        font_size: For what the element draws.
        osd_mode: 0 draws nothing, 1 labels, 2 labels and shapes.
        count_window: Milliseconds over which object counts are smoothed; 0 for not at all.
        display_counts: Whether to draw the object counts.
        notices: Unknown keys, as NVIDIA reports them, and what is ignored.
    """

    enable: bool
    width: int
    height: int
    streams: Mapping[int, StreamRules]
    font_size: int = 12
    osd_mode: int = 2
    count_window: int = 0
    display_counts: bool = False
    notices: tuple[str, ...] = ()


def scaled(rules: StreamRules, settings: AnalyticsSettings, width: int, height: int) -> StreamRules:
    """Bring a stream's rules to frames of `width` x `height` pixels."""

    def moved(points: Points) -> Points:
        return tuple((int(x * width / settings.width), int(y * height / settings.height)) for x, y in points)

    return StreamRules(
        regions=tuple(replace(one, corners=moved(one.corners)) for one in rules.regions),
        crowds=tuple(replace(one, corners=moved(one.corners)) for one in rules.crowds),
        lines=tuple(replace(one, points=moved(one.points)) for one in rules.lines),
        directions=tuple(replace(one, points=moved(one.points)) for one in rules.directions),
    )


def read_analytics_file(path: Path) -> AnalyticsSettings:
    """Read nvdsanalytics' `config-file`.

    Raises:
        ConfigurationError: If nvdsanalytics would refuse it.
    """
    groups = read_groups(path)
    if "property" not in groups:
        raise ConfigurationError(f"Failed to parse config file {path}: group [property] is missing")
    notices: list[str] = []
    base = _property(groups["property"])
    collected: dict[int, dict[str, tuple[Any, ...]]] = {}
    for group, keys in groups.items():
        match = _GROUP.fullmatch(group)
        if match:
            kind, reader = _KINDS[match[1]]
            collected.setdefault(int(match[2]), {})[kind] = tuple(reader(group, keys, notices))
        elif group != "property":
            notices.append(f"Unknown group '{group}'")
    streams = {stream: StreamRules(**rules) for stream, rules in collected.items()}
    return AnalyticsSettings(**base, streams=streams, notices=tuple(notices))


def _property(keys: Mapping[str, str]) -> dict[str, Any]:
    for key in ("enable", "config-width", "config-height"):
        if key not in keys:
            raise ConfigurationError(f"Error while setting property, in group property: '{key}' is missing")
    readers: dict[str, tuple[str, Callable[[str], Any]]] = {
        "enable": ("enable", boolean),
        "config-width": ("width", _between(1)),
        "config-height": ("height", _between(1)),
        "display-font-size": ("font_size", _between(0)),
        "osd-mode": ("osd_mode", _between(0, 2)),
        "obj-cnt-win-in-ms": ("count_window", _between(1, 1_000_000_000)),
        "display-obj-cnt": ("display_counts", boolean),
    }
    return {field: value("property", key, keys[key], reader) for key, (field, reader) in readers.items() if key in keys}


def _between(lowest: int, highest: int | None = None) -> Callable[[str], int]:
    def read(text: str) -> int:
        number = integer(text)
        if number < lowest or (highest is not None and number > highest):
            wanted = f">={lowest}" if highest is None else f">={lowest} and <={highest}"
            raise ValueError(f"can have value {wanted}, not {number}")
        return number

    return read


def _points(fewest: int, most: int | None = None) -> Callable[[str], Points]:
    def read(text: str) -> Points:
        numbers = integers(text)
        if len(numbers) % 2 or len(numbers) < 2 * fewest or (most is not None and len(numbers) > 2 * most):
            wanted = f"exactly {2 * fewest}" if most == fewest else f"an even number of at least {2 * fewest}"
            raise ValueError(f"needs {wanted} integers, not {len(numbers)}")
        if min(numbers) < 0:
            raise ValueError("can have values >=0")
        return tuple(zip(numbers[::2], numbers[1::2], strict=True))

    return read


def _labelled(group: str, keys: Mapping[str, str], prefix: str, reader: Callable[[str], T]) -> Iterator[tuple[str, T]]:
    """Yield label and points of each key that starts with a prefix.

    Raises:
        ConfigurationError: The key is missing.
    """
    found = [key for key in keys if key.startswith(prefix)]
    if not found:
        raise ConfigurationError(f"'{prefix}' not specified in group '{group}'")
    for key in found:
        yield key.removeprefix(prefix), value(group, key, keys[key], reader)


def _common(group: str, keys: Mapping[str, str], known: set[str], prefix: str, notices: list[str]) -> frozenset[int]:
    """Note unknown keys, and give the classes; the list that holds -1, or no list, means all."""
    usual = known | {"enable", "class-id"}
    unknown = [key for key in keys if key not in usual and not key.startswith(prefix)]
    notices += [f"Unknown key '{key}' in group in '{group}'" for key in unknown]
    classes = value(group, "class-id", keys.get("class-id", "-1"), integers)
    return frozenset() if -1 in classes else frozenset(classes)


def _enabled(group: str, keys: Mapping[str, str]) -> bool:
    return value(group, "enable", keys.get("enable", "0"), boolean)


def _regions(group: str, keys: Mapping[str, str], notices: list[str]) -> Iterator[Region]:
    classes = _common(group, keys, {"inverse-roi"}, "roi-", notices)
    inverse = value(group, "inverse-roi", keys.get("inverse-roi", "0"), boolean)
    for label, corners in list(_labelled(group, keys, "roi-", _points(_FEWEST_CORNERS))):
        if _enabled(group, keys):
            yield Region(label=label, corners=corners, class_ids=classes, inverse=inverse)


def _crowds(group: str, keys: Mapping[str, str], notices: list[str]) -> Iterator[Crowd]:
    classes = _common(group, keys, {"object-threshold", "time-threshold"}, "roi-", notices)
    threshold = value(group, "object-threshold", keys.get("object-threshold", "0"), _between(0))
    if value(group, "time-threshold", keys.get("time-threshold", "0"), _between(0)):
        notices.append(f"'time-threshold' in group '{group}' is ignored, as NVIDIA's library ignores it")
    for label, corners in list(_labelled(group, keys, "roi-", _points(_FEWEST_CORNERS))):
        if _enabled(group, keys):
            yield Crowd(label=label, corners=corners, class_ids=classes, object_threshold=threshold)


def _lines(group: str, keys: Mapping[str, str], notices: list[str]) -> Iterator[Line]:
    classes = _common(group, keys, {"extended", "mode"}, "line-crossing-", notices)
    extended = value(group, "extended", keys.get("extended", "1"), boolean)
    mode = _mode(group, keys, Mode.LOOSE, notices)
    for label, points in list(_labelled(group, keys, "line-crossing-", _points(4, 4))):
        if points[2] == points[3]:
            raise ConfigurationError(f"'line-crossing-{label}' in group '{group}' is a line without length")
        if _enabled(group, keys):
            yield Line(label=label, points=points, class_ids=classes, extended=extended, mode=mode)


def _directions(group: str, keys: Mapping[str, str], notices: list[str]) -> Iterator[Direction]:
    classes = _common(group, keys, {"mode"}, "direction-", notices)
    mode = _mode(group, keys, Mode.BALANCED, notices)
    for label, points in list(_labelled(group, keys, "direction-", _points(2, 2))):
        if _enabled(group, keys):
            yield Direction(label=label, points=points, class_ids=classes, mode=mode)


def _mode(group: str, keys: Mapping[str, str], default: Mode, notices: list[str]) -> Mode:
    text = value(group, "mode", keys.get("mode", default.value), string)
    if text in {mode.value for mode in Mode}:
        return Mode(text)
    notices.append(f"Unknown value '{text}' in for key 'mode' using '{default.value}'")
    return default


_KINDS: dict[str, tuple[str, Callable[[str, Mapping[str, str], list[str]], Iterator[Any]]]] = {
    "roi-filtering": ("regions", _regions),
    "overcrowding": ("crowds", _crowds),
    "line-crossing": ("lines", _lines),
    "direction-detection": ("directions", _directions),
}
