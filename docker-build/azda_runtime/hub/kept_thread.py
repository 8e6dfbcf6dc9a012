"""A thread that its owner may rely on: an unexpected end is logged, counts as ill health, and starts it again."""

import logging
import threading
import traceback
from collections.abc import Callable
from pathlib import Path

_log = logging.getLogger(__name__)

_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0


class KeptThread(threading.Thread):
    """Runs something until it returns by itself.

    Attributes:
        problem: Why it does not run now, or did not until just now; empty when all is well.

    Args:
        name: What it does, as in "the thread of NAME".
        run: What it runs; called again when it raises.
    """

    def __init__(self, name: str, run: Callable[[], None]) -> None:
        super().__init__(name=name, daemon=True)
        self.problem = ""
        self._run = run
        self._done = threading.Event()

    def run(self) -> None:
        """Run it until it returns."""
        pause = _FIRST_PAUSE
        while not self._done.is_set():
            try:
                self._run()
            except BaseException as error:  # noqa: BLE001 # MemoryError, too: nothing may end it in silence
                location = traceback.extract_tb(error.__traceback__)[-1]  # its text might hold a camera's password
                where = f"{type(error).__name__} in {Path(location.filename).name}:{location.lineno}"
                self.problem = f"The thread of {self.name} failed: {where}."
                _log.error("%s It starts again.", self.problem)
            else:
                return
            self._done.wait(pause)
            pause = min(_LONGEST_PAUSE, 2 * pause)

    def works(self) -> None:
        """Say from within that it does its work."""
        self.problem = ""

    def end(self) -> None:
        """Let it not start again."""
        self._done.set()
