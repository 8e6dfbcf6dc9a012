"""How long to wait before the next try."""


class Backoff:
    """Pauses that double.

    Args:
        first: The first pause, in seconds.
        longest: No pause is longer.
    """

    def __init__(self, first: float = 1.0, longest: float = 60.0) -> None:
        self._first = first
        self._longest = longest
        self._next = first

    def pause(self) -> float:
        """The pause that is due now; the next one is twice as long."""
        due = self._next
        self._next = min(self._longest, due * 2)
        return due

    def reset(self) -> None:
        """Begin with the first pause again."""
        self._next = self._first
