"""What a crash left in the recordings' folder: made whole where it can be played, else removed.

A video is written in fragments of a second, so all but the last second of it can be kept: its tail is cut off, the JSON
beside it gets its end, and both become visible. Files that somebody writes now are locked, and left alone.
"""

import contextlib
import fcntl
import logging
import os
from pathlib import Path

from azda_runtime.recordings import names, sidecar
from azda_runtime.recordings.mp4_boxes import playable
from azda_runtime.recordings.pair import sync_folder

_log = logging.getLogger(__name__)


def recover(folder: Path) -> None:
    """Clear up after recordings that were cut off, of all pipelines.

    Args:
        folder: Where recordings are written; it need not be there.
    """
    try:
        partial = sorted(path for path in folder.iterdir() if names.whole(path.name) is not None)
    except FileNotFoundError:
        return
    except OSError as error:
        _log.warning("%s cannot be read: %s", folder, error.strerror)
        return
    for path in partial:
        name = names.whole(path.name) or ""
        try:
            if name.endswith(names.VIDEO):
                _recover(path, folder, name)
            elif name.endswith(names.TEXT) and not _video_of(folder, name).exists():
                path.unlink(missing_ok=True)
        except OSError as error:
            _log.warning("The unfinished recording %s cannot be cleared up: %s.", path, error.strerror)


def _video_of(folder: Path, name: str) -> Path:
    return folder / names.partial(name.removesuffix(names.TEXT) + names.VIDEO)


def _recover(path: Path, folder: Path, name: str) -> None:
    handle = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    with os.fdopen(handle, "r+b") as video:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        if not path.exists():  # another process cleared it up meanwhile
            return
        text_name = name.removesuffix(names.VIDEO) + names.TEXT
        text = folder / names.partial(text_name)
        length = playable(video)
        if not length:
            text.unlink(missing_ok=True)
            path.unlink()
            _log.warning("The recording %s was cut off in its first second and is removed.", name)
            return
        video.truncate(length)
        os.fsync(handle)
        with contextlib.suppress(FileNotFoundError):
            _finish_text(text, folder / text_name)
        path.rename(folder / name)
        sync_folder(folder)
        _log.info("The recording %s was cut off; what was written of it can be played.", name)


def _finish_text(text: Path, final: Path) -> None:
    whole = sidecar.repaired(text.read_text(encoding="utf-8", errors="replace"))
    if whole is None:
        text.unlink()
        return
    with text.open("r+", encoding="utf-8") as file:
        file.write(whole)
        file.truncate()
        file.flush()
        os.fsync(file.fileno())
    text.rename(final)
