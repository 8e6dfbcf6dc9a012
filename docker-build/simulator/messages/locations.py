"""The places, sensors and analytics modules that nvmsgconv's configuration names, as parts of a message."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dsconfig.glib_values import boolean, numbers
from simulator.errors import ConfigurationError, NotSimulatedError
from simulator.keyfile import Groups, read_groups, value

Part = dict[str, Any]
_KINDS = ("sensor", "place", "analytics")
_AXES = 3
_KEYS = {
    "sensor": ("enable", "id", "type", "description", "location", "coordinate"),
    "place": ("enable", "id", "type", "name", "location", "coordinate", *(f"place-sub-field{n}" for n in (1, 2, 3))),
    "analytics": ("enable", "id", "description", "source", "version"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Places:
    """What the configuration says, by the number behind a group's name; groups that are not enabled are absent."""

    sensors: Mapping[int, Mapping[str, str]] = field(default_factory=dict)
    places: Mapping[int, Mapping[str, str]] = field(default_factory=dict)
    modules: Mapping[int, Mapping[str, str]] = field(default_factory=dict)

    def sensor(self, index: int) -> Part | None:
        """The member `sensor`; None, which becomes null, where the file has no such sensor."""
        keys = self.sensors.get(index)
        if keys is None:
            _say_missing("sensor", index)
            return None
        return {**_texts(keys, "id", "type", "description"), "location": _location(keys), "coordinate": _point(keys)}

    def place(self, index: int, inner: str, names: tuple[str, str, str]) -> Part | None:
        """The member `place`.

        Args:
            index: The place's number.
            inner: What the part of the place is called; empty leaves it out.
            names: What its three sub fields are called.
        """
        keys = self.places.get(index)
        if keys is None:
            _say_missing("place", index)
            return None
        part = {**_texts(keys, "id", "name", "type"), "location": _location(keys)}
        if inner:
            fields = {name: keys.get(f"place-sub-field{number}", "") for number, name in enumerate(names, 1)}
            part[inner] = {**fields, "coordinate": _point(keys)}
        return part

    def module(self, index: int) -> Part | None:
        """The member `analyticsModule`."""
        keys = self.modules.get(index)
        if keys is None:
            _say_missing("analytics", index)
            return None
        return _texts(keys, "id", "description", "source", "version")


def read_places(path: Path) -> Places:
    """Read nvmsgconv's configuration, a key file or YAML.

    Raises:
        ConfigurationError: NVIDIA's reader would refuse it.
        NotSimulatedError: It is a CSV file.
    """
    if path.suffix == ".csv":
        raise NotSimulatedError(
            f"nvmsgconv's configuration {path} as CSV is not simulated.", hint="Write it as a key file or as YAML."
        )
    found: dict[str, dict[int, Mapping[str, str]]] = {kind: {} for kind in _KINDS}
    for kind, index, keys in _groups(read_groups(path)):
        if value(f"{kind}{index}", "enable", keys.get("enable", "0"), boolean):
            found[kind][index] = keys
    return Places(sensors=found["sensor"], places=found["place"], modules=found["analytics"])


def _groups(groups: Groups) -> Iterator[tuple[str, int, Mapping[str, str]]]:
    for group, keys in groups.items():
        kind = next((kind for kind in _KINDS if group.startswith(kind)), None)
        if kind is None:
            print(f"Unknown group {group}")  # NVIDIA's converter says it there
            continue
        index = group.removeprefix(kind)
        if not (index.isascii() and index.isdigit()):
            raise ConfigurationError(f"Group [{group}] of nvmsgconv's configuration needs a number behind '{kind}'.")
        for key in keys:
            if key not in _KEYS[kind]:
                print(f"Unknown key {key} for group {group}")  # the same
        for key in {"location", "coordinate"} & keys.keys():
            if len(value(group, key, keys[key], numbers)) != _AXES:
                raise ConfigurationError(f"'{key}' of group [{group}] needs three numbers.")
        yield kind, int(index), keys


def _say_missing(kind: str, index: int) -> None:
    print(f"No entry for {kind}{index} in configuration file")  # NVIDIA's converter says it there


def _texts(keys: Mapping[str, str], *names: str) -> Part:
    return {name: keys.get(name, "") for name in names}


def _axes(keys: Mapping[str, str], key: str, names: str) -> Part:
    return dict(zip(names.split(), numbers(keys.get(key, "0;0;0")), strict=True))


def _location(keys: Mapping[str, str]) -> Part:
    return _axes(keys, "location", "lat lon alt")


def _point(keys: Mapping[str, str]) -> Part:
    return _axes(keys, "coordinate", "x y z")
