"""Reads what a process prints, all of it, so that it never waits; and hands on as much as a log can take."""

import contextlib
import logging
import os
import re
import threading
import time
from typing import BinaryIO

from azda_runtime.log import relay
from azda_runtime.log.formatters import LONGEST_RELAYED
from azda_runtime.supervisor.policy.output_budget import OURS, OutputBudget

_log = logging.getLogger(__name__)

_LONGEST_LINE = 8 * 1024
_READ = 64 * 1024
# A record of the child's own log takes more, as JSON.
_LONGEST = {True: LONGEST_RELAYED, False: _LONGEST_LINE}
_OUR_LINES = re.compile(rb"^(?:%s).*$" % b"|".join(map(re.escape, OURS)), re.MULTILINE)


class OutputReader(threading.Thread):
    """Follows one stream to its end.

    Args:
        stream: The process's standard error.
        about: Names the process.
    """

    def __init__(self, stream: BinaryIO, about: str) -> None:
        super().__init__(name=f"output of {about}", daemon=True)
        self._stream = stream
        self._about = about
        self._budget = OutputBudget(time.monotonic())

    def run(self) -> None:
        """Read until nobody can write there any more."""
        rest = b""
        with contextlib.suppress(OSError, ValueError):
            while piece := os.read(self._stream.fileno(), _READ):
                whole, newline, rest = (rest + piece).rpartition(b"\n")
                self._take(whole + newline)
                if len(rest) > _LONGEST[rest.startswith(OURS)]:
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
            most = _LONGEST[line.startswith(OURS)]
            short = line if len(line) <= most else line[:most] + b"..."
            if self._budget.takes(short, now):
                relay(short.decode("utf-8", "replace").rstrip("\r"), self._about)
        self._say()

    def _say(self, *, at_end: bool = False) -> None:
        if line := self._budget.left_out(time.monotonic(), at_end=at_end):
            _log.warning("%s", line, extra={"pipeline": self._about})
