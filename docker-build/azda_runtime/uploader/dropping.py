"""Makes room on a full disk, whatever the network does."""

import logging
import os
import time
from pathlib import Path

from azda_runtime.log import limited
from azda_runtime.uploader.folder import whole_files
from azda_runtime.uploader.progress import Progress
from azda_runtime.uploader.room import Room

_log = logging.getLogger(__name__)

_HINT = "They were not uploaded. Give the folder more room (--keep-free, --limit), or the network more bandwidth."


def make_room(folder: Path, room: Room, progress: Progress) -> None:
    """Drop the oldest recordings where there is too little room, and count them."""
    try:
        disk = os.statvfs(folder)
        free, total = disk.f_bavail * disk.f_frsize, disk.f_blocks * disk.f_frsize
        if room.is_enough(free=free, total=total):
            return
        files = whole_files(folder, time.time())
    except OSError:  # whoever uploads from the folder says so
        return
    going = room.surplus(files, free=free, total=total, busy=progress.busy)
    dropped = 0
    for each in going:
        try:
            each.path.unlink()
        except FileNotFoundError:
            continue
        except OSError as error:
            text = "The disk is full, and %s cannot be deleted: %s."
            _log.error(text, each.path.name, error.strerror, extra=limited("undroppable"))
            continue
        progress.dropped(each.size)
        dropped += 1
    if dropped:
        size = sum(each.size for each in going) / 1024**2
        names = f"{going[0].path.name} to {going[-1].path.name}" if dropped > 1 else going[0].path.name
        text = "The disk is full: the %s oldest recordings are deleted (%s, %.1f MiB)."
        _log.error(text, dropped, names, size, extra={"hint": _HINT})
