"""Lines of output that several threads write."""

import sys
import threading
from collections.abc import Callable
from typing import TextIO


class Lines:
    """Lines for whoever reads them; a reader that is gone, or a full disk, is told once.

    Args:
        file: Takes them.
        failed: Called with the reason when they cannot be written any more.
    """

    def __init__(self, file: TextIO, failed: Callable[[str], None] = lambda _: None) -> None:
        self.failed = failed
        self._file = file
        self._lock = threading.Lock()
        self._lost = False

    def write(self, line: str) -> None:
        """Write one line; threads take turns."""
        with self._lock:
            if self._lost:
                return
            try:
                self._file.write(f"{line}\n")
                self._file.flush()
            except OSError as error:
                self._lost = True
                self.failed(f"Nothing more can be written: {error.strerror}.")


def tell(line: str) -> None:
    """Print a line of the story."""
    sys.stderr.write(f"{line}\n")
