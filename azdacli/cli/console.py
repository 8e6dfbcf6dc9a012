"""What a user sees: the answer on stdout, the story on stderr."""

import getpass
import json
import os
import sys
from collections.abc import Mapping
from typing import Any

from azdacli.errors import AzdaError, BuildError

_COLOURS = {"error": "31", "warning": "33", "hint": "36"}


def result(text: str) -> None:
    """Print the answer, alone, on stdout."""
    sys.stdout.write(text if text.endswith("\n") else f"{text}\n")
    sys.stdout.flush()


def result_json(value: Mapping[str, Any]) -> None:
    """Print the answer as one JSON object on stdout."""
    result(json.dumps(value, indent=2, ensure_ascii=False))


def note(text: str) -> None:
    """Print a line of the story on stderr."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def warning(text: str) -> None:
    """Print something that the user should look at, on stderr."""
    note(_labelled("warning", text))


def failure(error: AzdaError) -> None:
    """Print an error with the last lines of its log and its hint, on stderr."""
    if isinstance(error, BuildError):
        for line in error.log:
            note(f"  | {line}")
    note(_labelled("error", str(error)))
    if error.hint:
        note(_labelled("hint", error.hint))


def ask_password(text: str) -> str:
    """Ask on the terminal, without showing what is typed."""
    return getpass.getpass(f"{text}: ")


def coloured(stream: Any = None) -> bool:
    """Whether colour may be used on a stream (https://no-color.org)."""
    stream = sys.stderr if stream is None else stream
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _labelled(label: str, text: str) -> str:
    if not coloured():
        return f"{label}: {text}"
    return f"\x1b[1;{_COLOURS[label]}m{label}:\x1b[0m {text}"
