"""The limits that every Unix offers: memory, time, processes, files. The child sets its own, for good."""

import contextlib
import os
from pathlib import Path
from typing import Any

_GIGABYTE = 1 << 30
_MEMORY = 4 * _GIGABYTE
_CPU_SECONDS = 900
_PROCESSES = 128  # threads count, and ONNX Runtime has some
_FILES = 256
_LARGEST_FILE = 256 << 20


def limit(model_bytes: int) -> tuple[str, ...]:
    """Set the limits.

    Args:
        model_bytes: The size of the model, which needs memory of its own.

    Returns:
        What could not be limited here.
    """
    try:
        import resource  # Unix alone has it
    except ImportError:
        return ("memory", "processes")
    wanted = (
        ("memory", "RLIMIT_AS", _MEMORY + 6 * model_bytes),
        ("time", "RLIMIT_CPU", _CPU_SECONDS),
        ("processes", "RLIMIT_NPROC", _own_tasks() + _PROCESSES),
        ("open files", "RLIMIT_NOFILE", _FILES),
        ("the size of files", "RLIMIT_FSIZE", _LARGEST_FILE + model_bytes),
        ("core files", "RLIMIT_CORE", 0),
    )
    return tuple(what for what, name, value in wanted if not _set(resource, name, value))


def _set(resource: Any, name: str, value: int) -> bool:
    try:
        number = getattr(resource, name)
        hard = resource.getrlimit(number)[1]
        least = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(number, (least, least))
    except (AttributeError, ValueError, OSError):
        return False
    return True


def _own_tasks() -> int:
    """How many tasks this user has already: the limit counts them too."""
    count = 0
    for folder in Path("/proc").glob("[0-9]*/task"):
        with contextlib.suppress(OSError):
            if folder.stat().st_uid == os.getuid():
                count += len(list(folder.iterdir()))
    return count
