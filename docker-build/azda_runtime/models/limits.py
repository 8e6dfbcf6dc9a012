"""How large a model archive may be, and how long it may take."""

from dataclasses import dataclass

_GIB = 1024**3


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """Bounds for one archive.

    Attributes:
        download: Bytes of the archive.
        unpacked: Bytes of all its files together.
        entries: Files and folders in it.
        attempts: How often the download is tried.
        silence: Seconds without a byte after which an attempt is given up.
        patience: Seconds after which the download is given up, however well it goes.
    """

    download: int = 8 * _GIB
    unpacked: int = 16 * _GIB
    entries: int = 20_000
    attempts: int = 4
    silence: float = 30.0
    patience: float = 3600.0
