"""An archive fetched and unpacked; nothing here is swapped in yet."""

import ssl
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from azda_runtime.models.download import download
from azda_runtime.models.limits import Limits
from azda_runtime.models.progress import Report, too_large
from azda_runtime.models.unpack import unpack
from azda_runtime.settings import Archive

FILES = "files"

_ARCHIVE = "archive.zip"


@dataclass(frozen=True, kw_only=True, slots=True)
class Fetched:
    """What came of fetching an archive.

    Attributes:
        sha256: Its digest.
        root: The model's root below the folder with its files; None when the digest is a known one, and nothing was
            unpacked.
    """

    sha256: str
    root: str | None


def fetch(  # noqa: PLR0913 # what and where, then how long and how
    archive: Archive,
    folder: Path,
    known: Collection[str],
    *,
    limits: Limits,
    trust: ssl.SSLContext | None = None,
    sleep: Callable[[float], None] = time.sleep,
    report: Report = lambda _attempt, _arrived: None,
    unpacks: Callable[[], None] = lambda: None,
) -> Fetched:
    """Fetch and unpack an archive.

    Args:
        archive: Its address and, when known, its digest.
        folder: Empty; its files go into the folder ``files`` in it.
        known: Digests of archives that are not needed again.
        limits: Bounds of size and time.
        trust: Which authorities are trusted; default: the system's.
        sleep: Waits between attempts.
        report: Gets how far the download is.
        unpacks: Called when it is over and unpacking begins.

    Raises:
        ModelError: It was not taken. What was written by then is the caller's to remove.
    """
    zip_file = folder / _ARCHIVE
    digest = download(archive, zip_file, limits=limits, trust=trust, sleep=sleep, report=report)
    if digest in known:
        return Fetched(sha256=digest, root=None)
    unpacks()
    root = _unpacked(zip_file, folder, limits)
    zip_file.unlink()
    return Fetched(sha256=digest, root=root)


def take(archive: Path, folder: Path, limits: Limits) -> str:
    """Unpack an archive that is here, as one that was fetched.

    Args:
        archive: It stays where it is.
        folder: Empty; its files go into the folder ``files`` in it.
        limits: Bounds of size.

    Returns:
        The model's root below the folder with its files.

    Raises:
        ModelError: It was not taken. What was written by then is the caller's to remove.
    """
    if archive.stat().st_size > limits.download:
        raise too_large(limits)
    return _unpacked(archive, folder, limits)


def _unpacked(archive: Path, folder: Path, limits: Limits) -> str:
    files = folder / FILES
    files.mkdir()
    return str(unpack(archive, files, limits=limits).relative_to(files))
