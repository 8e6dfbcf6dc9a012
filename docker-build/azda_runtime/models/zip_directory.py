"""The list of entries at the end of a zip file, measured before `zipfile` reads it into memory.

`zipfile` takes every entry of the list, however many the file's end announces: a list of 100 MB becomes 1.5 GB of
values.
"""

import struct
from pathlib import Path
from typing import BinaryIO

from azda_runtime.models.errors import ModelError
from azda_runtime.models.limits import Limits

_END = struct.Struct("<4s4H2LH")
_END_64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR_64 = struct.Struct("<4sLQL")
_ENTRY = struct.Struct("<4s24x3H12x")
_LONGEST_COMMENT = 65_535


def check_directory(archive: Path, limits: Limits) -> None:
    """Count the entries of a zip file in constant memory.

    A file without such a list passes: it is not a zip file, which `zipfile` says.

    Raises:
        ModelError: There are too many, or the list is too large.
    """
    with archive.open("rb") as file:
        found = _directory(file, archive.stat().st_size)
        if found is None:
            return
        start, size = found
        if size > limits.directory:
            raise ModelError(
                f"The archive's list of entries has {size} bytes.", hint=f"At most {limits.directory} are taken."
            )
        file.seek(max(start, 0))
        count = _count(file.read(size), limits.entries)
    if count > limits.entries:
        raise ModelError(
            f"The archive has more than {limits.entries} entries.", hint="Leave out what the model does not need."
        )


def _directory(file: BinaryIO, size: int) -> tuple[int, int] | None:
    """Where the list begins and how long it is, by `zipfile`'s own way of finding it."""
    base = max(0, size - _END.size - _LONGEST_COMMENT)
    file.seek(base)
    tail = file.read()
    at = len(tail) - _END.size
    if at < 0:
        return None
    if tail[at : at + 4] != b"PK\5\6" or tail[-2:] != b"\0\0":
        at = tail.rfind(b"PK\5\6")
        if at < 0 or len(tail) - at < _END.size:
            return None
    length = _END.unpack_from(tail, at)[5]
    end = base + at
    wide = end - _LOCATOR_64.size - _END_64.size
    if wide >= 0:
        file.seek(wide)
        record = file.read(_END_64.size + _LOCATOR_64.size)
        if record[_END_64.size :].startswith(b"PK\6\7") and record.startswith(b"PK\6\6"):
            length, end = _END_64.unpack_from(record)[8], wide
    return end - length, length


def _count(directory: bytes, most: int) -> int:
    count = at = 0
    while at + _ENTRY.size <= len(directory) and count <= most:
        signature, name, extra, comment = _ENTRY.unpack_from(directory, at)
        if signature != b"PK\1\2":  # broken, which `zipfile` says
            break
        at += _ENTRY.size + name + extra + comment
        count += 1
    return count
