"""A filter for what happens again and again: the first line at once, the next after a pause, the others counted."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

PAUSE_SECONDS = 60.0
# Kinds are named by the code and are few; those that hold a name from outside may not grow for ever.
_MOST_KINDS = 1000


@dataclass(frozen=True, kw_only=True, slots=True)
class Rate:
    """How often a record is written.

    Attributes:
        kind: What it is about; records of one package and kind share a pause.
        pause: Seconds between two of them.
        count: How many things happened; what was held back is added to the next line.
        anew: Whether it is written whatever came before it.
        over: Whether it says that the trouble is over: written only where a line about the trouble was.
    """

    kind: str
    pause: float = PAUSE_SECONDS
    count: int = 1
    anew: bool = False
    over: bool = False


def limited(kind: str, *, pause: float = PAUSE_SECONDS, count: int = 1, anew: bool = False) -> dict[str, Rate]:
    """The ``extra`` of a record that is written now and then."""
    return {"rate": Rate(kind=kind, pause=pause, count=count, anew=anew)}


def over(kind: str, *, anew: bool = False) -> dict[str, Rate]:
    """The ``extra`` of a record that says that such a trouble is over; anew, it is written whatever was before."""
    return {"rate": Rate(kind=kind, over=True, anew=anew)}


class RateFilter(logging.Filter):
    """Holds back records that carry a `Rate`; any thread may log.

    Args:
        clock: Seconds that only grow.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._lock = threading.Lock()
        self._kinds: dict[tuple[str, str], tuple[float, int]] = {}
        self._open: set[tuple[str, str]] = set()

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether a record is written."""
        rate = getattr(record, "rate", None)
        if not isinstance(rate, Rate):
            return True
        key = (record.name.rpartition(".")[0], rate.kind)
        with self._lock:
            if rate.over:
                was_open = rate.anew or key in self._open
                self._open.discard(key)
                return was_open
            held_back = self._held_back(key, rate)
        if held_back is None:
            return False
        if held_back:
            first, newline, rest = record.getMessage().partition("\n")
            record.msg = f"{first} ({held_back} more since the last such line){newline}{rest}"
            record.args = None
        return True

    def _held_back(self, key: tuple[str, str], rate: Rate) -> int | None:
        """How many were held back since the last; None where this one is, too."""
        now = self._clock()
        last, quiet = (None, 0) if rate.anew else self._kinds.get(key, (None, 0))
        if last is not None and now - last < rate.pause:
            self._kinds[key] = (last, quiet + rate.count)
            return None
        if len(self._kinds) >= _MOST_KINDS:
            self._kinds.clear()
            self._open.clear()
        self._kinds[key] = (now, 0)
        self._open.add(key)
        return quiet
