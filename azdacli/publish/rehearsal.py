"""A destination that is only read: what `publish --dry-run` would bring there is noted, not sent."""

import hashlib
import threading
from collections.abc import Callable, Iterator

from azdacli.events import Listener
from azdacli.oci.manifest import Document
from azdacli.oci.repository import Content, Repository

SEND, MOUNT, EXISTS = "send", "mount", "exists"


class Rehearsal:
    """Stands for a repository (see `azdacli.oci.repository.Repository`) and writes nothing into it.

    Args:
        destination: The repository; it is asked what it holds.
        mounts: Whether it can take over blobs of another repository without moving them.
    """

    def __init__(self, destination: Repository, mounts: Callable[[Repository], bool]) -> None:
        self.name = destination.name
        self.media_types = destination.media_types
        self.sent = 0
        self._to = destination
        self._mounts = mounts
        self._actions: dict[str, str] = {}
        self._lock = threading.Lock()

    def action(self, digest: str) -> str:
        """What becomes of a blob of the image: whatever was neither sent nor mounted exists."""
        return self._actions.get(digest, EXISTS)

    def manifest(self, selector: str) -> Document | None:
        """Read a manifest."""
        return self._to.manifest(selector)

    def has(self, digest: str) -> bool:
        """Whether a blob is there."""
        return self._to.has(digest)

    def blob(self, digest: str, offset: int = 0, *, size: int) -> Iterator[bytes]:
        """Read a blob."""
        return self._to.blob(digest, offset, size=size)

    def mount(self, digest: str, source: Repository) -> bool:
        """Note a blob that would be taken over."""
        if self._to.has(digest):
            return True
        if not self._mounts(source):
            return False
        with self._lock:
            self._actions[digest] = MOUNT
        return True

    def put(self, content: Content, _listener: Listener) -> str:
        """Note a blob that would be sent; only one whose digest is unknown is read."""
        digest = content.digest or _digest(content)
        if content.digest is None and self._to.has(digest):
            return digest
        with self._lock:
            if self._actions.get(digest) != SEND:
                self._actions[digest] = SEND
                self.sent += content.size
        return digest

    def put_manifest(self, document: Document, tag: str | None) -> None:
        """Store nothing."""


def _digest(content: Content) -> str:
    proof = hashlib.sha256()
    for piece in content.read(0):
        proof.update(piece)
    return f"sha256:{proof.hexdigest()}"
