"""Recordings that wait to be uploaded."""

import os
from contextlib import suppress
from pathlib import Path

_SUFFIX = ".mp4"


def backlog(folder: Path) -> tuple[int, int]:
    """How many recordings are whole and still here, and their bytes; whoever uploads them removes them."""
    count = size = 0
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith(_SUFFIX) and not entry.name.startswith("."):
                with suppress(OSError):  # it was uploaded just now
                    size += entry.stat(follow_symlinks=False).st_size
                    count += 1
    return count, size
