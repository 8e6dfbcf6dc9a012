"""The parent of a process that runs a user's code: what that code started, however it hides, ends with it.

A process group is not enough: what takes a session of its own leaves it, and what is forked twice has no parent that
anybody knows. Linux gives such orphans to the nearest ancestor that asks for them (``PR_SET_CHILD_SUBREAPER``); this
one does, reaps them while the process lives, and kills them when it has ended.
"""

import contextlib
import ctypes
import os
import resource
import signal
import time
from collections.abc import Iterator
from pathlib import Path

# <linux/prctl.h>
_SET_PDEATHSIG = 1
_SET_CHILD_SUBREAPER = 36
# <asm-generic/siginfo.h>: sent by the kernel itself, as for a terminal. A sender outside a container has no pid in it.
_SI_KERNEL = 0x80
# Handed on to the process; SIGQUIT alone ends it, and all of its own, at once.
_HANDED_ON = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
_AT_ONCE = signal.SIGQUIT
_ENDING_SECONDS = 5.0
_PAUSE = 0.01


def adopt_orphans() -> bool:
    """Become the parent of descendants that lose theirs; False where the system has no such thing."""
    try:
        return int(ctypes.CDLL(None).prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)) == 0
    except (OSError, AttributeError):
        return False


def keep() -> None:
    """Go on in a child process, whose parent ends what it leaves behind and then ends as it did.

    To be called before there are threads. Where the system has no subreapers, the process goes on as it is.
    """
    if not adopt_orphans():
        return
    watched = {*_HANDED_ON, _AT_ONCE, signal.SIGCHLD}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, watched)
    parent = os.getpid()
    child = os.fork()
    if child == 0:
        ctypes.CDLL(None).prctl(_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:  # it was killed in between
            os._exit(1)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        return
    _close_standard_streams()
    status = _wait(child, watched)
    _end_all()
    _end_as(status)


def children() -> Iterator[int]:
    """The processes whose parent this one is, zombies among them."""
    own = os.getpid()
    # A task's own list of children is an option of the kernel, which a Jetson's may be built without.
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, IndexError):  # it has just ended
            fields = (folder / "stat").read_bytes().rpartition(b")")[2].split()
            if int(fields[1]) == own:
                yield int(folder.name)


def _close_standard_streams() -> None:
    """Whoever reads what the process writes shall see its end."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1):
        os.dup2(nothing, stream)
    os.close(nothing)


def _wait(child: int, watched: set[signal.Signals]) -> int:
    """Wait for the end of a process, handing on what it is sent; returns its status."""
    while True:
        came = signal.sigwaitinfo(watched)
        if came.si_signo == signal.SIGCHLD:
            for pid, status in _reaped():
                if pid == child:
                    return status
        elif came.si_signo == _AT_ONCE:
            os.kill(child, signal.SIGKILL)
        elif came.si_code != _SI_KERNEL:  # what a terminal sends reaches the child as well
            os.kill(child, came.si_signo)


def _reaped() -> Iterator[tuple[int, int]]:
    with contextlib.suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            yield ended


def _end_all() -> None:
    """Kill all that is left; whose parent is killed comes to us, and is killed in the next round."""
    deadline = time.monotonic() + _ENDING_SECONDS
    while time.monotonic() < deadline:
        for pid in children():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        try:
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                time.sleep(_PAUSE)
        except ChildProcessError:
            return


def _end_as(status: int) -> None:
    code = os.waitstatus_to_exitcode(status)
    if code < 0:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # the process itself has left one, where it may
        with contextlib.suppress(OSError):
            signal.signal(-code, signal.SIG_DFL)  # which SIGKILL does not take, nor needs
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {-code})
        os.kill(os.getpid(), -code)
        code = 128 - code  # the first process of a container is not ended by a signal of its own
    os._exit(code)
