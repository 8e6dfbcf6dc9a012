"""The port to blob storage, and what may be wrong with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol


class UploadError(Exception):
    """A recording could not be uploaded.

    Args:
        message: One sentence.
        hint: What to do about it.
    """

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class ServiceError(UploadError):
    """Nothing can be uploaded at present.

    Args:
        message: One sentence.
        hint: What to do about it.
        offline: The network or the service is away, which is normal and passes; else somebody has to mend something.
    """

    def __init__(self, message: str, *, hint: str = "", offline: bool = False) -> None:
        super().__init__(message, hint=hint)
        self.offline = offline


class FileError(UploadError):
    """One file cannot be uploaded; the others can."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Stored:
    """What the service says about a blob.

    Attributes:
        size: In bytes.
        md5: Of all of it; None where it was stored without.
    """

    size: int
    md5: bytes | None


class Store(Protocol):
    """A container; each method raises `ServiceError` or `FileError`."""

    def find(self, name: str) -> Stored | None:
        """A blob; None when there is none of this name."""

    def uncommitted(self, name: str) -> Mapping[str, int]:
        """The blocks that were sent and belong to no blob yet: id and size."""

    def stage(self, name: str, block: str, data: bytes, digest: bytes) -> None:
        """Send a block; the service compares it with its MD5."""

    def commit(self, name: str, blocks: Sequence[str], digest: bytes) -> None:
        """Make a blob of blocks, unless there is one of this name: nothing is overwritten."""

    def close(self) -> None:
        """Close its connections."""
