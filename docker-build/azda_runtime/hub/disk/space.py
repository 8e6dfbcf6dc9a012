"""Where messages are kept, and how much of the disk they may take."""

import re
from dataclasses import dataclass
from pathlib import Path

from azda_runtime.problems import InvalidValueError, shown

DEFAULT_SIZE = "256MiB"

_UNITS = {"": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "KIB": 2**10, "MIB": 2**20, "GIB": 2**30}
_LEAST, _MOST = 2**20, 2**40
_HINT = "Examples: 256MiB, 2GiB; 0 keeps messages in memory alone."
_SIZE = re.compile(r"([0-9]{1,15})\s*([A-Za-z]*)")


@dataclass(frozen=True, kw_only=True, slots=True)
class DiskSpace:
    """A file of messages.

    Attributes:
        file: Where it is.
        size: How long it may be, in bytes; its journal takes a few megabytes more.
    """

    file: Path
    size: int

    @classmethod
    def of_module(cls, folder: Path, module: str, size: int) -> "DiskSpace | None":
        """The file of a module in a folder, which modules may share; None where nothing is to be kept."""
        name = re.sub(r"[^A-Za-z0-9._-]", "_", module)[:100] or "module"
        return cls(file=folder / f"messages-{name}.sqlite3", size=size) if size else None


def parse_size(text: str) -> int:
    """Read a size in bytes: a whole number, with a unit or without.

    Raises:
        InvalidValueError: It is no size, or none that a buffer can have.
    """
    found = _SIZE.fullmatch(text.strip())
    unit = _UNITS.get(found[2].upper()) if found else None
    if not found or unit is None:
        raise InvalidValueError(f"{shown(text)} is not a size", hint=_HINT)
    size = int(found[1]) * unit
    if size and not _LEAST <= size <= _MOST:
        raise InvalidValueError(f"the buffer cannot be {shown(text)}: it is 1MiB to 1024GiB", hint=_HINT)
    return size
