"""Where the sandbox's own programs are looked for: a program that somebody else put there would be outside of it."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

_SYSTEM = ("/usr/bin", "/bin", "/usr/sbin", "/sbin", "/usr/local/bin")


def search_path(path: str) -> str:
    """The system's folders, then those of a user's PATH that nobody but root can change: nix and guix have theirs.

    Args:
        path: The user's PATH.
    """
    return os.pathsep.join(dict.fromkeys((*_SYSTEM, *_safe(path))))


def _safe(path: str) -> Iterator[str]:
    for each in path.split(os.pathsep):
        if Path(each).is_absolute():
            folder = Path(os.path.realpath(each))  # a link may be the user's
            if _is_roots(folder, may_be_shared=False) and all(
                _is_roots(one, may_be_shared=True) for one in folder.parents
            ):
                yield str(folder)


def _is_roots(folder: Path, *, may_be_shared: bool) -> bool:
    """Whether only root can change it; in a shared one with the sticky bit nobody replaces what is another's."""
    try:
        found = folder.stat()
    except (OSError, ValueError):
        return False
    is_open = bool(found.st_mode & (stat.S_IWGRP | stat.S_IWOTH))
    shared = may_be_shared and bool(found.st_mode & stat.S_ISVTX)
    return stat.S_ISDIR(found.st_mode) and found.st_uid == 0 and (not is_open or shared)
