"""Room on the disk: looked at before it is used, so that an archive never takes the last of it."""

import os
from pathlib import Path

from azda_runtime.models.errors import ModelError
from azda_runtime.models.limits import Limits

_MIB = 1024**2


def check_space(folder: Path, *, size: int, files: int, limits: Limits) -> None:
    """Look whether a folder's file system has room.

    Args:
        folder: Where it shall be written.
        size: Bytes.
        files: Files and folders.
        limits: How much has to stay free.

    Raises:
        ModelError: It has not.
    """
    found = os.statvfs(folder)
    free = found.f_bavail * found.f_frsize
    if size + limits.reserve > free:
        raise ModelError(
            f"The disk has {free // _MIB} MB free; the model needs {-(-size // _MIB)} MB, and"
            f" {limits.reserve // _MIB} MB stay free.",
            hint="Make room on the disk, or leave out what the model does not need.",
        )
    # A file system without a table of inodes says that it has none at all.
    if found.f_files and files + limits.reserve_files > found.f_favail:
        raise ModelError(
            f"The disk has room for {found.f_favail} more files; the model has {files}, and room for"
            f" {limits.reserve_files} stays free.",
            hint="Make room on the disk, or put fewer files into the archive.",
        )
