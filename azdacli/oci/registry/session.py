"""Requests about one repository of a registry, with our credentials: what reading and uploading both stand on."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from azdacli.errors import RegistryError
from azdacli.oci.credential import Credential
from azdacli.oci.registry import failures
from azdacli.oci.registry.answer import Answer, Arriving
from azdacli.oci.registry.resumables import Resumables
from azdacli.oci.registry.tokens import Authenticator
from azdacli.oci.registry.transport import Transport

_OK, _UNAUTHORIZED, _NOT_FOUND = 200, 401, 404
_READING = ("GET", "HEAD")


class Connection:
    """One registry, with one login.

    Args:
        transport: Sends to it.
        login: Who we are there, None for nobody.
        resumables: Where uploads are remembered that a later run can go on with.

    Raises:
        MisdirectedCredentialError: The login was given for another registry.

    Attributes:
        largest_chunk: Bytes that one request of an upload may grow to; None for our own limit.
    """

    def __init__(self, transport: Transport, login: Credential | None, *, resumables: Resumables | None = None) -> None:
        self.transport = transport
        self.authenticator = Authenticator(transport, login)
        self.resumables = resumables or Resumables(None)
        self.largest_chunk: int | None = None

    def close(self) -> None:
        """Close the connections; a later request opens a new one."""
        self.transport.close()

    @property
    def login(self) -> Credential | None:
        """Who we are there; None for nobody."""
        return self.authenticator.login

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
        scopes: tuple[str, ...] | None = None,
        once: bool = False,
    ) -> Answer:
        """Send a request with our credentials, renewed once if they are refused, and read its small answer.

        Args:
            method: HTTP's; reading follows redirects.
            url: Absolute, on the registry or where it sent us for an upload.
            headers: More headers.
            data: The body; must be repeatable unless `once`.
            scopes: What the token must allow; by default what this repository is for.
            once: Whether a failure that may pass goes to the caller instead of being tried again.
        """
        request = _Request(method=method, url=url, headers=headers or {}, data=data, scopes=scopes or (self.scope,))

        def attempt() -> Answer:
            answer = self.transport.whole(self._attempt(request))
            if answer.status_code == _UNAUTHORIZED and not once:
                return self.transport.whole(self._attempt(request))
            return answer

        return attempt() if once else self.transport.patiently(attempt, f"answer for {self.name}")

    def open(self, url: str, headers: Mapping[str, str]) -> Arriving:
        """Ask for something large, as `call` does; the answer's body is read by the caller."""
        request = _Request(method="GET", url=url, headers=headers, data=None, scopes=(self.scope,))

        def attempt() -> Arriving:
            arriving = self._attempt(request)
            if arriving.status_code != _UNAUTHORIZED:
                return arriving
            arriving.close()
            return self._attempt(request)

        return self.transport.patiently(attempt, f"answer for {self.name}")

    def _attempt(self, request: "_Request") -> Arriving:
        """Send a request once; note when our credentials were refused, so that the next ones are new."""
        own = self._credentials(request.scopes) if self.transport.is_own(request.url) else {}
        headers = {**request.headers, **own}
        response = self.transport.open(request.method, request.url, headers=headers, data=request.data)
        if request.method in _READING:
            response = self.transport.follow(response, headers, method=request.method)
        if response.status_code == _UNAUTHORIZED and self.transport.is_own(response.url):
            self.registry.authenticator.rejected(request.scopes, own, response.headers)
        return response

    def _credentials(self, scopes: tuple[str, ...]) -> dict[str, str]:
        """Get our header; whoever gives it was asked often enough: that failure is not worth another try of ours."""
        try:
            return self.registry.authenticator.header(self.path, scopes)
        except failures.InterruptedTransferError as error:
            raise RegistryError(str(error), hint=error.hint) from error


@dataclass(frozen=True, kw_only=True, slots=True)
class _Request:
    method: str
    url: str
    headers: Mapping[str, str]
    data: Any
    scopes: tuple[str, ...]
