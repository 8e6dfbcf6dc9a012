"""What the runtime logs, as a terminal would get it."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from azda_runtime.log import RateFilter, RedactionFilter
from azda_runtime.log.formatters import TerminalFormatter


class _Lines(logging.Handler):
    def __init__(self, lines: list[str]) -> None:
        super().__init__()
        self.lines = lines
        self.setFormatter(TerminalFormatter())
        self.addFilter(RateFilter())
        self.addFilter(RedactionFilter())

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@contextmanager
def captured() -> Iterator[list[str]]:
    """Collect a text per record, and leave the loggers as they were."""
    root = logging.getLogger("azda_runtime")
    before = (root.handlers, root.level, root.propagate)
    handler = _Lines([])
    root.handlers, root.propagate = [handler], False
    root.setLevel(logging.INFO)
    try:
        yield handler.lines
    finally:
        root.handlers, root.propagate = before[0], before[2]
        root.setLevel(before[1])
