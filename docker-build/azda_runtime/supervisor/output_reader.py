"""Reads what a process prints, all of it, so that it never waits; and hands on as much as a log can take."""

import contextlib
import os
import threading
import time
from collections.abc import Callable
from typing import BinaryIO

from azda_runtime.supervisor.policy.output_budget import OutputBudget

_LONGEST_LINE = 8 * 1024
_READ = 64 * 1024


class OutputReader(threading.Thread):
    """Follows one stream to its end.

    Args:
        stream: The process's standard error.
        about: Names the process in lines about what was left out.
        write: Takes lines.
    """

    def __init__(self, stream: BinaryIO, about: str, write: Callable[[str], None]) -> None:
        super().__init__(name=f"output of {about}", daemon=True)
        self._stream = stream
        self._about = about
        self._write = write
        self._budget = OutputBudget(time.monotonic())

    def run(self) -> None:
        """Read until nobody can write there any more."""
        rest = b""
        with contextlib.suppress(OSError, ValueError):
            while piece := os.read(self._stream.fileno(), _READ):
                *lines, rest = (rest + piece).split(b"\n")
                if len(rest) > _LONGEST_LINE:
                    lines, rest = [*lines, rest], b""
                self._take(lines)
            self._take([rest] if rest else [])
            self._stream.close()
        self._say(at_end=True)

    def _take(self, lines: list[bytes]) -> None:
        now = time.monotonic()
        for line in lines:
            short = line if len(line) <= _LONGEST_LINE else line[:_LONGEST_LINE] + b"..."
            if self._budget.takes(short, now):
                self._write(short.decode("utf-8", "replace").rstrip("\r"))
        self._say()

    def _say(self, *, at_end: bool = False) -> None:
        if line := self._budget.left_out(time.monotonic(), at_end=at_end):
            self._write(f"warning: {self._about}: {line}")
