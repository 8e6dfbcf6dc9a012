"""Requests to one registry: TLS, redirects, proxies, and further tries."""

import contextlib
import ipaddress
import ssl
import threading
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter

from azdacli import __version__
from azdacli.errors import RegistryError, SpecError
from azdacli.oci.registry import failures
from azdacli.oci.registry.retry import PATIENT, Patience

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MOST_REDIRECTS = 5
_CONNECTIONS = 8
_WORTH_TELLING = 1.0  # seconds


class Transport:
    """Sends requests to one registry and to where it redirects us.

    Args:
        registry: Host, and port if it has one.
        ca_bundle: Certificates (PEM) to trust besides the usual ones.
        insecure: Whether plain http is taken from a host that is not this machine and speaks no TLS.
        patience: How long to try.

    Attributes:
        over: When it is set nothing is tried again, and uploads stop at the end of the chunk that is under way.
        tell: Hears why we wait, where a user would wonder.
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
        self.over = threading.Event()
        self.tell: Callable[[str], None] = lambda _: None
        self._plain = insecure or is_loopback(registry)
        self._host = "registry-1.docker.io" if registry == "docker.io" else registry
        self._session = _session(ca_bundle)
        self._root = ""

    @property
    def root(self) -> str:
        """`https://` and the host; `http://` on this machine, and where it is allowed and there is no TLS.

        Raises:
            RegistryError: The host shows a certificate that is not trusted.
        """
        if not self._root:
            plain = self._plain and (is_loopback(self._host) or not self._speaks_tls())
            self._root = f"{'http' if plain else 'https'}://{self._host}"
        return self._root

    def _speaks_tls(self) -> bool:
        try:
            self.send("GET", f"https://{self._host}/v2/", stream=True).close()
        except (failures.InterruptedTransferError, failures.NoTlsError):
            return False
        return True

    def resolve(self, location: str, *, base: str | None = None) -> str:
        """Make an address that a registry gave absolute; plain http is taken only where it is allowed."""
        try:
            url = urljoin(base or self.root, location)
            parts = urlsplit(url)
        except ValueError as error:
            raise RegistryError(f"{self.registry} sends us to an address that is none") from error
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
                proxies=_proxies(url),
                timeout=(self.patience.connect, self.patience.silence),
            )

    def patiently(self, attempt: Callable[[], requests.Response], doing: str) -> requests.Response:
        """Repeat a request that may be repeated until there is an answer that will not get better.

        Raises:
            RegistryError: The registry stayed away.
        """
        for number in range(self.patience.tries):
            try:
                response = attempt()
                if response.status_code not in failures.PASSING:
                    return response
                raise failures.refused(self.registry, doing, response)
            except failures.InterruptedTransferError as error:  # noqa: PERF203 # an attempt each
                if number == self.patience.tries - 1:
                    raise
                self.pause(number, error)
        raise AssertionError

    def pause(self, attempt: int, error: RegistryError) -> None:
        """Wait before another try, as `Patience.seconds` says; RegistryError when we are interrupted meanwhile."""
        asked = error.asked if isinstance(error, failures.InterruptedTransferError) else None
        seconds = self.patience.seconds(attempt, asked)
        if seconds >= _WORTH_TELLING:
            self.tell(f"{error}; trying again in {seconds:.0f} s")
        if self.over.wait(seconds):
            raise failures.interrupted()

    def follow(
        self, response: requests.Response, headers: Mapping[str, str], *, method: str, stream: bool
    ) -> requests.Response:
        """Follow redirects; our credentials stay with the registry's own host."""
        for _ in range(_MOST_REDIRECTS):
            if response.status_code not in _REDIRECTS or "Location" not in response.headers:
                return response
            url = self.resolve(response.headers["Location"], base=response.url)
            if urlsplit(url)[:2] != urlsplit(self.root)[:2]:
                headers = {name: value for name, value in headers.items() if name.lower() != "authorization"}
            response.close()
            response = self.send(method, url, headers=headers, stream=stream)
        raise RegistryError(f"{self.registry} redirects without end")


def is_loopback(netloc: str) -> bool:
    """Whether a host, with or without port, is this machine."""
    host = urlsplit(f"//{netloc}").hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return False


def _proxies(url: str) -> dict[str, str]:
    """This machine is never asked through a proxy, as in docker; for all else the environment tells."""
    netloc = urlsplit(url).netloc
    return {"no_proxy": urlsplit(url).hostname or ""} if is_loopback(netloc) else {}


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
