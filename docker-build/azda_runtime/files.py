"""Asking the file system about paths that somebody else wrote.

A path of a twin may be longer than any file system takes (ENAMETOOLONG), hold a null byte (ValueError) or half a
surrogate pair (UnicodeEncodeError, a ValueError too): `Path.is_file` raises then. Here such a path is one that leads
to no file. Everything that looks for what a configuration names asks here.
"""

import os
import stat
from pathlib import Path

UNUSABLE = "no file can have that name"


def is_file(path: Path | str) -> bool:
    """Whether a path leads to a regular file."""
    try:
        return stat.S_ISREG(os.stat(path).st_mode)  # Path.stat is the same call
    except (OSError, ValueError):
        return False


def is_folder(path: Path | str) -> bool:
    """Whether a path leads to a folder."""
    try:
        return stat.S_ISDIR(os.stat(path).st_mode)
    except (OSError, ValueError):
        return False


def real_path(path: Path | str) -> str:
    """Where a path leads to, links followed; the path itself where that cannot be found out."""
    try:
        return os.path.realpath(path)
    except (OSError, ValueError):
        return str(path)


def refusal(path: Path | str) -> str:
    """Why a file or a device cannot be opened for reading; empty where it can."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        return error.strerror or type(error).__name__
    except ValueError:
        return UNUSABLE
    os.close(handle)
    return ""
