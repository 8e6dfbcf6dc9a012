"""One repository of a registry: manifests and blobs, read and proven, mounted and stored."""

import hashlib
import threading
from collections.abc import Iterator, Mapping
from typing import Any

import requests

from azdacli.engine import Listener, Login
from azdacli.errors import RegistryError
from azdacli.image_manifest import Document
from azdacli.oci_registry import failures
from azdacli.oci_registry.resumables import Resumables
from azdacli.oci_registry.tokens import Authenticator
from azdacli.oci_registry.transport import Transport
from azdacli.oci_registry.upload import Upload
from azdacli.reference import Reference
from azdacli.registry import Content, Repository

ACCEPTED = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
LARGEST_MANIFEST = 4 << 20  # the limit of the specification, and Azure's
_PIECE = 1 << 18
_OK, _CREATED, _ACCEPTED_LATER, _PARTIAL, _UNAUTHORIZED, _NOT_FOUND = 200, 201, 202, 206, 401, 404


class Registry:
    """One registry, with one login; gives its repositories.

    Attributes:
        over: When it is set, uploads stop at the end of the chunk that is under way.
    """

    def __init__(self, transport: Transport, login: Login | None, *, resumables: Resumables | None = None) -> None:
        self.transport = transport
        self.authenticator = Authenticator(transport, login)
        self.resumables = resumables or Resumables(None)
        self.over = threading.Event()

    @property
    def name(self) -> str:
        """Host, and port if it has one."""
        return self.transport.registry

    def repository(self, path: str, *, push: bool = False) -> "RegistryRepository":
        """Name one repository, to be read or also written."""
        return RegistryRepository(self, path, push=push)


class RegistryRepository:
    """A `azdacli.registry.Repository` over HTTP."""

    def __init__(self, registry: Registry, path: str, *, push: bool) -> None:
        self.registry = registry
        self.path = path
        self.name = f"{registry.name}/{path}"
        self.scope = f"repository:{path}:{'pull,push' if push else 'pull'}"
        self._scopes: tuple[str, ...] = (self.scope,)
        self._transport = registry.transport
        self._base = f"/v2/{path}"
        self.sent = 0
        self.media_types: frozenset[str] = frozenset()
        self._lock = threading.Lock()

    def count(self, sent: int) -> None:
        """Add bytes that went out; uploads run in several threads."""
        with self._lock:
            self.sent += sent

    def manifest(self, selector: str) -> Document | None:
        """Read a manifest or index by tag or digest; None when there is none."""
        response = self.call(
            "GET", self._url(f"manifests/{selector}"), headers={"Accept": ", ".join(ACCEPTED)}, stream=True
        )
        with response:
            if response.status_code == _NOT_FOUND:
                return None
            if response.status_code != _OK:
                raise failures.refused(self._transport.registry, f"show {self.name}", response)
            data = b"".join(self._pieces(response, LARGEST_MANIFEST))
        digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
        expected = selector if selector.startswith("sha256:") else response.headers.get("Docker-Content-Digest", digest)
        if digest != expected:
            raise RegistryError(f"{self._transport.registry} sent a manifest of {self.name} that is not {expected}")
        return Document(digest=digest, media_type=_media_type(response, data), data=data)

    def has(self, digest: str) -> bool:
        """Whether a blob is there."""
        headers: dict[str, str] = {}
        response = self.call("HEAD", self._url(f"blobs/{digest}"), headers=headers)
        if response.is_redirect:
            response = self._transport.follow(response, headers, method="HEAD")
        if response.status_code not in (_OK, _NOT_FOUND):
            raise failures.refused(self._transport.registry, f"say what {self.name} holds", response)
        return response.status_code == _OK

    def blob(self, digest: str, offset: int = 0) -> Iterator[bytes]:
        """Read a blob from an offset on, going on where a connection breaks; see `azdacli.registry.Repository`."""
        proof = hashlib.sha256()
        position, attempt = offset, 0
        while True:
            try:
                for piece in self._download(digest, position):
                    position, attempt = position + len(piece), 0
                    if not offset:
                        proof.update(piece)
                    yield piece
                break
            except failures.InterruptedTransferError:
                attempt += 1
                if attempt >= self._transport.patience.tries:
                    raise
                self._transport.patience.wait(attempt)
        if not offset and f"sha256:{proof.hexdigest()}" != digest:
            raise RegistryError(f"{self._transport.registry} sent a blob of {self.name} that is not {digest}")

    def mount(self, digest: str, source: Repository) -> bool:
        """Take a blob over from another repository of the same registry."""
        if not isinstance(source, RegistryRepository) or source.registry.name != self.registry.name:
            return False
        if source.path == self.path:
            return self.has(digest)
        url = self._url(f"blobs/uploads/?mount={digest}&from={source.path}")
        response = self.call("POST", url, scopes=(self.scope, f"repository:{source.path}:pull"))
        if response.status_code == _CREATED:
            return True
        if response.status_code == _ACCEPTED_LATER:  # an upload was opened instead: give it back
            self.call("DELETE", self._transport.resolve(response.headers.get("Location", "")), once=True)
        return False

    def put(self, content: Content, listener: Listener) -> str:
        """Store a blob; see `azdacli.registry.Repository`."""
        return Upload(self, content, listener, self.registry.resumables).run()

    def put_manifest(self, document: Document, tag: str | None) -> None:
        """Store a manifest, under a tag if one is given."""
        url = self._url(f"manifests/{tag or document.digest}")
        response = self.call("PUT", url, headers={"Content-Type": document.media_type}, data=document.data)
        if response.status_code not in (_OK, _CREATED):
            raise failures.refused(self._transport.registry, f"store the manifest of {self.name}", response)
        answered = response.headers.get("Docker-Content-Digest", document.digest)
        if answered != document.digest:
            raise RegistryError(f"{self._transport.registry} stored another manifest than we sent: {answered}")

    def call(  # noqa: PLR0913 # what a request has
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        data: Any = None,
        stream: bool = False,
        scopes: tuple[str, ...] | None = None,
        once: bool = False,
    ) -> requests.Response:
        """Send a request with our credentials, renewed once if they are refused.

        Args:
            method: HTTP's.
            url: Absolute, on the registry or where it sent us for an upload.
            headers: More headers.
            data: The body; must be repeatable unless `once`.
            stream: Whether the answer's body is read later.
            scopes: What the token must allow; by default what this repository is for.
            once: Whether a failure that may pass is told to the caller instead of tried again.
        """
        wanted = scopes or self._scopes
        sent = {**(headers or {})}

        def attempt() -> requests.Response:
            own = self.registry.authenticator.header(wanted) if self._is_own(url) else {}
            response = self._transport.send(method, url, headers={**sent, **own}, data=data, stream=stream)
            if response.status_code == _UNAUTHORIZED and self._is_own(url):
                response.close()
                self.registry.authenticator.rejected(wanted, own, response)
            return response

        def renewed() -> requests.Response:
            response = attempt()
            return attempt() if response.status_code == _UNAUTHORIZED and not once else response

        return renewed() if once else self._transport.patiently(renewed, f"answer for {self.name}")

    def _download(self, digest: str, position: int) -> Iterator[bytes]:
        headers = {"Range": f"bytes={position}-"} if position else {}
        url = self._url(f"blobs/{digest}")
        response = self._transport.follow(self.call("GET", url, headers=headers, stream=True), headers)
        with response:
            if response.status_code not in (_OK, _PARTIAL):
                raise failures.refused(self._transport.registry, f"give a blob of {self.name}", response)
            skip = position if response.status_code == _OK else 0
            for piece in self._pieces(response, None):
                kept = piece[skip:]
                skip = max(0, skip - len(piece))
                if kept:
                    yield kept

    def _pieces(self, response: requests.Response, most: int | None) -> Iterator[bytes]:
        """Read a body in pieces; a body that is shorter than it was announced is an interruption."""
        count = 0
        with failures.translated(self._transport.registry):
            while piece := response.raw.read(_PIECE, decode_content=False):
                count += len(piece)
                if most is not None and count > most:
                    raise RegistryError(f"{self._transport.registry} sent a manifest of more than {most} bytes")
                yield piece
        announced = response.headers.get("Content-Length")
        if announced and announced.isdigit() and count < int(announced):
            raise failures.InterruptedTransferError(
                f"{self._transport.registry} does not answer: the connection was cut"
            )

    def _is_own(self, url: str) -> bool:
        return url.startswith(f"{self._transport.root}/")

    def _url(self, path: str) -> str:
        return f"{self._transport.root}{self._base}/{path}"


def digest_of(registry: Registry, reference: Reference) -> str | None:
    """Ask a registry which digest a name has; None when there is no such name."""
    found = registry.repository(reference.repository).manifest(reference.selector)
    return found.digest if found else None


def _media_type(response: requests.Response, data: bytes) -> str:
    told = response.headers.get("Content-Type", "").split(";")[0].strip()
    if told in ACCEPTED:
        return told
    raise RegistryError(
        f"what the registry shows is no image ({told or 'no content type'}, {len(data)} bytes)",
        hint="Old image formats (schema 1) cannot be used: push the image again with a current engine.",
    )
