"""How large a model archive may be, and how long it may take."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

_MIB = 1024**2
_GIB = 1024**3


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """Bounds for one archive.

    Attributes:
        download: Bytes of the archive.
        unpacked: Total bytes of its files.
        entries: Files and folders in it, those counted that exist in paths alone.
        directory: Bytes of the zip file's list of entries.
        depth: Folders within folders.
        reserve: Bytes that stay free on the disk.
        reserve_files: Files and folders that the file system has room for afterwards.
        attempts: How often the download is tried.
        silence: Seconds without a byte after which an attempt is given up.
        patience: Seconds after which the download is given up, however well it goes.
        slowest: Bytes a second that have to arrive at least.
        window: Over so many seconds, within which the server has to answer, too.
        unpacking: Seconds that unpacking may take.
        memory: Bytes of address space of the process that does all this.
        computing: Its seconds of processor time.
    """

    download: int = 8 * _GIB
    unpacked: int = 16 * _GIB
    entries: int = 20_000
    directory: int = 16 * _MIB
    depth: int = 32
    reserve: int = 256 * _MIB
    reserve_files: int = 1_000
    attempts: int = 4
    silence: float = 30.0
    patience: float = 3600.0
    slowest: int = 1024
    window: float = 60.0
    unpacking: float = 1800.0
    memory: int = 768 * _MIB
    computing: int = 3600

    def as_json(self) -> dict[str, float]:
        """The limits as plain data."""
        return asdict(self)

    @classmethod
    def of(cls, plain: Mapping[str, float]) -> "Limits":
        """Read them back."""
        return cls(**plain)  # type: ignore[arg-type] # our own numbers, from `as_json`
