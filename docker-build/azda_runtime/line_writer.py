"""Lines of output that several threads write."""

import os
import sys
import threading
from collections.abc import Callable
from io import TextIOWrapper
from typing import BinaryIO, TextIO


class Lines:
    """Lines for whoever reads them; a reader that is gone, or a full disk, is logged once.

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


def take_standard_output() -> TextIO:
    """Keep standard output for our lines; what a parser or a library prints goes to standard error."""
    return TextIOWrapper(take_standard_output_bytes(), encoding="utf-8")


def take_standard_output_bytes() -> BinaryIO:
    """The same, for who writes bytes. Whoever keeps a text file's `buffer` alone loses it with the text file."""
    sys.stdout.flush()
    kept = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return kept
