"""How much of what a process prints goes into the log: a burst, then a trickle; the rest is counted."""

from azda_runtime.log.formatters import RELAYED

BURST = 256 * 1024
BYTES_A_SECOND = 2 * 1024
# Between two lines that say how much was left out.
PAUSE_SECONDS = 60.0

OURS = (RELAYED.encode(),)
# With less than this left, lines are not looked at one by one.
_SPENT = 1024


class OutputBudget:
    """Decides line by line.

    Records of our own modules have a budget of their own, so that a parser that prints without end cannot hide them.

    Args:
        now: The time, as in all methods: seconds that only grow.
    """

    def __init__(self, now: float) -> None:
        self._left = {True: float(BURST), False: float(BURST)}
        self._at = now
        self._said = float("-inf")
        self._lines = 0

    def takes(self, line: bytes, now: float) -> bool:
        """Whether a line goes into the log."""
        self._grow(now)
        ours = line.startswith(OURS)
        if len(line) > self._left[ours]:
            self._lines += 1
            return False
        self._left[ours] -= len(line)
        return True

    def is_spent(self, now: float) -> bool:
        """Whether lines that are not ours can be skipped in one piece."""
        self._grow(now)
        return self._left[False] < _SPENT

    def skip(self, lines: int) -> None:
        """Leave lines out."""
        self._lines += lines

    def _grow(self, now: float) -> None:
        grown = (now - self._at) * BYTES_A_SECOND
        self._at = now
        self._left = {ours: min(BURST, left + grown) for ours, left in self._left.items()}

    def left_out(self, now: float, *, at_end: bool = False) -> str:
        """A line about what was left out, where one is due; else empty."""
        if not self._lines or (now - self._said < PAUSE_SECONDS and not at_end):
            return ""
        count, self._lines, self._said = self._lines, 0, now
        return f"{count} lines of its output are left out: more than {BYTES_A_SECOND // 1024} kB a second are not kept"
