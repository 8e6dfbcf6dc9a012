"""Locks between processes, on every system; the only file that imports portalocker.

A lock ends with the process that has it, however it ends.
"""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO

_OWNER_ONLY = 0o600


@contextlib.contextmanager
def claimed(path: Path) -> Iterator[IO[bytes] | None]:
    """Open a file for this process alone, and make it where there is none.

    Args:
        path: The file; its folder is made too, for its owner alone.

    Yields:
        The open file; None when another process has it, or there can be none.
    """
    stream = None
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        stream = _opened(path)
    if stream is None:
        yield None
        return
    with stream:
        yield stream if _lock(stream, wait=False) else None


@contextlib.contextmanager
def held(path: Path) -> Iterator[None]:
    """Wait until this process alone has a file; some network file systems have no locks, and then nobody waits.

    Raises:
        OSError: The file cannot be made.
    """
    with _opened(path) as stream:
        _lock(stream, wait=True)
        yield


def _opened(path: Path) -> IO[bytes]:
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0)
    return os.fdopen(os.open(path, flags, _OWNER_ONLY), "r+b", buffering=0)


def _lock(stream: IO[bytes], *, wait: bool) -> bool:
    """Lock a file until it is closed; say whether it worked."""
    try:
        # Only what is published needs it, and it looks for a folder for temporary files before it does anything.
        from portalocker import LockException, LockFlags, lock  # see above
    except OSError:
        return False
    try:
        lock(stream, LockFlags.EXCLUSIVE if wait else LockFlags.EXCLUSIVE | LockFlags.NON_BLOCKING)
    except (LockException, OSError):
        return False
    return True
