"""A video and the JSON beside it, from their first byte until both are whole and visible."""

import contextlib
import fcntl
import os
from pathlib import Path
from typing import TextIO

from azda_runtime.recordings import names, sidecar

_MILLISECOND = 1_000_000


class Pair:
    """Two files that are written side by side and become visible at once, or not at all.

    The video's file is locked while it is written: so nobody takes it for what a crash left.

    Args:
        folder: Where; it is made when it is not there.
        pipeline: Whose, by id.
        time: When the first frame came, in nanoseconds since 1970.
        number: Which segment of the recording it is.

    Raises:
        OSError: They cannot be made.
    """

    def __init__(self, folder: Path, pipeline: str, time: int, number: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        stem = names.stem(pipeline, time, number)
        while (folder / f"{stem}{names.VIDEO}").exists():  # a clock that was set back
            time += _MILLISECOND
            stem = names.stem(pipeline, time, number)
        self.name = stem + names.VIDEO
        self._text_name = stem + names.TEXT
        self.video = folder / names.partial(self.name)
        self._text_path = folder / names.partial(self._text_name)
        self._is_first = True
        self._text: TextIO | None = None
        self._lock = os.open(self.video, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._text = self._text_path.open("x", encoding="utf-8")
            self._add(sidecar.head(pipeline, self.name, time))
        except OSError:
            self.discard()
            raise

    def write(self, offset: int, message: str) -> None:
        """Add a message about the frame at a position in the video, in nanoseconds.

        Raises:
            OSError: It cannot be written.
        """
        self._add(sidecar.entry(offset, message, first=self._is_first))
        self._is_first = False

    def commit(self) -> None:
        """Make both visible; the video has been written to its end.

        Raises:
            OSError: They cannot be written to the disk.
        """
        os.fsync(self._add(sidecar.tail()))
        os.fsync(self._lock)
        # The JSON first: whoever sees the video finds the JSON beside it.
        self._text_path = self._text_path.rename(self._folder / self._text_name)
        self.video.rename(self._folder / self.name)
        sync_folder(self._folder)
        self._close()

    def discard(self) -> None:
        """Remove both, as far as the disk lets us."""
        for path in (self._text_path, self.video):
            with contextlib.suppress(OSError):
                path.unlink()
        self._close()

    def _add(self, text: str) -> int:
        if self._text is None:
            raise ValueError("the files are closed")
        self._text.write(text)
        self._text.flush()
        return self._text.fileno()

    def _close(self) -> None:
        if self._text is not None:
            with contextlib.suppress(OSError):  # a full disk was logged when the text was written
                self._text.close()
            self._text = None
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1


def sync_folder(folder: Path) -> None:
    """Have the names in a folder reach the disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
