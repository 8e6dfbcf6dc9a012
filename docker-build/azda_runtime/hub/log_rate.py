"""Lines that are told now and then, however often there is a reason."""

import threading
from collections.abc import Callable


class LogRate:
    """Tells the first line of a kind at once, and the next ones no sooner than after a pause; any thread may ask.

    Args:
        tell: Takes a line.
        clock: Seconds that only grow.
        pause: Seconds between two lines of a kind.
    """

    def __init__(self, tell: Callable[[str], None], clock: Callable[[], float], pause: float = 60.0) -> None:
        self._tell = tell
        self._clock = clock
        self._pause = pause
        self._lock = threading.Lock()
        self._kinds: dict[str, tuple[float, int]] = {}

    def tell(self, kind: str, line: str, count: int = 1) -> bool:
        """Tell a line, unless one of its kind was told just now; returns whether it was told.

        Args:
            kind: What it is about; keep them few.
            line: Its text.
            count: How many things happened; what was kept quiet is added to the next line.
        """
        with self._lock:
            now = self._clock()
            last, quiet = self._kinds.get(kind, (None, 0))
            if last is not None and now - last < self._pause:
                self._kinds[kind] = (last, quiet + count)
                return False
            self._kinds[kind] = (now, 0)
        self._tell(f"{line} ({quiet} more since the last such line)" if quiet else line)
        return True

    def forget(self, kind: str) -> None:
        """Let the next line of a kind be told at once: what it was about is over."""
        with self._lock:
            self._kinds.pop(kind, None)
