"""Uploads that a later run can go on with: where each one stands, in the user's cache folder.

A folder that cannot be used, or a disk that is full, only means that a later run starts anew.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

_STALE = 30 * 24 * 3600  # seconds; registries drop uploads that nobody went on with for a week (distribution's default)


class Kept:
    """One upload's memory, held by this process alone."""

    def __init__(self, descriptor: int | None) -> None:
        self._descriptor = descriptor

    @property
    def location(self) -> str | None:
        """Where the registry said that the upload goes on; None when there is none to go on with."""
        if self._descriptor is None:
            return None
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            return str(json.loads(os.pread(self._descriptor, 1 << 16, 0))["location"])
        return None

    def save(self, location: str) -> None:
        """Remember where the upload goes on."""
        self._write(json.dumps({"location": location}).encode())

    def forget(self) -> None:
        """Remember nothing."""
        self._write(b"")

    def _write(self, data: bytes) -> None:
        if self._descriptor is not None:
            with contextlib.suppress(OSError):
                os.ftruncate(self._descriptor, 0)
                os.pwrite(self._descriptor, data, 0)


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
        descriptor = None if path is None else _locked(path)
        if path is None or descriptor is None:
            yield Kept(None)
            return
        kept = Kept(descriptor)
        try:
            yield kept
            if kept.location is None:
                with contextlib.suppress(OSError):
                    path.unlink()
        finally:
            os.close(descriptor)

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


def _locked(path: Path) -> int | None:
    """Open a file for this process alone; None when another has it or there can be none."""
    descriptor = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        if descriptor is not None:
            os.close(descriptor)
        return None
    return descriptor
