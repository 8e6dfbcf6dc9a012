"""Taking files out of the folder that a parser could write to: a link or a pipe there may lead anywhere."""

import os
import re
import shutil
import stat
from pathlib import Path

_LARGEST = 1 << 30
_NAME = re.compile(r"[\w .()+-]{1,200}")


def is_file(path: Path) -> bool:
    """Whether it is a regular file of a plain name and a bounded size, and not a link to one."""
    try:
        found = path.lstat()
    except OSError:
        return False
    return stat.S_ISREG(found.st_mode) and found.st_size <= _LARGEST and _NAME.fullmatch(path.name) is not None


def copy(source: Path, target: Path) -> None:
    """Copy a file; what took its place since it was looked at is not followed.

    Raises:
        OSError: It cannot be read or written.
    """
    quietly = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(source, os.O_RDONLY | quietly), "rb") as found, target.open("wb") as made:
        shutil.copyfileobj(found, made)
