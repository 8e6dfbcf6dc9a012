"""Requests about one repository of a registry, with our credentials: what reading and uploading both stand on."""

import threading
from collections.abc import Mapping
from typing import Any

import requests

from azdacli.errors import RegistryError
from azdacli.oci.login import Login
from azdacli.oci.registry import failures
from azdacli.oci.registry.resumables import Resumables
from azdacli.oci.registry.tokens import Authenticator
from azdacli.oci.registry.transport import Transport

_OK, _UNAUTHORIZED, _NOT_FOUND = 200, 401, 404
_READING = ("GET", "HEAD")


class Connection:
    """One registry, with one login.

    Args:
        transport: Sends to it.
        login: Who we are, None for nobody.
        resumables: Where uploads are remembered that a later run can go on with.

    Attributes:
        largest_chunk: Bytes that one request of an upload may grow to; None for our own limit.
    """

    def __init__(self, transport: Transport, login: Login | None, *, resumables: Resumables | None = None) -> None:
        self.transport = transport
        self.authenticator = Authenticator(transport, login)
        self.resumables = resumables or Resumables(None)
        self.largest_chunk: int | None = None

    @property
    def name(self) -> str:
        """Host, and port if it has one."""
        return self.transport.registry


class Session:
    """One repository, to be read or also written.

    Attributes:
        name: What a user calls it.
        sent: Bytes of blobs that went out so far.
    """

    def __init__(self, registry: Connection, path: str, *, push: bool) -> None:
        self.registry = registry
        self.transport = registry.transport
        self.path = path
        self.name = f"{registry.name}/{path}"
        self.scope = f"repository:{path}:{'pull,push' if push else 'pull'}"
        self.sent = 0
        self._lock = threading.Lock()

    def count(self, sent: int) -> None:
        """Add bytes that went out; uploads run in several threads."""
        with self._lock:
            self.sent += sent

    def url(self, path: str) -> str:
        """Make the address of something in the repository: `blobs/sha256:…`, `manifests/1.4`."""
        return f"{self.transport.root}/v2/{self.path}/{path}"

    def has(self, digest: str) -> bool:
        """Whether a blob is there."""
        response = self.call("HEAD", self.url(f"blobs/{digest}"))
        if response.status_code not in (_OK, _NOT_FOUND):
            raise failures.refused(self.registry.name, f"say what {self.name} holds", response)
        return response.status_code == _OK

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
        """Send a request with our credentials, renewed once if they are refused; reading follows redirects.

        Args:
            method: HTTP's.
            url: Absolute, on the registry or where it sent us for an upload.
            headers: More headers.
            data: The body; must be repeatable unless `once`.
            stream: Whether the answer's body is read later.
            scopes: What the token must allow; by default what this repository is for.
            once: Whether a failure that may pass is told to the caller instead of tried again.
        """
        wanted = scopes or (self.scope,)
        sent = {**(headers or {})}

        def attempt() -> requests.Response:
            own = self._credentials(wanted) if self._is_own(url) else {}
            response = self.transport.send(method, url, headers={**sent, **own}, data=data, stream=stream)
            if method in _READING:
                response = self.transport.follow(response, {**sent, **own}, method=method, stream=stream)
            if response.status_code == _UNAUTHORIZED and self._is_own(response.url):
                response.close()
                self.registry.authenticator.rejected(wanted, own, response)
            return response

        def renewed() -> requests.Response:
            response = attempt()
            return attempt() if response.status_code == _UNAUTHORIZED and not once else response

        return renewed() if once else self.transport.patiently(renewed, f"answer for {self.name}")

    def _credentials(self, scopes: tuple[str, ...]) -> dict[str, str]:
        """Get our header; whoever gives it was asked often enough: that failure is not worth another try of ours."""
        try:
            return self.registry.authenticator.header(scopes)
        except failures.InterruptedTransferError as error:
            raise RegistryError(str(error), hint=error.hint) from error

    def _is_own(self, url: str) -> bool:
        return url.startswith(f"{self.transport.root}/")
