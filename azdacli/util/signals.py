"""Signals and sessions, on every system: what one of them lacks is left out."""

import contextlib
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

# What a user, a terminal or a service manager ends a program with.
_ENDING = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")


@contextlib.contextmanager
def caught(handler: Callable[[int, object], None]) -> Iterator[None]:
    """Have a handler called by everything that would end this program; afterwards all is as it was."""
    numbers = [getattr(signal, name) for name in _ENDING if hasattr(signal, name)]
    before = {number: signal.signal(number, handler) for number in numbers}
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)


def own_session() -> dict[str, Any]:
    """How `subprocess.Popen` starts a child that Ctrl-C in our terminal does not reach."""
    if sys.platform == "win32":
        session = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    else:
        session = {"start_new_session": True}
    return session
