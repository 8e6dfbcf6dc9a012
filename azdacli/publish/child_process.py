"""Work in a process of its own that outlives ours by as much as it takes to stop at a good place.

Registries of the distribution project lose a whole upload when a chunk of it arrives in part. So when the program is
killed, the chunk under way is still brought to its end; the next run goes on behind it.
"""

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable

from azdacli.util import signals

_BUG = 1
_FORKS = sys.platform == "linux" and hasattr(os, "fork")
Work = Callable[[threading.Event], int]


def run(work: Work, notify: Callable[[], None] = lambda: None) -> int:
    """Do the work where it outlives this process; its event is set when this process ends or is interrupted.

    Call it before any thread is started. On Linux the work runs in a fork, in a session of its own, so that what ends
    our process group does not end it; it must stop soon after the event is set. Elsewhere it runs in this process, and
    only an interruption lets it come to its good place: Windows has no fork, and macOS's own libraries, which are asked
    for proxies, do not survive one. A second interruption ends it at once.

    Args:
        work: Gets the event and returns an exit code.
        notify: Called when a user interrupts, and the work still has to come to its good place.

    Returns:
        The exit code of the work; 128 and the number of the signal when one ended it.
    """
    return _forked(work, notify) if _FORKS else _here(work, notify)


def _here(work: Work, notify: Callable[[], None]) -> int:
    over = threading.Event()
    caught: list[int] = []

    def let_go(number: int, _frame: object) -> None:
        caught.append(number)
        if len(caught) > 1:
            os._exit(128 + number)
        over.set()
        notify()

    with signals.caught(let_go):
        code = work(over)
    return 128 + caught[0] if caught else code


def _forked(work: Work, notify: Callable[[], None]) -> int:
    watched, held = os.pipe()
    # An interruption that comes before `_wait` listens is kept for it: it would end us, and leave the work to itself.
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, signals.ending())
    child = os.fork()
    if not child:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        os.close(held)
        os._exit(_work(work, watched))
    os.close(watched)
    return _wait(child, held, notify, mask)


def _work(work: Work, watched: int) -> int:
    os.setsid()
    over = threading.Event()
    threading.Thread(target=_watch, args=(watched, over), daemon=True).start()
    try:
        return work(over)
    except BaseException:  # noqa: BLE001 # a bug is shown as everywhere, then the forked copy of the program ends
        import traceback  # only a bug needs it

        traceback.print_exc()
        return _BUG


def _watch(watched: int, over: threading.Event) -> None:
    """Wait for the other end of the pipe to close, as it does however a process ends."""
    os.read(watched, 1)
    over.set()


def _wait(child: int, held: int, notify: Callable[[], None], mask: set[signal.Signals] | set[int]) -> int:
    caught: list[int] = []

    def let_go(number: int, _frame: object) -> None:
        caught.append(number)
        if len(caught) == 1:
            os.close(held)
            notify()
        else:
            with contextlib.suppress(ProcessLookupError):  # it has just ended by itself
                os.kill(child, signal.SIGKILL)

    with signals.caught(let_go):
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        _, status = os.waitpid(child, 0)
    if caught:
        return 128 + caught[0]
    os.close(held)
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code
