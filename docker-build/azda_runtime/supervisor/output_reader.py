"""Reads what a process prints, all of it, so that it never waits; and hands on as much as a log can take."""

import contextlib
import os
import re
import threading
import time
from collections.abc import Callable
from typing import BinaryIO

from azda_runtime.supervisor.policy.output_budget import OURS, OutputBudget

_LONGEST_LINE = 8 * 1024
_READ = 64 * 1024
_OUR_LINES = re.compile(rb"^(?:%s).*$" % b"|".join(OURS), re.MULTILINE)


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
                whole, newline, rest = (rest + piece).rpartition(b"\n")
                self._take(whole + newline)
                if len(rest) > _LONGEST_LINE:
                    self._take(rest + b"\n")
                    rest = b""
            self._take(rest + b"\n" if rest else b"")
            self._stream.close()
        self._say(at_end=True)

    def _take(self, block: bytes) -> None:
        """Take whole lines."""
        now = time.monotonic()
        if self._budget.is_spent(now):  # a parser that prints without end may not keep us busy
            lines = _OUR_LINES.findall(block)
            self._budget.skip(block.count(b"\n") - len(lines))
        else:
            lines = block.split(b"\n")[:-1]
        for line in lines:
            short = line if len(line) <= _LONGEST_LINE else line[:_LONGEST_LINE] + b"..."
            if self._budget.takes(short, now):
                self._write(short.decode("utf-8", "replace").rstrip("\r"))
        self._say()

    def _say(self, *, at_end: bool = False) -> None:
        if line := self._budget.left_out(time.monotonic(), at_end=at_end):
            self._write(f"warning: {self._about}: {line}")
