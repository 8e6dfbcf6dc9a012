"""Files that are replaced whole or not at all."""

import contextlib
import os
import tempfile
from pathlib import Path

from azdacli.errors import SpecError

OWNER_ONLY = 0o600


def replace(path: Path, data: bytes, *, durable: bool = True) -> None:
    """Write a file in one step: whoever reads it meets the old bytes or the new ones, never half of them.

    A file that exists keeps its mode, and a link stays a link; a new file is readable by its owner only, because what
    is written here may hold secrets.

    Args:
        path: The file.
        data: Its new bytes.
        durable: Whether to wait until the disk has them; what a power failure may take needs no wait.

    Raises:
        SpecError: The folder is not there or may not be written to.
    """
    target = Path(os.path.realpath(path))
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


def read_text(path: Path) -> str:
    """Read a UTF-8 file.

    Raises:
        SpecError: It cannot be read or is no UTF-8.
    """
    try:
        return decoded(path.read_bytes(), str(path))
    except OSError as error:
        raise SpecError(f"cannot read {path}: {error.strerror}") from error


def decoded(data: bytes, name: str) -> str:
    """Decode UTF-8.

    Raises:
        SpecError: It is none.
    """
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise SpecError(f"{name} is not UTF-8 text", hint="Save it as UTF-8.") from error


def is_file(path: Path) -> bool:
    """Whether a path names a regular file; a path that no system takes (too long, a null byte) names none."""
    return os.path.isfile(path)  # noqa: PTH113 # pathlib's raises for a name that is too long


def is_folder(path: Path) -> bool:
    """Whether a path names a folder; a path that no system takes names none."""
    return os.path.isdir(path)  # noqa: PTH112 # as above


def exists(path: Path) -> bool:
    """Whether a path leads anywhere; a path that no system takes does not."""
    return os.path.exists(path)  # noqa: PTH110 # as above


def make_folder(path: Path) -> None:
    """Make a folder where there is none.

    Raises:
        SpecError: It cannot be made.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SpecError(f"cannot make the folder {path}: {error.strerror}") from error
