"""What every format becomes: settings in groups, each with its line, and what is wrong with them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum

from dsconfig.printable import printable


class ConfigError(Exception):
    """A configuration that DeepStream refuses, or a file that is not a configuration.

    Args:
        message: One sentence that names the thing.
        line: The line, from 1; None when it is about the whole file.
        hint: What to type instead.
    """

    def __init__(self, message: str, *, line: int | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.hint = hint


def one_line(text: str) -> str:
    """A text that a sentence may quote: on one line, and nothing in it steers a terminal."""
    return printable(text).replace("\n", "\\n").replace("\t", " ")


class Form(Enum):
    """How a configuration is written."""

    KEY_FILE = "key file"
    YAML = "YAML"
    PROTOBUF = "protobuf text"


class FaultKind(Enum):
    """What is wrong; whoever shows a fault decides by it what to advise."""

    UNREADABLE = "unreadable"
    UNKNOWN_GROUP = "unknown group"
    UNKNOWN_KEY = "unknown key"
    BAD_VALUE = "bad value"
    DUPLICATE = "duplicate"
    CLASS_GROUP = "class group"
    IGNORED = "ignored"


@dataclass(frozen=True, kw_only=True, slots=True)
class Location:
    """A stretch of the text, from 1."""

    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """One thing that is wrong with a configuration.

    Attributes:
        kind: What it is.
        message: One sentence.
        line: Where, from 1.
        column: The first character, from 1; None for the whole line.
        end_column: One past the last character.
        fatal: Whether DeepStream refuses the file; otherwise it goes on without the setting.
        hint: What to type instead; empty where that is plain.
        group: The group that it is about; empty for none.
        key: The key that it is about; empty for none.
    """

    kind: FaultKind
    message: str
    line: int
    column: int | None = None
    end_column: int | None = None
    fatal: bool = True
    hint: str = ""
    group: str = ""
    key: str = ""

    def __post_init__(self) -> None:
        # A file's own text stands in the sentence; it must not add lines or commands for a terminal.
        object.__setattr__(self, "message", one_line(self.message))

    @classmethod
    def at(cls, location: Location | None, message: str, *, hint: str = "", fatal: bool = True) -> "Fault":
        """A bad value at a place; None is the file as a whole."""
        kind = FaultKind.BAD_VALUE
        if location is None:
            return cls(kind=kind, message=message, line=1, hint=hint, fatal=fatal)
        end = location.end_column if location.end_line == location.line else None
        return cls(
            kind=kind,
            message=message,
            line=location.line,
            column=location.column,
            end_column=end,
            hint=hint,
            fatal=fatal,
        )

    def error(self) -> ConfigError:
        """The fault as an exception."""
        return ConfigError(self.message, line=self.line, hint=self.hint or None)


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One setting.

    Attributes:
        group: The group that it stands in.
        key: Its name.
        value: Its text, as the format's own library hands it over: a key file keeps blanks at the end of a line.
        line: Where it stands, from 1.
        is_text: False for a YAML value that is a list, a map or nothing; `value` then says which.
    """

    group: str
    key: str
    value: str
    line: int
    is_text: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """A file of groups with keys.

    Attributes:
        form: How it is written.
        entries: All settings in the order of the text; a later one of the same name counts.
        groups: Where each group begins.
        faults: What is wrong with its form, in the order of the text.
    """

    form: Form
    entries: tuple[Entry, ...] = ()
    groups: Mapping[str, int] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()
    _of: dict[str, list[Entry]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # Each of thousands of classes may have a group, and all groups are asked for.
        for entry in self.entries:
            self._of.setdefault(entry.group, []).append(entry)

    def texts(self) -> dict[str, dict[str, str]]:
        """Group -> key -> text.

        Raises:
            ConfigError: The file has a fault that DeepStream refuses it for.
        """
        for fault in self.faults:
            if fault.fatal:
                raise fault.error()
        read: dict[str, dict[str, str]] = {name: {} for name in self.groups}
        for entry in self.entries:
            if entry.group in read:  # YAML has texts outside of any group, which nobody reads
                read[entry.group][entry.key] = entry.value
        return read

    def of(self, group: str) -> Iterator[Entry]:
        """The settings of one group."""
        return iter(self._of.get(group, ()))
