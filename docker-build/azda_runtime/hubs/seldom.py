"""Lines that are told now and then, however often there is a reason."""

from collections.abc import Callable


class Seldom:
    """Tells the first line of a kind at once, and the next ones no sooner than after a pause.

    Args:
        tell: Takes a line.
        clock: Seconds that only grow.
        pause: Seconds between two lines of a kind.
    """

    def __init__(self, tell: Callable[[str], None], clock: Callable[[], float], pause: float = 60.0) -> None:
        self._tell = tell
        self._clock = clock
        self._pause = pause
        self._kinds: dict[str, tuple[float, int]] = {}

    def tell(self, kind: str, line: str, count: int = 1) -> None:
        """Tell a line, unless one of its kind was told just now.

        Args:
            kind: What it is about; keep them few.
            line: Its text.
            count: How many things happened; what was kept quiet is added to the next line.
        """
        now = self._clock()
        last, quiet = self._kinds.get(kind, (None, 0))
        if last is not None and now - last < self._pause:
            self._kinds[kind] = (last, quiet + count)
            return
        self._kinds[kind] = (now, 0)
        self._tell(f"{line} ({quiet} more since the last such line)" if quiet else line)

    def forget(self, kind: str) -> None:
        """Let the next line of a kind be told at once: what it was about is over."""
        self._kinds.pop(kind, None)
