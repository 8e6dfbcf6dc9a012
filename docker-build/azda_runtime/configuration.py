"""DeepStream's configuration files: which element reads one, and which files it names.

The reading is dsconfig's, as in the checker and in the simulator: what one of them refuses, all refuse.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any

from azda_runtime.files import is_file
from azda_runtime.problems import InvalidValueError, shown
from dsconfig import keyfile, lookup, nvinfer, nvinfer_values, server, tracking, yaml_file
from dsconfig.document import ConfigError, Document
from dsconfig.kinds import ConfigKind as ConfigurationKind
from dsconfig.kinds import kind_of, text_fault
from dsconfig.protobuf_schema import Message

__all__ = ["Configuration", "ConfigurationKind", "NamedFile", "Need", "read_configuration"]

_LARGEST = 1024 * 1024
_PATH = 200
_INT8 = 1

# What the model is read from: not needed where a TensorRT engine for this very GPU lies ready.
_MODEL_KEYS = ("onnx-file", "tlt-encoded-model", "model-file", "proto-file", "uff-file", "custom-network-config")
_FILE_KEYS = ("labelfile-path", "mean-file", "custom-lib-path", "ip-tensor-file", "op-tensor-files")
_ENGINE_KEY = "model-engine-file"
_CALIBRATION_KEY = "int8-calib-file"
_TRACKER_KEYS = ("ll-lib-file", "ll-config-file")


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
        groups: Group -> key -> text; empty for protobuf text.
        values: nvinfer's keys of `[property]` as nvinfer reads them; empty for the other elements.
        message: What an nvinferserver configuration says; None for the other elements.
    """

    path: Path
    kind: ConfigurationKind
    groups: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)
    message: Message | None = None

    def named_files(self) -> Iterator[NamedFile]:
        """The files that it names, in its own order, resolved as the element does: relative to the file itself."""
        entries: dict[str, Any] = {**self.values, **self.groups.get("tracker", {}), **_server_files(self.message)}
        has_engine = _ENGINE_KEY in entries and is_file(self._resolve(entries[_ENGINE_KEY]))
        for key, value in entries.items():
            need = _need(key, entries, has_engine=has_engine)
            parts = value.split(";") if key == "ll-config-file" else value if isinstance(value, tuple) else (value,)
            if need is not None:
                for part in parts:
                    if part:
                        yield NamedFile(key=key, path=self._resolve(part), need=need)

    def _resolve(self, value: str) -> Path:
        return Path(lookup.beside(os.path.realpath(self.path), value))


def read_configuration(path: Path) -> Configuration:
    """Read a configuration file.

    Raises:
        InvalidValueError: It cannot be read, or no element of DeepStream would read it.
    """
    data = _data_of(path)
    kind = kind_of(data)
    try:
        if kind is ConfigurationKind.NVINFER:
            config = nvinfer.read(nvinfer.parse(data, yaml=nvinfer.is_yaml(path)))
            config.refuse()
            return Configuration(path=path, kind=kind, groups=_texts(config.document), values=config.values)
        if kind is ConfigurationKind.NVINFERSERVER:
            text = data.decode("utf-8", errors="replace")
            reading = server.read(text)
            if reading.faults:
                raise reading.faults[0].error()
            return Configuration(path=path, kind=kind, message=reading.message)
        if kind is not None:
            document = yaml_file.parse(data) if nvinfer.is_yaml(path) else keyfile.parse(data)
            return Configuration(path=path, kind=kind, groups=_texts(document))
    except ConfigError as error:
        line = "" if error.line is None else f", line {error.line}"
        hint = error.hint or f"Correct the file, as {kind.value if kind else 'DeepStream'} reads it."
        raise InvalidValueError(f"{_named(path)}{line}: {error.message}.", hint=hint) from None
    if reason := text_fault(data):
        raise InvalidValueError(
            f"The configuration {_named(path)} cannot be read: {reason}.", hint="Save the file as UTF-8 text."
        )
    if tracking.is_tracker(data):  # what the tracker's library reads, not its element
        raise InvalidValueError(
            f"{_named(path)} is a low-level configuration of NVIDIA's tracker library, not one of nvtracker.",
            hint="A tracker's configuration has a [tracker] group; name this file in one, as ll-config-file.",
        )
    raise InvalidValueError(
        f"{_named(path)} is not a configuration that DeepStream reads.",
        hint="nvinfer reads a [property] group, nvinferserver protobuf text with infer_config { … }.",
    )


def _texts(document: Document) -> dict[str, dict[str, str]]:
    """The groups, with each text as its element gets it.

    Raises:
        ConfigError: The element refuses the file.
    """
    groups = document.texts()
    for entry in document.entries:
        if entry.group in groups:
            groups[entry.group][entry.key] = nvinfer_values.text_of(entry, document.form)
    return groups


def _server_files(message: Message | None) -> dict[str, str]:
    """The files that an nvinferserver configuration names, by nvinfer's names of the keys."""
    if message is None:
        return {}
    infer = message.infer_config
    return {
        "labelfile-path": infer.postprocess.labelfile_path,
        "custom-lib-path": infer.custom_lib.path,
        "mean-file": infer.preprocess.normalize.mean_file,
    }


def _need(key: str, entries: Mapping[str, Any], *, has_engine: bool) -> Need | None:
    if key in _MODEL_KEYS:
        return Need.OPTIONAL if has_engine else Need.REQUIRED
    if key in _FILE_KEYS or key in _TRACKER_KEYS:
        return Need.REQUIRED
    if key == _CALIBRATION_KEY:
        return Need.REQUIRED if entries.get("network-mode") == _INT8 and not has_engine else Need.OPTIONAL
    return Need.OPTIONAL if key == _ENGINE_KEY else None


def _data_of(path: Path) -> bytes:
    try:
        if path.stat().st_size > _LARGEST:
            raise InvalidValueError(f"{_named(path)} is too large for a configuration.", hint="Name a text file.")
        return path.read_bytes()
    except FileNotFoundError:
        raise InvalidValueError(
            f"The configuration {_named(path)} does not exist.",
            hint="Check the path, as the image has it.",
        ) from None
    except (OSError, ValueError) as error:
        if isinstance(error, InvalidValueError):
            raise
        reason = error.strerror if isinstance(error, OSError) else "its name is not a file name"
        raise InvalidValueError(
            f"The configuration {_named(path)} cannot be read: {reason}.",
            hint="Name a readable text file.",
        ) from None


def _named(path: Path) -> str:
    return shown(str(path), limit=_PATH)
