"""Work in a process of its own that outlives ours by as much as it takes to stop at a good place.

Registries of the distribution project lose a whole upload when a chunk of it arrives in part. So when the program is
killed, the chunk under way is still brought to its end; the next run goes on behind it.
"""

import contextlib
import os
import signal
import threading
from collections.abc import Callable

_BUG = 1


def run(work: Callable[[threading.Event], int], tell: Callable[[], None] = lambda: None) -> int:
    """Fork, and do the work in the child; its event is set when this process ends or is interrupted.

    Call it before any thread is started. The child is in a session of its own, so that what ends our process group
    does not end it; it must stop soon after the event is set. A second interruption ends it at once.

    Args:
        work: Gets the event and returns an exit code.
        tell: Called when a user interrupts, and the work still has to come to its good place.

    Returns:
        The exit code of the work; 128 and the number of the signal when one ended it.
    """
    watched, held = os.pipe()
    child = os.fork()
    if not child:
        os.close(held)
        os._exit(_work(work, watched))
    os.close(watched)
    return _wait(child, held, tell)


def _work(work: Callable[[threading.Event], int], watched: int) -> int:
    os.setsid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    over = threading.Event()
    threading.Thread(target=_watch, args=(watched, over), daemon=True).start()
    try:
        return work(over)
    except BaseException:  # noqa: BLE001 # a bug is shown as everywhere, then the forked copy of the program ends
        import traceback  # noqa: PLC0415 # only a bug needs it

        traceback.print_exc()
        return _BUG


def _watch(watched: int, over: threading.Event) -> None:
    """Wait for the other end of the pipe to close, as it does however a process ends."""
    os.read(watched, 1)
    over.set()


def _wait(child: int, held: int, tell: Callable[[], None]) -> int:
    caught: list[int] = []

    def let_go(number: int, _frame: object) -> None:
        caught.append(number)
        if len(caught) == 1:
            os.close(held)
            tell()
        else:
            with contextlib.suppress(ProcessLookupError):  # it has just ended by itself
                os.kill(child, signal.SIGKILL)

    before = {number: signal.signal(number, let_go) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        _, status = os.waitpid(child, 0)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if caught:
        return 128 + caught[0]
    os.close(held)
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code
