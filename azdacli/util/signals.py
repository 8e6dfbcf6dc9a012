"""Signals and sessions, on every system: what one of them lacks is left out."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

# What a user, a terminal or a service manager ends a program with.
_ENDING = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")


def ending() -> list[int]:
    """The signals that end a program, those of this system."""
    return [getattr(signal, name) for name in _ENDING if hasattr(signal, name)]


@contextlib.contextmanager
def caught(handler: Callable[[int, object], None]) -> Iterator[None]:
    """Have a handler called by everything that would end this program; afterwards all is as it was."""
    before = {number: signal.signal(number, handler) for number in ending()}
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


def quit_now(child: "subprocess.Popen[Any]") -> None:
    """Ask a child to end at once, with a signal that it can handle; where no such signal exists, end it."""
    if hasattr(signal, "SIGQUIT"):
        child.send_signal(signal.SIGQUIT)
    else:
        child.terminate()


def kill_session(child: "subprocess.Popen[Any]") -> None:
    """End a child of `own_session` and, where sessions can be ended, all that it started."""
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
    else:
        child.kill()


def kill(pid: int) -> None:
    """End a process at once.

    Raises:
        OSError: It has ended, or is another user's.
    """
    os.kill(pid, getattr(signal, "SIGKILL", signal.SIGTERM))
