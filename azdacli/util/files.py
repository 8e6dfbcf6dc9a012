"""Files that are replaced whole or not at all."""

import contextlib
import os
import stat
import tempfile
from pathlib import Path

from azdacli.errors import SpecError

OWNER_ONLY = 0o600
LARGEST_TEXT = 16 * 1024 * 1024

# Windows has neither of the first two, and changes line ends without the third.
_AT_ONCE = getattr(os, "O_NONBLOCK", 0)
_QUIETLY = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


def replace(path: Path, data: bytes, *, durable: bool = True) -> None:
    """Write a file in one step: whoever reads it meets the old bytes or the new ones, never half of them.

    A file that exists keeps its mode, and a link stays a link; a new file is readable by its owner only, because what
    is written here may hold secrets.

    Args:
        path: The file.
        data: Its new bytes.
        durable: Whether to wait until the disk has them; what a power failure may take needs no wait.

    Raises:
        SpecError: The folder is not there or may not be written to, or the path is a folder, a device or a pipe.
    """
    target = Path(os.path.realpath(path))
    if target.exists() and not target.is_file():  # a device or a pipe would become a file
        raise SpecError(f"cannot write {path}: it is no regular file", hint="Name a file.")
    try:
        mode = target.stat().st_mode & 0o7777 if target.exists() else OWNER_ONLY
        handle, scratch = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(data)
                stream.flush()
                if durable:
                    os.fsync(stream.fileno())
            Path(scratch).chmod(mode)
            Path(scratch).replace(target)
        except BaseException:
            with contextlib.suppress(FileNotFoundError):
                Path(scratch).unlink()
            raise
    except OSError as error:
        raise SpecError(f"cannot write {path}: {error.strerror}") from error


def read_text(path: Path, limit: int = LARGEST_TEXT) -> str:
    """Read a UTF-8 file of bounded size; a pipe in a folder, which would never end, and a device are refused.

    Raises:
        SpecError: It cannot be read, is too large, no file, or no UTF-8.
    """
    return decoded(read_bytes(path, limit), str(path))


def read_bytes(path: Path, limit: int = LARGEST_TEXT) -> bytes:
    """Read a file of bounded size.

    Raises:
        SpecError: It cannot be read, is too large, or is not a file.
    """
    # What a shell hands over (`<(…)`, /dev/stdin) is a pipe with somebody at its other end, and is waited for.
    handed = str(path).startswith(("/dev/fd/", "/proc/self/fd/", "/dev/stdin"))
    try:
        handle = os.open(path, os.O_RDONLY | _QUIETLY | (0 if handed else _AT_ONCE))
        with os.fdopen(handle, "rb") as stream:
            if not stat.S_ISREG(os.fstat(handle).st_mode) and not handed:
                raise SpecError(f"{path} is not a regular file", hint="Give a file.")
            data = stream.read(limit + 1)
    except OSError as error:
        raise SpecError(f"cannot read {path}: {error.strerror}") from error
    except ValueError as error:
        raise SpecError("a path holds a null byte", hint="Check the path.") from error
    if len(data) > limit:
        raise SpecError(f"{path} is larger than {limit >> 20} MiB", hint="Give the file that is meant.")
    return data


def decoded(data: bytes, name: str) -> str:
    """Decode UTF-8.

    Raises:
        SpecError: It is not valid.
    """
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise SpecError(f"{name} is not UTF-8 text", hint="Save it as UTF-8.") from error


def is_file(path: Path) -> bool:
    """Whether a path names a regular file; a path that no system takes (too long, a null byte) names none."""
    return os.path.isfile(path)  # pathlib's raises for a name that is too long


def is_folder(path: Path) -> bool:
    """Whether a path names a folder; a path that no system takes names none."""
    return os.path.isdir(path)  # as above


def exists(path: Path) -> bool:
    """Whether a path leads anywhere; a path that no system takes does not."""
    return os.path.exists(path)  # as above


def make_folder(path: Path) -> None:
    """Make a folder where there is none.

    Raises:
        SpecError: It cannot be made.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SpecError(f"cannot make the folder {path}: {error.strerror}") from error
