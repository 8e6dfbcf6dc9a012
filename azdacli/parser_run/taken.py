"""Taking files out of the folder that a parser could write to: a link or a pipe there may lead anywhere."""

import os
import shutil
import stat
from pathlib import Path

_LARGEST = 1 << 30
_LONGEST_NAME = 200


def is_name(text: str) -> bool:
    """Whether a text names a file in a folder and nothing else: recordings give inputs the names of their files."""
    return (
        text.isprintable() and len(text) <= _LONGEST_NAME and text[:1] not in ("", ".") and not set(text) & set("/\\")
    )


def is_file(path: Path) -> bool:
    """Whether it is a regular file of a bounded size, and not a link to one."""
    try:
        found = path.lstat()
    except OSError:
        return False
    return stat.S_ISREG(found.st_mode) and found.st_size <= _LARGEST and is_name(path.name)


def copy(source: Path, target: Path) -> None:
    """Copy a file; what took its place since it was looked at is not followed.

    Raises:
        OSError: It cannot be read or written.
    """
    quietly = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(source, os.O_RDONLY | quietly), "rb") as found, target.open("wb") as made:
        shutil.copyfileobj(found, made)
