"""What a disk does to a file of messages that it should not."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_DAMAGED = ("malformed", "not a database", "no such table", "no such column")


class DiskError(Exception):
    """The disk does not do what is asked of it; its text says why, and may be followed by a full stop."""


class DamagedError(DiskError):
    """The file is not what was written there."""


class UsedError(DiskError):
    """Another process has the file."""


def set_aside(file: Path) -> Path:
    """Give a damaged file another name, in place of one before it; its journal goes.

    Raises:
        DiskError: It cannot be.
    """
    aside = file.with_name(f"{file.name}.damaged")
    with translated():
        file.replace(aside)
        for suffix in ("-wal", "-shm"):
            file.with_name(f"{file.name}{suffix}").unlink(missing_ok=True)
    return aside


@contextmanager
def translated() -> Iterator[None]:
    """Errors by SQLite's texts: Python gives their codes from 3.11 on only.

    Raises:
        DiskError: SQLite or the system raised.
    """
    try:
        yield
    except sqlite3.Error as error:
        text = str(error)
        if "locked" in text:
            raise UsedError("another process uses it") from None
        if any(each in text for each in _DAMAGED):
            raise DamagedError(text) from None
        raise DiskError(text) from None
    except OSError as error:
        raise DiskError(error.strerror or type(error).__name__) from None
    except OverflowError:
        raise DamagedError("a row is beyond any number") from None
