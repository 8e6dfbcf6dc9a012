"""`worker`: one pipeline of `serve`; speaks with it by lines (supervision/protocol.py), and is of no use alone."""

import logging
import os
from collections.abc import Sequence
from typing import TextIO

from azda_runtime.exit_codes import WRONG_USAGE
from azda_runtime.line_writer import Lines, take_standard_output
from azda_runtime.log import configure
from azda_runtime.supervisor.policy.protocol import Orders
from azda_runtime.worker.worker import Worker, leave

_log = logging.getLogger(__name__)


def main(arguments: Sequence[str]) -> int:
    """Read what to run, and run it."""
    configure()
    later = _take_standard_input()
    try:
        orders = None if arguments else Orders.of(later.readline())
    except (ValueError, KeyError, TypeError):
        orders = None
    if orders is None:
        hint = "Run `python3 -m azda_runtime serve --settings FILE`."
        _log.error("a worker takes its orders from `serve`, on standard input", extra={"hint": hint})
        return WRONG_USAGE
    code = Worker(orders, Lines(take_standard_output())).run(later)
    leave(code)
    return code


def _take_standard_input() -> TextIO:
    """Keep standard input for our orders; a parser that reads it finds nothing."""
    kept = os.fdopen(os.dup(0), encoding="utf-8")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    return kept
