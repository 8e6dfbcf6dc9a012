"""What azdacli needs from a place that holds images: a registry, or an image layout on disk."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from azdacli.events import Listener
from azdacli.oci.manifest import Document


@dataclass(frozen=True, kw_only=True, slots=True)
class Content:
    """Bytes that can be read again from any place, so that a broken transfer can go on.

    Attributes:
        size: Number of bytes.
        key: Names the same bytes in a later run, for going on with an upload.
        read: Gives the bytes from an offset on.
        digest: `sha256:…` where it is known before the bytes are read.
        label: What a user calls it, for progress.
    """

    size: int
    key: str
    read: Callable[[int], Iterator[bytes]]
    digest: str | None = None
    label: str = ""


class Repository(Protocol):
    """One repository of a registry, or one image layout.

    Attributes:
        name: What a user calls it.
        sent: Bytes of blobs that were stored through it so far.
        media_types: The manifests that it holds; empty for all.
    """

    name: str
    sent: int
    media_types: frozenset[str]

    def manifest(self, selector: str) -> Document | None:
        """Read a manifest or index by tag or digest; None when there is none."""

    def has(self, digest: str) -> bool:
        """Whether a blob is there."""

    def blob(self, digest: str, offset: int = 0, *, size: int) -> Iterator[bytes]:
        """Read a blob from an offset on; read whole, its digest is proven before the last chunk is given.

        Args:
            digest: What names it.
            offset: The first byte.
            size: How many bytes it has, as a manifest announced it; more are refused while they are read.

        Raises:
            RegistryError: It is not there, or is not what its digest says.
        """

    def mount(self, digest: str, source: "Repository") -> bool:
        """Take a blob over from a repository in the same place without moving it; False when that is impossible."""

    def put(self, content: Content, listener: Listener) -> str:
        """Store a blob; bytes that an interrupted earlier run brought are not sent again.

        Returns:
            The digest of what was stored. It is another than `content.digest` when that was wrong.
        """

    def put_manifest(self, document: Document, tag: str | None) -> None:
        """Store a manifest, under a tag if one is given; all blobs that it names are there already."""
