"""Requests to one registry: TLS, credentials, redirects, patience."""

import contextlib
import ipaddress
import random
import ssl
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter

from azdacli import __version__
from azdacli.errors import RegistryError, SpecError
from azdacli.oci_registry import failures

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MOST_REDIRECTS = 5
_CONNECTIONS = 8


@dataclass(frozen=True, kw_only=True, slots=True)
class Patience:
    """How long we try.

    Attributes:
        tries: How often one request is sent before we give up; for uploads, how often without any progress.
        pause: Seconds before the second try; doubled each time, with a random part, at most `longest`.
        longest: Seconds that a pause lasts at most; also bounds what a registry asks for with Retry-After, times ten.
        connect: Seconds for a connection, and for a piece of a request to leave.
        silence: Seconds without a byte of the answer.
    """

    tries: int = 6
    pause: float = 0.5
    longest: float = 20.0
    connect: float = 20.0
    silence: float = 90.0

    def wait(self, attempt: int, asked: float | None = None) -> None:
        """Sleep before another try.

        Args:
            attempt: How many have failed, from 0.
            asked: What the registry asked for, in seconds.
        """
        backoff = min(self.longest, self.pause * 2**attempt) * random.uniform(0.5, 1)  # noqa: S311 # no secret
        time.sleep(backoff if asked is None else min(asked, 10 * self.longest))


PATIENT = Patience()


class Transport:
    """Sends requests to one registry and to where it redirects us.

    Args:
        registry: Host, and port if it has one.
        ca_bundle: Certificates (PEM) to trust besides the usual ones.
        insecure: Whether plain http is allowed for hosts that are not this machine.
        patience: How long to try.
    """

    def __init__(
        self,
        registry: str,
        *,
        ca_bundle: Path | None = None,
        insecure: bool = False,
        patience: Patience = PATIENT,
    ) -> None:
        self.registry = registry
        self.patience = patience
        self._plain = insecure or is_loopback(registry)
        host = "registry-1.docker.io" if registry == "docker.io" else registry
        self.root = f"{'http' if self._plain else 'https'}://{host}"
        self._session = _session(ca_bundle)

    def resolve(self, location: str, *, base: str | None = None) -> str:
        """Make an address that a registry gave absolute; plain http is taken only where it is allowed."""
        url = urljoin(base or self.root, location)
        parts = urlsplit(url)
        if parts.scheme != "https" and not (parts.scheme == "http" and (self._plain or is_loopback(parts.netloc))):
            raise RegistryError(
                f"{self.registry} sends us to an address without TLS ({parts.scheme}://{parts.hostname})",
                hint="Use --insecure only on a network that you trust.",
            )
        return url

    def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        data: bytes | Iterable[bytes] | Mapping[str, Any] | None = None,
        stream: bool = False,
    ) -> requests.Response:
        """Send one request once, without following redirects.

        Raises:
            RegistryError: There is no answer.
        """
        with failures.translated(self.registry):
            return self._session.request(
                method,
                url,
                headers=headers,
                data=data,
                stream=stream,
                allow_redirects=False,
                timeout=(self.patience.connect, self.patience.silence),
            )

    def patiently(self, attempt: Callable[[], requests.Response], doing: str) -> requests.Response:
        """Repeat a request that may be repeated until there is an answer that will not get better.

        Raises:
            RegistryError: The registry stayed away.
        """
        for number in range(self.patience.tries):
            last = number == self.patience.tries - 1
            try:
                response = attempt()
            except failures.InterruptedTransferError:
                if last:
                    raise
                self.patience.wait(number)
                continue
            if response.status_code not in failures.PASSING:
                return response
            error = failures.refused(self.registry, doing, response)
            if last:
                raise error
            self.patience.wait(number, retry_after(response))
        raise AssertionError

    def follow(
        self, response: requests.Response, headers: Mapping[str, str], *, method: str = "GET"
    ) -> requests.Response:
        """Follow redirects; our credentials stay with the registry's own host."""
        for _ in range(_MOST_REDIRECTS):
            if response.status_code not in _REDIRECTS or "Location" not in response.headers:
                return response
            url = self.resolve(response.headers["Location"], base=response.url)
            if urlsplit(url)[:2] != urlsplit(self.root)[:2]:
                headers = {name: value for name, value in headers.items() if name.lower() != "authorization"}
            response.close()
            response = self.send(method, url, headers=headers, stream=method == "GET")
        raise RegistryError(f"{self.registry} redirects without end")


def is_loopback(netloc: str) -> bool:
    """Whether a host, with or without port, is this machine."""
    host = urlsplit(f"//{netloc}").hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return False


def retry_after(response: requests.Response) -> float | None:
    """Read Retry-After, which is a number of seconds or a date (RFC 9110, 10.2.3)."""
    asked = response.headers.get("Retry-After", "")
    if asked.isdigit():
        return float(asked)
    try:
        return max(0.0, parsedate_to_datetime(asked).timestamp() - time.time())
    except ValueError:
        return None


class _NoNetrc(requests.auth.AuthBase):
    """Keeps requests from sending what stands in ~/.netrc."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


class _Adapter(HTTPAdapter):
    def __init__(self, context: ssl.SSLContext | None) -> None:
        self._context = context
        super().__init__(pool_connections=_CONNECTIONS, pool_maxsize=_CONNECTIONS)

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        if self._context is not None:
            options["ssl_context"] = self._context
        super().init_poolmanager(*args, **options)


def _session(ca_bundle: Path | None) -> requests.Session:
    context = None
    if ca_bundle is not None:
        context = ssl.create_default_context()
        try:
            context.load_verify_locations(ca_bundle)
        except OSError as error:  # ssl.SSLError is one
            raise SpecError(f"--ca-bundle '{ca_bundle}' cannot be used: {error.strerror or error}") from error
    session = requests.Session()
    session.auth = _NoNetrc()
    session.headers.update({"User-Agent": f"azdacli/{__version__}", "Accept-Encoding": "identity"})
    session.mount("https://", _Adapter(context))
    session.mount("http://", _Adapter(None))
    return session
