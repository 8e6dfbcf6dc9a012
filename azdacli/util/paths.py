"""Paths of this machine, on every system: the user's folders, and how a path is typed."""

import os
import re
import shlex
import tempfile
from collections.abc import Mapping
from pathlib import Path

IS_WINDOWS = os.name == "nt"
# A word is quoted pieces and plain ones; a backslash is a part of a path.
_WINDOWS_WORD = re.compile(r"""(?P<quoted>"[^"]*")|(?P<open>")|(?P<plain>[^\s"]+)|(?P<blank>\s+)""")


def words(text: str, *, windows: bool | None = None) -> list[str]:
    r"""Split a text into words as the user's own shell does.

    Args:
        text: What was typed: `./my-assets "/custom assets"`, on Windows also `C:\work\assets /custom-assets`.
        windows: Whether a backslash separates folders, and does not quote; as this system has it when it is None.

    Raises:
        ValueError: A quotation is not closed.
    """
    return _windows_words(text) if (IS_WINDOWS if windows is None else windows) else shlex.split(text)


def is_drive(before: str, after: str, *, windows: bool | None = None) -> bool:
    r"""Whether the colon between two pieces of a text belongs to a path of Windows, as in `C:\work`.

    Args:
        before: What stands before the last colon.
        after: What stands behind it.
        windows: Whether paths are those of Windows; those of this system when it is None.
    """
    if not (IS_WINDOWS if windows is None else windows):
        return False
    return "\\" in after or (len(before) == 1 and before.isalpha())


def _windows_words(text: str) -> list[str]:
    found: list[str] = []
    between = True
    for match in _WINDOWS_WORD.finditer(text):
        if match["open"]:
            raise ValueError("No closing quotation")
        if match["blank"]:
            between = True
            continue
        piece = match.group().strip('"') if match["quoted"] else match.group()
        if between:
            found.append(piece)
        else:
            found[-1] += piece
        between = False
    return found


def cache_folder(environment: Mapping[str, str]) -> Path:
    """Name the user's cache folder: AZDA_CACHE_DIR, or the system's own place (XDG base directories, LOCALAPPDATA)."""
    if environment.get("AZDA_CACHE_DIR"):
        return Path(environment["AZDA_CACHE_DIR"])
    named = Path(environment.get("XDG_CACHE_HOME", ""))
    if named.is_absolute():  # the specification of XDG: a relative one is to be ignored
        return named / "azdacli"
    if IS_WINDOWS and environment.get("LOCALAPPDATA"):
        return Path(environment["LOCALAPPDATA"]) / "azdacli" / "cache"
    found = home(environment)
    return found / ".cache" / "azdacli" if found else _nobodys()


def home(environment: Mapping[str, str]) -> Path | None:
    """The user's folder; None for a user without one, as in `docker run --user 12345`."""
    if environment.get("HOME"):
        return Path(environment["HOME"])
    try:
        return Path.home()
    except (RuntimeError, KeyError):
        return None


def _nobodys() -> Path:
    user = os.getuid() if hasattr(os, "getuid") else 0
    return Path(tempfile.gettempdir()) / f"azdacli-{user}"
