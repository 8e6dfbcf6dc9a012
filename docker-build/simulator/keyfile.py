"""NVIDIA's configuration files as plain text values: GLib key files, and YAML of the same shape.

DeepStream reads its `.txt` files with GLib's GKeyFile and its `.yml` files with yaml-cpp. Both become the same thing
here: groups of keys with text values, which the readers below turn into numbers, booleans and lists by GKeyFile's
    rules (tests compare them with GLib).
"""

import math
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

import yaml

from simulator.errors import ConfigurationError

Groups = Mapping[str, Mapping[str, str]]
T = TypeVar("T")

_INTEGER = re.compile(r"\s*[+-]?\d+(?=\s|$)")
_HEXADECIMAL = re.compile(r"\s*[+-]?0[xX]")
_INT32 = 2**31
_ESCAPES = {"s": " ", "n": "\n", "t": "\t", "r": "\r", "\\": "\\"}


def read_groups(path: Path) -> Groups:
    """Read a configuration file: YAML by its suffix, a key file otherwise.

    Raises:
        ConfigurationError: If the file cannot be read or is not of its format.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"Failed to load config file {path}: {error}") from error
    return parse_yaml(text, str(path)) if is_yaml(path) else parse_key_file(text, str(path))


def is_yaml(path: Path) -> bool:
    """Tell whether NVIDIA's elements read this file as YAML."""
    return path.suffix in {".yml", ".yaml"}


def parse_key_file(text: str, name: str) -> Groups:
    """Split a GLib key file into its groups.

    Groups of one name are merged and the last value of a key counts, as GLib does. Comments start a line; a `#` later
    in a line belongs to the value.

    Args:
        text: The file's text.
        name: What to call the file in an error.

    Raises:
        ConfigurationError: If a line is no group, key or comment.
    """
    groups: dict[str, dict[str, str]] = {}
    current: dict[str, str] | None = None
    for raw in text.splitlines():
        line = raw.lstrip()
        if not line or line.startswith("#"):
            continue
        group = re.fullmatch(r"\[([^\[\]]+)\]\s*", line)
        if group:
            current = groups.setdefault(group[1], {})
            continue
        key, equals, value = line.partition("=")
        if not equals or not key.strip():
            raise ConfigurationError(
                f"Failed to load config file {name}: line '{line}' is not a key-value pair, group, or comment"
            )
        if current is None:
            raise ConfigurationError(f"Failed to load config file {name}: it does not start with a group")
        current[key.rstrip()] = value.lstrip()
    return groups


def parse_yaml(text: str, name: str) -> Groups:
    """Read YAML of two levels, with every scalar kept as its text; a sequence becomes a `;` list.

    The first line may be OpenCV's `%YAML:1.0`, which NVIDIA's tracker files carry and which is not YAML.

    Raises:
        ConfigurationError: If the text is not YAML, or not groups of keys.
    """
    if text.startswith("%YAML:"):
        text = text.partition("\n")[2]
    try:
        document = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 # BaseLoader only makes strings, lists and maps
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ConfigurationError(f"Failed to load config file {name}: {error}") from error
    if document is None or document == "":
        return {}
    if not isinstance(document, dict):
        raise ConfigurationError(f"Failed to load config file {name}: expected groups of keys")
    return {str(group): _yaml_group(group, keys, name) for group, keys in document.items()}


def _yaml_group(group: object, keys: object, name: str) -> dict[str, str]:
    if keys in (None, ""):
        return {}
    if not isinstance(keys, dict):
        raise ConfigurationError(f"Failed to load config file {name}: group '{group}' is not a map of keys")
    return {str(key): _yaml_text(f"{group}.{key}", value, name) for key, value in keys.items()}


def _yaml_text(key: str, value: object, name: str) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ";".join(value)
    if value is None:
        return ""
    raise ConfigurationError(f"Failed to load config file {name}: '{key}' is nested deeper than a key with a value")


def integer(text: str) -> int:
    """Read a number as `g_key_file_get_integer` does: what follows a blank is ignored, more than 32 bits is refused."""
    match = _INTEGER.match(text)
    if not match:
        raise ValueError(f"'{text}' cannot be interpreted as a number")
    value = int(match[0])
    if not -_INT32 <= value < _INT32:
        raise ValueError(f"integer value '{text}' out of range")
    return value


def number(text: str) -> float:
    """Read a float as `g_key_file_get_double` does: nothing may follow it, not even a blank."""
    try:
        value = float.fromhex(text) if _HEXADECIMAL.match(text) else float(text)
    except (ValueError, OverflowError):
        value = math.nan
    if not math.isfinite(value) or text != text.rstrip() or "_" in text:
        raise ValueError(f"'{text}' cannot be interpreted as a float number")
    return value


def boolean(text: str) -> bool:
    """Read `0`, `1`, `true` or `false`."""
    values = {"1": True, "true": True, "0": False, "false": False}
    if text.rstrip() not in values:
        raise ValueError(f"'{text}' cannot be interpreted as a boolean")
    return values[text.rstrip()]


def string(text: str) -> str:
    """Resolve GLib's escapes of a string value."""
    return _unescaped(text, _ESCAPES)


def _unescaped(text: str, escapes: Mapping[str, str]) -> str:
    def replace(match: re.Match[str]) -> str:
        if match[1] not in escapes:
            raise ValueError(f"invalid escape sequence '{match[0]}'")
        return escapes[match[1]]

    return re.sub(r"\\(.?)", replace, text, flags=re.DOTALL)


def items(text: str) -> list[str]:
    """Split a `;` list; an escaped one is no separator, and a closing one adds no item."""
    parts = re.split(r"(?<!\\);", text)
    return parts[:-1] if parts[-1] == "" else parts


def integers(text: str) -> tuple[int, ...]:
    """Read a `;` list of integers."""
    return tuple(integer(item) for item in items(text))


def numbers(text: str) -> tuple[float, ...]:
    """Read a `;` list of floats."""
    return tuple(number(item) for item in items(text))


def strings(text: str) -> tuple[str, ...]:
    """Read a `;` list of strings."""
    return tuple(_unescaped(item, {**_ESCAPES, ";": ";"}) for item in items(text))


def value(group: str, key: str, text: str, reader: Callable[[str], T]) -> T:
    """Read one value and name the key if it is bad.

    Raises:
        ConfigurationError: If the reader refuses the text.
    """
    try:
        return reader(text)
    except ValueError as error:
        raise ConfigurationError(f"Error while parsing config file: '{key}' of group [{group}]: {error}") from error
