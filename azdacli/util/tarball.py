"""Reproducible tar archives, made as a stream: the same files give the same bytes on any machine.

Entries keep the order they come in; times, owners and modes are fixed. Nothing is held in memory beyond one
chunk, and nothing is copied to disk.
"""

import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from azdacli.errors import SpecError

CHUNK = 1 << 20

# 1980-01-01, the earliest time that zip archives (and so wheels made inside an image) can hold.
FIXED_TIME = 315_532_800

FOLDER_MODE = 0o755
FILE_MODE = 0o644
PROGRAM_MODE = 0o755


@dataclass(frozen=True, kw_only=True, slots=True)
class Folder:
    """A folder in an archive; `name` is relative and has no trailing slash."""

    name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Link:
    """A symbolic link in an archive."""

    name: str
    to: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Blob:
    """A file whose bytes we hold."""

    name: str
    data: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class File:
    """A file whose bytes are read from disk while the archive is streamed.

    Attributes:
        name: Relative path in the archive.
        source: Where the bytes are.
        size: How many bytes there must be; a file that has another size by then is an error.
        executable: Whether it may be run.
    """

    name: str
    source: Path
    size: int
    executable: bool = False


Entry = Folder | Link | Blob | File


def stream(entries: Iterable[Entry]) -> Iterator[bytes]:
    """Yield the archive in chunks of at most 1 MiB.

    Raises:
        SpecError: A file cannot be read, or changed while it was read.
    """
    for entry in entries:
        yield header(entry)
        if isinstance(entry, Blob):
            yield entry.data + _padding(len(entry.data))
        elif isinstance(entry, File):
            yield from _contents(entry)
            yield _padding(entry.size)
    yield b"\0" * (2 * tarfile.BLOCKSIZE)


def size(entries: Iterable[Entry]) -> int:
    """Count the bytes of all files, without headers and padding."""
    return sum(
        entry.size if isinstance(entry, File) else len(entry.data)
        for entry in entries
        if isinstance(entry, File | Blob)
    )


def header(entry: Entry) -> bytes:
    """Make the header of one entry, in the POSIX.1-2001 format."""
    info = tarfile.TarInfo(entry.name)
    info.mtime = FIXED_TIME
    info.mode = FILE_MODE
    if isinstance(entry, Folder):
        info.type, info.mode = tarfile.DIRTYPE, FOLDER_MODE
    elif isinstance(entry, Link):
        info.type, info.linkname, info.mode = tarfile.SYMTYPE, entry.to, 0o777
    elif isinstance(entry, Blob):
        info.size = len(entry.data)
    else:
        info.size = entry.size
        info.mode = PROGRAM_MODE if entry.executable else FILE_MODE
    return info.tobuf(format=tarfile.PAX_FORMAT, encoding="utf-8", errors="surrogateescape")


def chunks(path: Path) -> Iterator[bytes]:
    """Read a file in chunks; SpecError when it cannot be read."""
    try:
        with path.open("rb", buffering=0) as source:
            while chunk := source.read(CHUNK):
                yield chunk
    except OSError as error:
        raise SpecError(f"cannot read '{path}': {error.strerror}") from error


def _contents(entry: File) -> Iterator[bytes]:
    left = entry.size
    for chunk in chunks(entry.source):
        left -= len(chunk)
        if left < 0:
            break
        yield chunk
    if left:
        raise SpecError(
            f"'{entry.source}' changed its size while it was read", hint="Wait until it is whole, then run again."
        )


def _padding(size: int) -> bytes:
    return b"\0" * (-size % tarfile.BLOCKSIZE)
