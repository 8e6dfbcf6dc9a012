"""NVIDIA's configuration files as groups of texts, for the elements besides nvinfer; the readers are dsconfig's.

DeepStream reads its `.txt` files with GLib's GKeyFile and its `.yml` files with yaml-cpp. Both become the same thing
here, and `value` turns a text into a number, boolean or list by GKeyFile's rules.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from dsconfig import keyfile, yaml_file
from dsconfig.document import ConfigError, Document
from dsconfig.nvinfer import is_yaml
from simulator.errors import ConfigurationError

Groups = Mapping[str, Mapping[str, str]]
T = TypeVar("T")


def read_groups(path: Path) -> Groups:
    """Read a configuration file: YAML by its suffix, a key file otherwise.

    Raises:
        ConfigurationError: If the file cannot be read or is not of its format.
    """
    data = bytes_of(path)
    return _texts(yaml_file.parse(data) if is_yaml(path) else keyfile.parse(data), str(path))


def parse_yaml(text: str, name: str) -> Groups:
    """Read YAML of two levels, with every scalar kept as its text; a sequence becomes a `;` list.

    Args:
        text: The file's text.
        name: What to call the file in an error.

    Raises:
        ConfigurationError: If the text is not YAML, or not groups of keys.
    """
    return _texts(yaml_file.parse(text.encode("utf-8", errors="surrogatepass")), name)


def bytes_of(path: Path) -> bytes:
    """A configuration file's content.

    Raises:
        ConfigurationError: If it cannot be read.
    """
    try:
        return path.read_bytes()
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"Failed to load config file {path}: {error}") from error


def refused(path: Path | str, error: ConfigError) -> ConfigurationError:
    """What a reader says of a file, as an error of the simulator."""
    line = "" if error.line is None else f", line {error.line}"
    return ConfigurationError(f"Failed to load config file {path}{line}: {error.message}", hint=error.hint)


def _texts(document: Document, name: str) -> Groups:
    for entry in document.entries:
        nested = not entry.is_text and entry.value in ("a list", "a map")
        if nested or not entry.group:
            message = f"'{entry.key}' is not a key with a value in a group"
            raise refused(name, ConfigError(message, line=entry.line))
    try:
        groups = document.texts()
    except ConfigError as error:
        raise refused(name, error) from error
    empty = {(entry.group, entry.key) for entry in document.entries if not entry.is_text and entry.value == "nothing"}
    return {group: {k: "" if (group, k) in empty else v for k, v in keys.items()} for group, keys in groups.items()}


def value(group: str, key: str, text: str, reader: Callable[[str], T]) -> T:
    """Read one value and name the key if it is bad.

    Raises:
        ConfigurationError: If the reader refuses the text.
    """
    try:
        return reader(text)
    except ValueError as error:
        raise ConfigurationError(f"Error while parsing config file: '{key}' of group [{group}]: {error}") from error
