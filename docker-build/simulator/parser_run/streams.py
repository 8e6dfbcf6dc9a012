"""Standard input, output and error as they were before a parser's code ran: no audit event says that one is closed."""

import contextlib
import os

_NAMES = ("standard input", "standard output", "standard error")


class Streams:
    """The three as they are now."""

    def __init__(self) -> None:
        self._kept: dict[int, tuple[int, tuple[int, int]]] = {}
        for number in range(len(_NAMES)):
            with contextlib.suppress(OSError):  # it was closed before
                self._kept[number] = os.dup(number), _file(number)

    def restored(self) -> list[str]:
        """Put back what was closed or replaced; a sentence for each."""
        changes = []
        for number, (copy, file) in self._kept.items():
            try:
                change = "" if _file(number) == file else "replaced by another file"
            except OSError:
                change = "closed"
            if change:
                changes.append(f"{_NAMES[number]} (file descriptor {number}) is {change}")
                os.dup2(copy, number)
        return changes

    def close(self) -> None:
        """Let go of the copies."""
        for copy, _ in self._kept.values():
            os.close(copy)
        self._kept.clear()


def _file(number: int) -> tuple[int, int]:
    found = os.fstat(number)
    return found.st_dev, found.st_ino
