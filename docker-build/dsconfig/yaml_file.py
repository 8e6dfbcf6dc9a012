"""YAML of two levels, as NVIDIA's elements read it with yaml-cpp: groups, and keys with a text each.

Scalars stay texts: what kind of number one is, is for the reader of the key to say (`yaml_values`). PyYAML composes the
nodes; where yaml-cpp 0.7 differs from it, yaml-cpp's way is taken: of two groups of one name the first counts, `<<` is
a key like any other, a directive needs no `---` behind it.
"""

import re
from dataclasses import dataclass, field
from typing import Any

from dsconfig.document import ConfigError, Document, Entry, Fault, FaultKind, Form

_DEEPEST = 50
_DIRECTIVE = re.compile(r"\A(?:[ \t]*(?:#[^\n]*)?\n)*%[^\n]*")
_NOTHING = frozenset({"", "~", "null", "Null", "NULL"})


def parse(data: bytes) -> Document:
    """Read a file of groups; what is wrong with it is among the document's faults."""
    reader = _Reader()
    try:
        root = _root(data)
    except ConfigError as error:
        return Document(form=Form.YAML, faults=(_fault(error.message, error.line or 1, hint=error.hint or ""),))
    if root is not None:
        reader.root(root)
    return Document(form=Form.YAML, entries=tuple(reader.entries), groups=reader.groups, faults=tuple(reader.faults))


def _fault(message: str, line: int, *, hint: str = "", fatal: bool = True) -> Fault:
    return Fault(
        kind=FaultKind.UNREADABLE if fatal else FaultKind.IGNORED, message=message, line=line, hint=hint, fatal=fatal
    )


def _root(data: bytes) -> Any:
    """The first document's node; None for an empty file."""
    try:
        import yaml  # noqa: PLC0415 # who reads no YAML needs no PyYAML
    except ImportError:
        raise ConfigError("YAML needs the Python package PyYAML", hint="Install it: pip install pyyaml") from None
    text = data.decode("utf-8", errors="replace").replace("\x85", " ")
    # OpenCV's `%YAML:1.0`, which NVIDIA's tracker files carry, and directives without `---` become comments.
    while found := _DIRECTIVE.match(text):
        start = found[0].rindex("%")
        text = f"{text[:start]}#{text[start + 1 :]}"
    try:
        # yaml-cpp reads the first document and never looks at a second one.
        return next(iter(yaml.compose_all(text, Loader=yaml.SafeLoader)), None)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise _readable(error) from None


def _readable(error: Exception) -> ConfigError:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    problem = getattr(error, "problem", None) or (
        "it is nested too deeply" if isinstance(error, RecursionError) else error
    )
    line = mark.line + 1 if mark is not None else None
    return ConfigError(f"this is not YAML: {problem}", line=line, hint="Indent `key: value` below its group.")


@dataclass(slots=True)
class _Reader:
    entries: list[Entry] = field(default_factory=list)
    groups: dict[str, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def root(self, root: Any) -> None:
        if root.id == "scalar" and not root.value:
            return
        if root.id != "mapping":
            self.faults.append(_fault("a configuration is a map of groups", root.start_mark.line + 1))
            return
        for key, node in root.value:
            line = key.start_mark.line + 1
            name = key.value if key.id == "scalar" else ""
            if key.id != "scalar":
                self.faults.append(_fault("the name of a group is a text", line))
            elif name in self.groups:
                message = f"'{name}' stands on line {self.groups[name]} already; only that one counts"
                self.faults.append(_fault(message, line, fatal=False))
            else:
                self.groups[name] = line
                self._group(name, node, line)

    def _group(self, group: str, node: Any, line: int) -> None:
        if node.id == "mapping":
            for key, value in node.value:
                self._entry(group, key, value)
        elif node.id == "sequence":
            self.faults.append(_fault(f"'{group}' is a list, not a map of keys", line))
        elif not is_nothing(node):
            # A text beside the groups: nobody reads it.
            del self.groups[group]
            self.entries.append(Entry(group="", key=group, value=node.value, line=line))

    def _entry(self, group: str, key: Any, node: Any) -> None:
        line = key.start_mark.line + 1
        if key.id != "scalar":
            self.faults.append(_fault("the name of a key is a text", line))
            return
        if node.id == "scalar" and not is_nothing(node):
            self.entries.append(Entry(group=group, key=key.value, value=node.value, line=line))
            return
        what = {"sequence": "a list", "mapping": "a map"}.get(node.id, "nothing")
        items = node.value if node.id == "sequence" else []
        plain = all(item.id == "scalar" for item in items)
        value = ";".join(item.value for item in items) if items and plain else what
        self.entries.append(Entry(group=group, key=key.value, value=value, line=line, is_text=False))


def is_nothing(node: Any) -> bool:
    """Whether yaml-cpp takes a scalar for null: a plain one, and empty or called so."""
    return node.id == "scalar" and node.style is None and node.value in _NOTHING
