"""What a user sees: the answer on stdout, all else on stderr."""

import getpass
import json
import os
import sys
from collections.abc import Mapping
from typing import Any

from azdacli.cli.shown import learn_environment, shown
from azdacli.errors import AzdaError, BuildError, SpecError
from azdacli.util import streams
from dsconfig.printable import printable
from dsconfig.redaction import RUN

_COLOURS = {"error": "31", "warning": "33", "hint": "36"}


# Whether stdout has its answer: an answer that says what is wrong (a report) needs no second object about the failure.
_printed: list[bool] = []


def begin() -> None:
    """Forget the answer of an earlier verb, where several run in one process."""
    _printed.clear()
    learn_environment()


def result(text: str) -> None:
    """Print the answer, alone, on stdout."""
    _printed.append(True)
    # A program gets the bytes as they are; a terminal would obey what a label or a file's name says to it.
    text = printable(text) if sys.stdout.isatty() else text.encode("utf-8", "backslashreplace").decode()
    _write(sys.stdout, text)


def result_json(value: Mapping[str, Any]) -> None:
    """Print the answer as one JSON object on stdout."""
    result(json.dumps(value, indent=2, ensure_ascii=False))


def rendered(text: str, stream: Any = None) -> None:
    """Print a text that has its own colours, and that was made printable piece by piece."""
    if stream is sys.stdout:
        _printed.append(True)
    _write(stream or sys.stderr, text.encode("utf-8", "backslashreplace").decode())


def note(text: str) -> None:
    """Print a line of the log on stderr."""
    _write(sys.stderr, shown(text))


def warning(text: str) -> None:
    """Print something that the user should look at, on stderr."""
    _labelled("warning", shown(text))


def failure(error: AzdaError, *, as_json: bool = False) -> None:
    """Print an error with the last lines of its log and its hint, on stderr.

    Args:
        error: What went wrong.
        as_json: Whether stdout gets one object about it too, unless the verb has printed its answer already.
    """
    if as_json and not _printed:
        result_json({"ok": False, "error": {**RUN.redacted(error.as_json()), "hint": error.hint}})
    if isinstance(error, BuildError):
        for line in error.log:
            note(f"  | {line}")
    _labelled("error", shown(str(error)))
    if error.hint:
        # Our own sentence, which may show the form of an address with a password in it.
        _labelled("hint", printable(error.hint))


def ask_password(text: str) -> str:
    """Ask on the terminal, without showing what is typed."""
    password = getpass.getpass(f"{printable(text)}: ")
    RUN.add([password])
    return password


def coloured(stream: Any = None) -> bool:
    """Whether colour may be used on a stream (https://no-color.org)."""
    stream = sys.stderr if stream is None else stream
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _labelled(label: str, text: str) -> None:
    start, end = (f"\x1b[1;{_COLOURS[label]}m", "\x1b[0m") if coloured() else ("", "")
    _write(sys.stderr, f"{start}{label}:{end} {text}")


def _write(stream: Any, text: str) -> None:
    try:
        stream.write(text if text.endswith("\n") else f"{text}\n")
        stream.flush()
    except BrokenPipeError:
        raise  # `azdacli.__main__` ends the program
    except OSError as error:
        if stream is not sys.stdout:
            raise
        streams.discard(stream.fileno())
        raise SpecError(f"cannot write to standard output: {error.strerror}") from error
