"""DeepStream's configuration files: which element reads one, and which files it names.

Key files (INI with GKeyFile's rules) and the YAML form of them are nvinfer's, protobuf text is nvinferserver's.
Keys and their meaning: NVIDIA's gstnvinfer_property_parser.cpp, DeepStream 9.1.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from azda_runtime.files import is_file
from azda_runtime.problems import InvalidValueError, shown

_LARGEST = 1024 * 1024
_PATH = 200
_YAML_GROUP = re.compile(r"([A-Za-z0-9_-]+):\s*(#.*)?")
_YAML_ENTRY = re.compile(r"\s+([A-Za-z0-9_-]+):\s*(.*?)\s*(?:\s#.*)?")
_PROTOBUF_MESSAGE = re.compile(r"\b(?:infer_config|input_control|output_control)\s*:?\s*\{")
_INT8 = "1"

# What the model is read from: not needed where a TensorRT engine for this very GPU lies ready.
_MODEL_KEYS = ("onnx-file", "tlt-encoded-model", "model-file", "proto-file", "uff-file", "custom-network-config")
_FILE_KEYS = ("labelfile-path", "mean-file", "custom-lib-path", "ip-tensor-file")
_ENGINE_KEY = "model-engine-file"
_CALIBRATION_KEY = "int8-calib-file"
_TRACKER_KEYS = ("ll-lib-file", "ll-config-file")


class ConfigurationKind(Enum):
    """Which element reads the file."""

    NVINFER = "nvinfer"
    NVINFERSERVER = "nvinferserver"
    TRACKER = "nvtracker"
    DEWARPER = "nvdewarper"


class Need(Enum):
    """Whether the pipeline starts without the file."""

    REQUIRED = "required"
    OPTIONAL = "optional"


@dataclass(frozen=True, kw_only=True, slots=True)
class NamedFile:
    """A file that a configuration names.

    Attributes:
        key: The key that names it.
        path: Where it is looked for.
        need: Whether the pipeline starts without it.
    """

    key: str
    path: Path
    need: Need


@dataclass(frozen=True, kw_only=True, slots=True)
class Configuration:
    """A configuration file that was read.

    Attributes:
        path: The file.
        kind: Which element reads it.
        groups: Group -> key -> value; empty for protobuf text.
    """

    path: Path
    kind: ConfigurationKind
    groups: Mapping[str, Mapping[str, str]]

    def named_files(self) -> Iterator[NamedFile]:
        """The files that it names, in its own order, resolved as the element does: relative to the file itself."""
        entries = {**self.groups.get("property", {}), **self.groups.get("tracker", {})}
        has_engine = _ENGINE_KEY in entries and is_file(self._resolve(entries[_ENGINE_KEY]))
        for key, value in entries.items():
            need = _need(key, entries, has_engine=has_engine)
            if need is not None and value:
                for part in value.split(";") if key in ("op-tensor-files", "ll-config-file") else [value]:
                    if part:
                        yield NamedFile(key=key, path=self._resolve(part), need=need)

    def _resolve(self, value: str) -> Path:
        return self.path.parent / value


def read_configuration(path: Path) -> Configuration:
    """Read a configuration file.

    Raises:
        InvalidValueError: It cannot be read, or no element of DeepStream would read it.
    """
    text = _text_of(path)
    groups = _key_file(text) if _first_word(text).startswith("[") else _yaml(text)
    if "property" in groups:
        is_dewarper = any(name.startswith("surface") for name in groups)
        kind = ConfigurationKind.DEWARPER if is_dewarper else ConfigurationKind.NVINFER
    elif "tracker" in groups:
        kind = ConfigurationKind.TRACKER
    elif _PROTOBUF_MESSAGE.search(_without_comments(text)):
        return Configuration(path=path, kind=ConfigurationKind.NVINFERSERVER, groups={})
    else:
        raise InvalidValueError(
            f"{_named(path)} is no configuration that DeepStream reads.",
            hint="nvinfer reads a [property] group, nvinferserver protobuf text with infer_config { … }.",
        )
    return Configuration(path=path, kind=kind, groups=groups)


def _need(key: str, entries: Mapping[str, str], *, has_engine: bool) -> Need | None:
    if key in _MODEL_KEYS:
        return Need.OPTIONAL if has_engine else Need.REQUIRED
    if key in _FILE_KEYS or key in _TRACKER_KEYS or key == "op-tensor-files":
        return Need.REQUIRED
    if key == _CALIBRATION_KEY:
        return Need.REQUIRED if entries.get("network-mode") == _INT8 and not has_engine else Need.OPTIONAL
    return Need.OPTIONAL if key == _ENGINE_KEY else None


def _text_of(path: Path) -> str:
    try:
        if path.stat().st_size > _LARGEST:
            raise InvalidValueError(f"{_named(path)} is too large for a configuration.", hint="Name a text file.")
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise InvalidValueError(
            f"The configuration {_named(path)} does not exist.",
            hint="Check the path, as the image has it.",
        ) from None
    except (OSError, ValueError) as error:
        if isinstance(error, InvalidValueError):
            raise
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise InvalidValueError(
            f"The configuration {_named(path)} cannot be read: {reason}.",
            hint="Name a readable text file.",
        ) from None


def _named(path: Path) -> str:
    return shown(str(path), limit=_PATH)


def _without_comments(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))


def _first_word(text: str) -> str:
    return _without_comments(text).lstrip()[:1]


def _key_file(text: str) -> dict[str, dict[str, str]]:
    groups: dict[str, dict[str, str]] = {}
    group: dict[str, str] = {}
    for line in (raw.strip() for raw in text.splitlines()):
        if line.startswith("[") and "]" in line:
            group = groups.setdefault(line[1 : line.index("]")], {})
        elif "=" in line and not line.startswith("#"):
            key, _, value = line.partition("=")
            group[key.strip()] = value.strip()  # a later line wins, as in GKeyFile
    return groups


def _yaml(text: str) -> dict[str, dict[str, str]]:
    groups: dict[str, dict[str, str]] = {}
    group: dict[str, str] | None = None
    for line in text.splitlines():
        if head := _YAML_GROUP.fullmatch(line):
            group = groups.setdefault(head[1], {})
        elif group is not None and (entry := _YAML_ENTRY.fullmatch(line)):
            group[entry[1]] = entry[2].strip("\"'")
    return groups
