"""A configuration's settings, whichever of the three forms it is written in."""

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any

from azdacli.parser_check.finding import WHOLE_FILE, Certainty, Finding, Span
from azdacli.parser_check.location import Location, OnDisk
from azdacli.parser_check.rules import Rule
from azdacli.parser_check.source import Source
from dsconfig.document import Fault, FaultKind
from dsconfig.protobuf_schema import Message
from dsconfig.yaml_values import stoi

OTHER_NETWORK = 100
_MODES = {"PROCESS_MODE_FULL_FRAME": 1, "PROCESS_MODE_CLIP_OBJECTS": 2}
_TRUE = frozenset({"true", "True", "t"})
_POST = "infer_config.postprocess"

# A setting as cures write it, `key=value`: the form of key files.
_KEY_IN_CODE = re.compile(r"`([a-z][a-z0-9-]*)=([^`=]*)`")


def _in_yaml(setting: re.Match[str]) -> str:
    return f"`{setting[1]}: {setting[2]}`"


class Form(Enum):
    """How a configuration is written."""

    INI = "nvinfer configuration"
    YAML = "nvinfer configuration in YAML"
    PROTOBUF = "nvinferserver configuration"


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One setting.

    Attributes:
        group: `property`, `class-attrs-0`, or for protobuf text the path of the message, as `infer_config.backend`.
        key: Its name.
        value: What is written behind it; for a protobuf message its path.
        span: Where the whole setting stands.
        quoted: Whether the value is a string in quotes.
    """

    group: str
    key: str
    value: str
    span: Span
    quoted: bool = False

    @property
    def integer(self) -> int | None:
        """The integer that the value begins with, as GLib and C++ read one; None when it begins with none."""
        try:
            return stoi(self.value)
        except ValueError:
            return None

    @property
    def true(self) -> bool:
        """Whether the value says yes."""
        return self.value.strip() in _TRUE or bool(self.integer)

    @property
    def items(self) -> tuple[str, ...]:
        """The value as a list between semicolons."""
        return tuple(part.strip() for part in self.value.split(";") if part.strip())


@dataclass(frozen=True, kw_only=True)
class Config:
    """What a configuration says.

    Attributes:
        source: Its text.
        form: How it is written.
        entries: All settings in the order of the text.
        groups: Where each group or message begins.
        faults: What is wrong with it by itself, as dsconfig found it.
        values: What nvinfer reads in `[property]`, by key.
        message: What an nvinferserver configuration says.
        location: Where the files are that it names; None for those beside it on this machine.
    """

    source: Source
    form: Form
    entries: tuple[Entry, ...]
    groups: Mapping[str, Span] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict)
    message: Message | None = None
    location: Location | None = None

    @property
    def path(self) -> Path:
        """The file."""
        return self.source.path

    @property
    def unreadable(self) -> bool:
        """Whether nothing of it was read, because it is not text of its format."""
        return not self.entries and any(fault.kind is FaultKind.UNREADABLE for fault in self.faults)

    @property
    def is_groupless(self) -> bool:
        """Whether nvinfer finds no group `property` in it."""
        return self.form is not Form.PROTOBUF and "property" not in self.groups

    def get(self, key: str, group: str = "property") -> Entry | None:
        """The setting that counts: the last one of its name."""
        return self._last.get((group, key))

    @functools.cached_property
    def _last(self) -> Mapping[tuple[str, str], Entry]:
        """The settings that count: rules ask for them once for each of thousands of groups."""
        return {(entry.group, entry.key): entry for entry in self.entries}

    def _either(self, key: str, group: str, field_name: str) -> Entry | None:
        return self.get(field_name, group) if self.form is Form.PROTOBUF else self.get(key)

    @property
    def start(self) -> Span:
        """Where a setting that is missing would go."""
        return self.groups.get("infer_config" if self.form is Form.PROTOBUF else "property", WHOLE_FILE)

    @property
    def unique_id(self) -> Entry | None:
        """The number by which other elements and parsers know the model."""
        return self._either("gie-unique-id", "infer_config", "unique_id")

    @property
    def process_mode(self) -> int | None:
        """1 for a primary model, 2 for a secondary one; None when it is not said."""
        entry = self._either("process-mode", "input_control", "process_mode")
        return None if entry is None else _MODES.get(entry.value, entry.integer)

    @property
    def process_mode_entry(self) -> Entry | None:
        """Where the process mode is set."""
        return self._either("process-mode", "input_control", "process_mode")

    @property
    def tensor_meta(self) -> Entry | None:
        """Whether raw outputs are attached to frames."""
        return self._either("output-tensor-meta", "output_control", "output_tensor_meta")

    @property
    def network_type(self) -> Entry | None:
        """What nvinfer does with the outputs by itself; for nvinferserver the message that says so."""
        if self.form is not Form.PROTOBUF:
            return self.get("network-type")
        names = (
            "other",
            "detection",
            "classification",
            "segmentation",
            "triton_classification",
            "trtis_classification",
        )
        return next((e for e in self.entries if e.group == _POST and e.key in names), None)

    @property
    def is_other(self) -> bool | None:
        """Whether the outputs are left to somebody else; None when that is unknown."""
        entry = self.network_type
        if self.form is Form.PROTOBUF:
            return None if entry is None else entry.key == "other"
        return entry is not None and entry.integer == OTHER_NETWORK

    @property
    def is_detector(self) -> bool:
        """Whether nvinfer looks for boxes by itself, which it also does when nothing is said."""
        entry = self.network_type
        if self.form is Form.PROTOBUF:
            return entry is not None and entry.key == "detection"
        if entry is None:
            classifier = self.get("is-classifier")
            return classifier is None or not classifier.true
        return entry.integer in {0, 3}

    @property
    def classes(self) -> Entry | None:
        """The number of classes of a detector."""
        return self._either("num-detected-classes", f"{_POST}.detection", "num_detected_classes")

    @property
    def label_file(self) -> Entry | None:
        """The file with the labels."""
        return self._either("labelfile-path", _POST, "labelfile_path")

    @property
    def library(self) -> Entry | None:
        """The native library."""
        return self._either("custom-lib-path", "infer_config.custom_lib", "path")

    @property
    def functions(self) -> tuple[Entry, ...]:
        """The native functions that are looked for in the library."""
        if self.form is Form.PROTOBUF:
            return tuple(e for e in self.entries if e.key.startswith("custom_parse_") and e.group.startswith(_POST))
        return tuple(e for e in self.entries if e.group == "property" and e.key.endswith("-func-name"))

    @property
    def outputs(self) -> tuple[str, ...]:
        """The layers that the configuration lists as outputs; empty when it lists none."""
        if self.form is Form.PROTOBUF:
            found = (e for e in self.entries if e.group == "infer_config.backend.outputs" and e.key == "name")
            return tuple(e.value for e in found)
        entry = self.get("output-blob-names")
        return entry.items if entry else ()

    @property
    def files(self) -> Location:
        """Where the files are that it names; its paths are relative to itself."""
        return self.location or OnDisk(path=self.path)

    def finding(
        self,
        rule: Rule,
        location: Entry | Span | int,
        message: str,
        *,
        cure: str | None = None,
        certainty: Certainty = Certainty.SURE,
    ) -> Finding:
        """Say something about a setting or a line."""
        span = location.span if isinstance(location, Entry) else location
        if self.form is Form.YAML:
            cure = _KEY_IN_CODE.sub(_in_yaml, cure or rule.cure)
        return self.source.finding(rule, span, message, cure=cure, certainty=certainty)
