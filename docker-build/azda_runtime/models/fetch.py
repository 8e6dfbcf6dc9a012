"""An archive fetched and unpacked; nothing here is swapped in yet."""

import ssl
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from azda_runtime.models.download import download
from azda_runtime.models.limits import Limits
from azda_runtime.models.progress import Report
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
        trust: Which authorities are believed; the system's when it is None.
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
    files = folder / FILES
    files.mkdir()
    root = unpack(zip_file, files, limits=limits)
    zip_file.unlink()
    return Fetched(sha256=digest, root=str(root.relative_to(files)))
