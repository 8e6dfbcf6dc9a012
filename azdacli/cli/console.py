"""What a user sees: the answer on stdout, the story on stderr."""

import getpass
import json
import os
import sys
from collections.abc import Mapping
from typing import Any

from azdacli.errors import AzdaError, BuildError
from azdacli.util.printable import printable

_COLOURS = {"error": "31", "warning": "33", "hint": "36"}


# Whether stdout has its answer: an answer that says what is wrong (a report) needs no second object about the failure.
_printed: list[bool] = []


def begin() -> None:
    """Forget the answer of an earlier verb, where several run in one process."""
    _printed.clear()


def result(text: str) -> None:
    """Print the answer, alone, on stdout."""
    _printed.append(True)
    sys.stdout.write(text if text.endswith("\n") else f"{text}\n")
    sys.stdout.flush()


def result_json(value: Mapping[str, Any]) -> None:
    """Print the answer as one JSON object on stdout."""
    result(json.dumps(value, indent=2, ensure_ascii=False))


def note(text: str) -> None:
    """Print a line of the log on stderr; what a terminal would obey is shown instead."""
    _write(printable(text))


def _write(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def warning(text: str) -> None:
    """Print something that the user should look at, on stderr."""
    _write(_labelled("warning", text))


def failure(error: AzdaError, *, as_json: bool = False) -> None:
    """Print an error with the last lines of its log and its hint, on stderr.

    Args:
        error: What went wrong.
        as_json: Whether stdout gets one object about it too, unless the verb has printed its answer already.
    """
    if as_json and not _printed:
        result_json({"ok": False, "error": error.as_json()})
    if isinstance(error, BuildError):
        for line in error.log:
            note(f"  | {line}")
    _write(_labelled("error", str(error)))
    if error.hint:
        _write(_labelled("hint", error.hint))


def ask_password(text: str) -> str:
    """Ask on the terminal, without showing what is typed."""
    return getpass.getpass(f"{text}: ")


def coloured(stream: Any = None) -> bool:
    """Whether colour may be used on a stream (https://no-color.org)."""
    stream = sys.stderr if stream is None else stream
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _labelled(label: str, text: str) -> str:
    text = printable(text)
    if not coloured():
        return f"{label}: {text}"
    return f"\x1b[1;{_COLOURS[label]}m{label}:\x1b[0m {text}"
