"""Files of folders that others wrote: only regular ones are opened, and none is read past a limit.

Opening a FIFO waits for its other end, and a device such as /dev/zero has no end at all.
"""

import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

# Waiting for nobody, where a system has FIFOs and terminals among its files; on Windows, bytes as they are.
_QUIETLY = sum(getattr(os, name, 0) for name in ("O_NONBLOCK", "O_CLOEXEC", "O_NOCTTY", "O_BINARY"))


class NotRegularError(OSError):
    """What a name leads to is a FIFO, a device, a socket or a folder."""


class TooLargeError(OSError):
    """A file is larger than anything of its kind."""


@contextlib.contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """Open a regular file for reading, without ever waiting for another process.

    Raises:
        FileNotFoundError: There is none.
        OSError: It cannot be opened, or is not a regular file.
    """
    descriptor = os.open(path, os.O_RDONLY | _QUIETLY)
    with open(descriptor, "rb", buffering=0) as file:  # noqa: PTH123 # a descriptor, not a path
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise NotRegularError(0, "it is not a regular file", str(path))
        yield file


def read(path: Path, *, most: int) -> bytes:
    """Read a regular file whole.

    Raises:
        FileNotFoundError: There is none.
        OSError: It cannot be read, is not a regular file, or is larger than `most`.
    """
    with opened(path) as file:
        if os.fstat(file.fileno()).st_size > most:
            raise TooLargeError(0, f"it has more than {most} bytes", str(path))
        data = bytearray()
        while piece := file.read(most + 1 - len(data)):
            data += piece
            if len(data) > most:  # it grew, or its size was never known (as in /proc)
                raise TooLargeError(0, f"it has more than {most} bytes", str(path))
        return bytes(data)
