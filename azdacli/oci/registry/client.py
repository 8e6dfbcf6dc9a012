"""One repository of a registry: manifests and blobs, read and proven, mounted and stored."""

import contextlib
import hashlib
from collections.abc import Iterator

from azdacli.errors import RegistryError
from azdacli.events import Listener
from azdacli.oci.manifest import Document
from azdacli.oci.reference import Reference
from azdacli.oci.registry import failures
from azdacli.oci.registry.answer import Answer, Arriving
from azdacli.oci.registry.limits import number
from azdacli.oci.registry.session import Connection, Session
from azdacli.oci.registry.upload import Upload
from azdacli.oci.repository import Content, Repository
from azdacli.util import json_text
from azdacli.util.one_line import on_one_line

ACCEPTED = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
_PROGRESS = 1 << 16  # bytes; a connection that breaks after fewer has brought nothing that counts
_OK, _CREATED, _ACCEPTED_LATER, _PARTIAL, _NOT_FOUND = 200, 201, 202, 206, 404


class Registry(Connection):
    """One registry, with one login; gives its repositories."""

    def repository(self, path: str, *, push: bool = False) -> "RegistryRepository":
        """Name one repository, to be read or also written."""
        return RegistryRepository(self, path, push=push)


class RegistryRepository(Session):
    """A `azdacli.oci.repository.Repository` over HTTP."""

    media_types: frozenset[str] = frozenset()

    def manifest(self, selector: str) -> Document | None:
        """Read a manifest or index by tag or digest; None when there is none."""
        arriving = self.open(self.url(f"manifests/{selector}"), {"Accept": ", ".join(ACCEPTED)})
        with failures.translated(self.registry.name):
            response = arriving.whole(json_text.LARGEST)
        if response.status_code == _NOT_FOUND:
            return None
        if response.status_code != _OK:
            raise failures.refused(self.registry.name, f"show {self.name}", response)
        data = response.content
        digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
        expected = selector if selector.startswith("sha256:") else response.headers.get("Docker-Content-Digest", digest)
        if digest != expected:
            raise RegistryError(f"{self.registry.name} sent a manifest of {self.name} that is not {expected}")
        return Document(digest=digest, media_type=_media_type(response, data), data=data)

    def blob(self, digest: str, offset: int = 0, *, size: int) -> Iterator[bytes]:
        """Read a blob from an offset on, going on where a connection breaks.

        See `azdacli.oci.repository.Repository`.
        """
        proof = hashlib.sha256()
        position, attempt, counted = offset, 0, offset
        while True:
            try:
                for piece in self._download(digest, position, size):
                    position += len(piece)
                    if position - counted >= _PROGRESS:
                        counted, attempt = position, 0
                    if not offset:
                        proof.update(piece)
                    yield piece
                break
            except failures.InterruptedTransferError as error:
                attempt += 1
                if attempt >= self.transport.patience.tries:
                    raise
                self.transport.pause(attempt, error)
        if not offset and f"sha256:{proof.hexdigest()}" != digest:
            raise RegistryError(f"{self.registry.name} sent a blob of {self.name} that is not {digest}")

    def mount(self, digest: str, source: Repository) -> bool:
        """Take a blob over from another repository of the same registry."""
        if not isinstance(source, RegistryRepository) or source.registry.name != self.registry.name:
            return False
        if source.path == self.path:
            return self.has(digest)
        url = self.url(f"blobs/uploads/?mount={digest}&from={source.path}")
        response = self.call("POST", url, scopes=(self.scope, f"repository:{source.path}:pull"))
        if response.status_code == _CREATED:
            return True
        if response.status_code == _ACCEPTED_LATER:  # an upload was opened instead: give it back
            self.call("DELETE", self.transport.resolve(response.headers.get("Location", "")), once=True)
        return False

    def put(self, content: Content, listener: Listener) -> str:
        """Store a blob; see `azdacli.oci.repository.Repository`."""
        return Upload(self, content, listener, self.registry.resumables).run()

    def put_manifest(self, document: Document, tag: str | None) -> None:
        """Store a manifest, under a tag if one is given."""
        url = self.url(f"manifests/{tag or document.digest}")
        response = self.call("PUT", url, headers={"Content-Type": document.media_type}, data=document.data)
        if response.status_code not in (_OK, _CREATED):
            raise failures.refused(self.registry.name, f"store the manifest of {self.name}", response)
        answered = response.headers.get("Docker-Content-Digest", document.digest)
        if answered != document.digest:
            raise RegistryError(f"{self.registry.name} stored another manifest than we sent: {answered}")

    def _download(self, digest: str, position: int, size: int) -> Iterator[bytes]:
        if position >= size:
            return
        response = self.open(self.url(f"blobs/{digest}"), {"Range": f"bytes={position}-"} if position else {})
        with contextlib.closing(response):
            if response.status_code not in (_OK, _PARTIAL):
                answer = self.transport.whole(response)
                raise failures.refused(self.registry.name, f"give a blob of {self.name}", answer)
            skip = position if response.status_code == _OK else 0
            for piece in self._pieces(response, size - position + skip):
                kept = piece[skip:]
                skip = max(0, skip - len(piece))
                if kept:
                    yield kept

    def _pieces(self, response: Arriving, most: int) -> Iterator[bytes]:
        """Read a body in pieces; a body that is shorter than it was announced is an interruption."""
        count = 0
        with failures.translated(self.registry.name):
            for piece in response.pieces(most):
                count += len(piece)
                yield piece
        announced = number(response.headers.get("Content-Length", ""))
        if announced is not None and count < announced:
            raise failures.InterruptedTransferError(f"{self.registry.name} does not answer: the connection was cut")


def digest_of(registry: Registry, reference: Reference) -> str | None:
    """Ask a registry which digest a name has; None when there is no such name."""
    found = registry.repository(reference.repository).manifest(reference.selector)
    return found.digest if found else None


def _media_type(response: Answer, data: bytes) -> str:
    reported = response.headers.get("Content-Type", "").split(";")[0].strip()
    if reported in ACCEPTED:
        return reported
    raise RegistryError(
        f"the registry's answer is not an image ({on_one_line(reported, 80) or 'no content type'}, {len(data)} bytes)",
        hint="Old image formats (schema 1) cannot be used: push the image again with a current engine.",
    )
