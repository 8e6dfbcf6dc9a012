"""One setting of nvinfer's configuration as nvinfer reads it in either form; a refusal says what the key takes."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from dsconfig import glib_values, yaml_values
from dsconfig.document import ConfigError, Entry, Form
from dsconfig.keys import CLASS_ATTRIBUTES, PROPERTY, YAML_READERS, Key

_SHOWN = 60

Reader = Callable[[str], Any]

_GLIB: Mapping[str, Reader] = {
    "int": glib_values.integer,
    "float": glib_values.number,
    "bool": glib_values.boolean,
    "ints": glib_values.integers,
    "floats": glib_values.numbers,
    **dict.fromkeys(("path", "str"), glib_values.string),
    **dict.fromkeys(("paths", "strs"), glib_values.strings),
}
_YAML: Mapping[str, Reader] = {
    "unsigned": yaml_values.as_unsigned,
    "double": yaml_values.as_double,
    "stoi": yaml_values.stoi,
    "stoul": yaml_values.stoul,
    "int": yaml_values.as_int,
    "float": yaml_values.as_double,
    "bool": yaml_values.as_int,
    "ints": yaml_values.stoi,
    "floats": yaml_values.stod,
    **dict.fromkeys(("path", "str", "paths", "strs"), str),
}


def property_value(key: str, text: str) -> Any:
    """Read a text as the value of a key of `[property]`, as a key file has it.

    Raises:
        ConfigError: nvinfer refuses it.
    """
    return value(Entry(group="property", key=key, value=text, line=1), PROPERTY[key], Form.KEY_FILE)


def text_of(entry: Entry, form: Form) -> str:
    """A setting's text with GLib's escapes resolved where it is a single text, otherwise as it is written."""
    key = {**CLASS_ATTRIBUTES, **PROPERTY}.get(entry.key)
    if form is Form.KEY_FILE and key is not None and key.type in ("path", "str"):
        try:
            return glib_values.string(entry.value)
        except ValueError:
            return entry.value
    return entry.value


def value(entry: Entry, key: Key, form: Form) -> Any:
    """Read one setting.

    Raises:
        ConfigError: nvinfer refuses it; the sentence says what the key takes.
    """
    try:
        read_value = _from_yaml(entry, key) if form is Form.YAML else _GLIB[key.type](entry.value)
    except ValueError:
        raise _refused(entry, key, form) from None
    numbers = read_value if isinstance(read_value, tuple) else (read_value,)
    if key.length is not None and not key.length[0] <= len(numbers) <= key.length[1]:
        raise _refused(entry, key, form)
    if key.type in ("int", "ints", "float", "floats") and not all(key.allows(number) for number in numbers):
        raise _refused(entry, key, form)
    if key.type == "path" and not read_value:
        raise _refused(entry, key, form)
    return read_value


def _from_yaml(entry: Entry, key: Key) -> Any:
    if not entry.is_text:
        raise ValueError(f"{entry.value} is not text")
    reader = _YAML[YAML_READERS.get(entry.key, key.type)]
    if key.type.endswith("s") and key.type != "paths":
        return tuple(reader(item) for item in yaml_values.split(entry.value))
    if key.type == "paths":
        return tuple(item for item in yaml_values.split(entry.value) if item)
    return bool(reader(entry.value)) if key.type == "bool" else reader(entry.value)


def _refused(entry: Entry, key: Key, form: Form) -> ConfigError:
    shown = entry.value[:_SHOWN]
    return ConfigError(
        f"'{entry.key}' takes {key.wanted}, not '{shown}'", line=entry.line, hint=_hint(entry, key, form)
    )


def _hint(entry: Entry, key: Key, form: Form) -> str | None:
    if form is Form.KEY_FILE and key.type not in ("path", "str") and re.search(r"[#;]\s*\D", entry.value):
        return "Put the comment on a line of its own: behind a value it is part of the value."
    if form is not Form.YAML:
        return None
    if not entry.is_text and key.type.endswith("s") and ";" in entry.value:
        return f"Write `{entry.key}: {entry.value}`: nvinfer takes no YAML list."
    if key.type.endswith("s") and entry.value.rstrip().endswith(";"):
        return "Remove the ';' at the end: in YAML it adds an empty item."
    if entry.value.lower() in ("true", "false", "yes", "no", "on", "off"):
        number = int(entry.value.lower() in ("true", "yes", "on"))
        return f"Write `{entry.key}: {number}`: nvinfer reads an integer here, and any other text ends the process."
    return None
