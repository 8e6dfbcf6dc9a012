"""Uploads that a later run can go on with: where each one stands, in the user's cache folder.

A folder that cannot be used, or a disk that is full, only means that a later run starts anew.
"""

import contextlib
import hashlib
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from azdacli.util import locks

_STALE = 30 * 24 * 3600  # seconds; registries drop uploads that nobody went on with for a week (distribution's default)


class Kept:
    """One upload's memory, held by this process alone."""

    def __init__(self, stream: IO[bytes] | None) -> None:
        self._stream = stream

    @property
    def location(self) -> str | None:
        """Where the registry said that the upload goes on; None when there is none to go on with."""
        if self._stream is None:
            return None
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            self._stream.seek(0)
            return str(json.loads(self._stream.read(1 << 16))["location"])
        return None

    def save(self, location: str) -> None:
        """Remember where the upload goes on."""
        self._write(json.dumps({"location": location}).encode())

    def forget(self) -> None:
        """Remember nothing."""
        self._write(b"")

    def _write(self, data: bytes) -> None:
        if self._stream is not None:
            with contextlib.suppress(OSError):
                self._stream.truncate(0)
                self._stream.seek(0)
                self._stream.write(data)


class Resumables:
    """All uploads that were begun and not finished.

    Args:
        folder: Where to keep them, readable by the user alone; None keeps nothing.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def known(self, repository: str, key: str) -> bool:
        """Whether an earlier run left an upload."""
        path = self._path(repository, key)
        with contextlib.suppress(OSError):
            return path is not None and path.stat().st_size > 0
        return False

    @contextlib.contextmanager
    def claim(self, repository: str, key: str) -> Iterator[Kept]:
        """Hold an upload's memory; a second process that wants the same upload gets an empty one and starts its own."""
        path = self._path(repository, key)
        if path is None:
            yield Kept(None)
            return
        with locks.claimed(path) as stream:
            kept = Kept(stream)
            yield kept
            if stream is not None and kept.location is None:
                with contextlib.suppress(OSError):
                    path.unlink()

    def sweep(self) -> None:
        """Remove what is so old that no registry has the upload any more."""
        if self._folder is not None:
            with contextlib.suppress(OSError):
                for path in self._folder.glob("*.json"):
                    if path.stat().st_mtime < time.time() - _STALE:
                        path.unlink()

    def _path(self, repository: str, key: str) -> Path | None:
        name = hashlib.sha256(f"{repository}\n{key}".encode()).hexdigest()
        return self._folder / f"{name}.json" if self._folder else None
