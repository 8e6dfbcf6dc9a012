"""Label files: one label per line."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from azdacli.parser_check import source as sources
from azdacli.parser_check.config.settings import Config
from azdacli.parser_check.finding import Finding
from azdacli.parser_check.rules import contract, cross
from azdacli.parser_check.source import Source
from dsconfig.parser_contract import LONGEST_LABEL


@dataclass(frozen=True, kw_only=True, slots=True)
class Labels:
    """A label file's text, and its labels."""

    source: Source
    labels: tuple[str, ...]


def read(path: Path) -> Labels | Finding:
    """Read a label file; blank lines at the end do not count."""
    try:
        source = sources.read_text(path)
    except sources.UnreadableError as error:
        return error.finding
    lines = [line.strip() for line in source.lines]
    while lines and not lines[-1]:
        lines.pop()
    # A file on one line, between semicolons, is how classifiers have it.
    only = (
        [part.strip() for part in lines[0].split(";") if part.strip()] if len(lines) == 1 and ";" in lines[0] else lines
    )
    return Labels(source=source, labels=tuple(only))


def of(config: Config) -> Labels | Finding | None:
    """The label file that a configuration names; None when it names none that is here."""
    entry = config.label_file
    if entry is None:
        return None
    path = config.files.find(entry.value)
    return read(path) if path is not None else None


def check(config: Config, labels: Labels, *, native: bool) -> Iterator[Finding]:
    """Check the labels' lengths, and with a native parser their number."""
    for number, line in enumerate(labels.source.lines, start=1):
        for label in (part.strip() for part in line.split(";")):
            size = len(label.encode(errors="replace"))
            if size > LONGEST_LABEL:
                message = f"this label takes {size} bytes in UTF-8; there is room for {LONGEST_LABEL}"
                yield labels.source.finding(contract.LABEL_TOO_LONG, number, message)
    entry = config.classes
    if (
        native
        and config.is_detector
        and entry is not None
        and entry.integer is not None
        and entry.integer != len(labels.labels)
    ):
        name = labels.source.path.name
        message = f"'{entry.key}' is {entry.integer}, and {name} has {len(labels.labels)} labels"
        yield config.finding(
            cross.CLASS_COUNT, entry, message, cure=f"Set '{entry.key}' to {len(labels.labels)}, or correct {name}."
        )
