"""Lines of output that several threads write."""

import contextlib
import os
import sys
import threading
from collections.abc import Callable
from io import TextIOWrapper
from typing import BinaryIO, TextIO

from azda_runtime.settings import LogLevel
from dsconfig.printable import printable
from dsconfig.redaction import RUN

_ORDER = (LogLevel.DEBUG, LogLevel.INFORMATION, LogLevel.WARNING, LogLevel.ERROR)


class Lines:
    """Lines for whoever reads them; a reader that is gone, or a full disk, is told once.

    Args:
        file: Takes them.
        failed: Called with the reason when they cannot be written any more.
    """

    def __init__(self, file: TextIO, failed: Callable[[str], None] = lambda _: None) -> None:
        self.failed = failed
        self._file = file
        self._lock = threading.Lock()
        self._lost = False

    def write(self, line: str) -> None:
        """Write one line; threads take turns."""
        with self._lock:
            if self._lost:
                return
            try:
                self._file.write(f"{line}\n")
                self._file.flush()
            except OSError as error:
                self._lost = True
                self.failed(f"Nothing more can be written: {error.strerror}.")


def tell(line: str) -> None:
    """Print a line of the log, without secrets and without what steers a terminal.

    That nobody reads it any more stops nothing.
    """
    with contextlib.suppress(OSError):
        sys.stderr.write(f"{printable(RUN.redacted(line))}\n")
        sys.stderr.flush()


class Log:
    """Lines of the story, as many as the log level lets through.

    A line says by its first word how much it matters: ``error:``, ``warning:``, ``debug:``; any other informs, and a
    ``hint:`` matters as much as the line before it.

    Args:
        about: Stands before each line, behind that word.
        write: Takes what is let through.
    """

    def __init__(self, about: str = "", write: Callable[[str], None] = tell) -> None:
        self.level = LogLevel.INFORMATION
        self._about = about
        self._write = write
        self._last = LogLevel.INFORMATION

    def tell(self, line: str) -> None:
        """Tell a line, or keep quiet."""
        word, colon, rest = line.partition(": ")
        known = {"error": LogLevel.ERROR, "warning": LogLevel.WARNING, "debug": LogLevel.DEBUG, "hint": self._last}
        marked = bool(colon) and word in known
        self._last = known[word] if marked else LogLevel.INFORMATION
        if _ORDER.index(self._last) < _ORDER.index(self.level):
            return
        if marked and self._about and not rest.startswith(self._about):
            self._write(f"{word}: {self._about}{rest}")
        else:
            self._write(line if marked or not self._about else f"{self._about}{line}")


def take_standard_output() -> TextIO:
    """Keep standard output for our lines; what a parser or a library prints goes to standard error."""
    return TextIOWrapper(take_standard_output_bytes(), encoding="utf-8")


def take_standard_output_bytes() -> BinaryIO:
    """The same, for who writes bytes. Whoever keeps a text file's `buffer` alone loses it with the text file."""
    sys.stdout.flush()
    kept = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return kept
