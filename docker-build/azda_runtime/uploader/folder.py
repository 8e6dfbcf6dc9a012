"""The folder of recordings: which of its files are whole, whose they are, and how old."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from azda_runtime.recordings import names

_SUFFIXES = (names.VIDEO, names.TEXT)
_OF_NOBODY = "other"
# Anybody else's file is taken when nobody has written to it for so long.
SETTLED_SECONDS = 60.0
_MOST = 200_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Recording:
    """A file that can be uploaded.

    Attributes:
        path: Where it is.
        size: In bytes.
        pipeline: Whose it is, as its name says.
        time: When it begins, in seconds since 1970; for files of others when they were written.
        identity: Device, inode, size and time of change: the same for the same bytes.
    """

    path: Path
    size: int
    pipeline: str
    time: float
    identity: tuple[int, int, int, int]

    @property
    def moment(self) -> datetime:
        """The same time, in UTC."""
        return datetime.fromtimestamp(self.time, tz=timezone.utc)


def whole_files(folder: Path, now: float) -> list[Recording]:
    """The files that are whole, the oldest first; a video's JSON stands just before it.

    Hidden files are those that a runtime still writes. Links, folders and anything else that is no plain file are
    passed over, as are kinds of files that are no recordings.

    Args:
        folder: Where they are.
        now: Seconds since 1970.

    Raises:
        OSError: The folder cannot be read.
    """
    return sorted(_whole(folder, now), key=lambda each: (each.time, each.path.name))


def identity_of(found: os.stat_result) -> tuple[int, int, int, int]:
    """What changes when a file's bytes do, or another file takes its name."""
    return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)


def _whole(folder: Path, now: float) -> Iterator[Recording]:
    with os.scandir(folder) as entries:
        for count, entry in enumerate(entries):
            name = entry.name
            if count >= _MOST:
                return
            if name.startswith(".") or not name.lower().endswith(_SUFFIXES):
                continue
            try:
                found = entry.stat(follow_symlinks=False)
            except OSError:  # it went away in between
                continue
            if not stat.S_ISREG(found.st_mode):
                continue
            ours = names.origin(name)  # such a file is whole as soon as it has its name
            if ours is None and abs(now - found.st_mtime) < SETTLED_SECONDS:
                continue
            pipeline, time = (ours[0], ours[1].timestamp()) if ours else (_OF_NOBODY, found.st_mtime)
            path, identity = Path(entry.path), identity_of(found)
            yield Recording(path=path, size=found.st_size, pipeline=pipeline, time=time, identity=identity)
