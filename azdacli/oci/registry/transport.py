"""Requests to one registry: TLS, redirects, proxies, and further tries."""

import contextlib
import ipaddress
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urljoin, urlsplit

import requests

from azdacli import __version__
from azdacli.errors import RegistryError
from azdacli.oci.registry import failures, limits
from azdacli.oci.registry.answer import Answer, Arriving
from azdacli.oci.registry.retry import PATIENT, Patience
from azdacli.util.https import ContextAdapter, check_environment, trusting

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MOST_REDIRECTS = 5
_CONNECTIONS = 8
_WORTH_A_NOTICE = 1.0  # seconds

Body = bytes | Iterable[bytes] | Mapping[str, Any] | None
_Reply = TypeVar("_Reply", Answer, Arriving)


class Transport:
    """Sends requests to one registry and to where it redirects us.

    Args:
        registry: Host, and port if it has one.
        ca_bundle: Certificates (PEM) to trust besides the usual ones.
        insecure: Whether plain http is taken from a host that is not this machine and speaks no TLS.
        patience: How long to try.

    Attributes:
        over: When it is set nothing is tried again, and uploads stop at the end of the chunk that is under way.
        notify: Hears why we wait, where a user would wonder.
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
        self.notify: Callable[[str], None] = lambda _: None
        self._insecure = insecure
        self._plain = insecure or is_loopback(registry)
        self._host = "registry-1.docker.io" if registry == "docker.io" else registry
        self._session = session(ca_bundle, patience.pace)
        self._root = ""

    def close(self) -> None:
        """Close the connections that wait for a next request; a later request opens a new one."""
        self._session.close()

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
            self.open("GET", f"https://{self._host}/v2/").close()
        except (failures.InterruptedTransferError, failures.NoTlsError):
            return False
        return True

    def takes_plain(self, netloc: str) -> bool:
        """Whether a login may go to a host without TLS: to this machine, and where the user allowed it."""
        return self._insecure or is_loopback(netloc)

    def resolve(self, location: str, *, base: str | None = None) -> str:
        """Make an address that a registry gave absolute; plain http is taken only where it is allowed."""
        try:
            url = urljoin(base or self.root, location)
            parts = urlsplit(url)
        except ValueError as error:
            raise RegistryError(f"{self.registry} redirects to an invalid address") from error
        if parts.scheme != "https" and not (parts.scheme == "http" and (self._plain or is_loopback(parts.netloc))):
            raise RegistryError(
                f"{self.registry} sends us to an address without TLS ({parts.scheme}://{parts.hostname})",
                hint="Use --insecure only on a network that you trust.",
            )
        return url

    def open(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        data: Body = None,
    ) -> Arriving:
        """Send one request once, without following redirects; the answer's body is read later.

        Raises:
            RegistryError: There is no answer.
        """
        with failures.translated(self.registry):
            response = self._session.request(
                method,
                url,
                headers=headers,
                data=data,
                stream=True,
                allow_redirects=False,
                proxies=_proxies(url),
                timeout=(self.patience.connect, self.patience.silence),
            )
            return Arriving(response)

    def send(self, method: str, url: str, *, headers: Mapping[str, str] | None = None, data: Body = None) -> Answer:
        """Send one request once and read its answer, which is a small one.

        Raises:
            RegistryError: There is no answer, or one that no registry gives.
        """
        return self.whole(self.open(method, url, headers=headers, data=data))

    def whole(self, arriving: Arriving) -> Answer:
        """Read a small answer to its end; RegistryError when it breaks off or is not valid."""
        with failures.translated(self.registry):
            return arriving.whole()

    def patiently(self, attempt: Callable[[], _Reply], doing: str) -> _Reply:
        """Repeat a request that may be repeated until there is an answer that will not get better.

        Raises:
            RegistryError: The registry stayed away.
        """
        started = time.monotonic()
        for number in range(self.patience.tries):
            try:
                response = attempt()
                if response.status_code not in failures.PASSING:
                    return response
                with failures.translated(self.registry):
                    answer = response.whole()
                raise failures.refused(self.registry, doing, answer)
            except failures.InterruptedTransferError as error:  # noqa: PERF203 # an attempt each
                spent = time.monotonic() - started
                if number == self.patience.tries - 1 or spent > self.patience.total:
                    raise
                self.pause(number, error)
        raise AssertionError

    def pause(self, attempt: int, error: RegistryError) -> None:
        """Wait before another try, as `Patience.seconds` says; RegistryError when we are interrupted meanwhile."""
        asked = error.asked if isinstance(error, failures.InterruptedTransferError) else None
        seconds = self.patience.seconds(attempt, asked)
        if seconds >= _WORTH_A_NOTICE:
            self.notify(f"{error}; trying again in {seconds:.0f} s")
        if self.over.wait(seconds):
            raise failures.interrupted()

    def follow(self, response: Arriving, headers: Mapping[str, str], *, method: str) -> Arriving:
        """Follow redirects; our credentials stay with the registry's own host."""
        for _ in range(_MOST_REDIRECTS):
            if response.status_code not in _REDIRECTS or "Location" not in response.headers:
                return response
            response.close()
            url = self.resolve(response.headers["Location"], base=response.url)
            if not self.is_own(url):
                headers = {name: value for name, value in headers.items() if name.lower() != "authorization"}
            response = self.open(method, url, headers=headers)
        response.close()
        raise RegistryError(f"{self.registry} redirects endlessly")

    def is_own(self, url: str) -> bool:
        """Whether an address is on the registry itself: our credentials may go there, and nowhere else."""
        return urlsplit(url)[:2] == urlsplit(self.root)[:2]


def is_loopback(netloc: str) -> bool:
    """Whether a host, with or without port, is this machine."""
    try:
        host = urlsplit(f"//{netloc}").hostname or ""
    except ValueError:  # half a bracket
        return False
    if host == "localhost" or host.endswith(".localhost"):
        return True
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return False


def _proxies(url: str) -> dict[str, str]:
    """This machine is never asked through a proxy, as in docker; for all else the environment decides."""
    netloc = urlsplit(url).netloc
    return {"no_proxy": urlsplit(url).hostname or ""} if is_loopback(netloc) else {}


class _NoNetrc(requests.auth.AuthBase):
    """Keeps requests from sending what stands in ~/.netrc."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


class _Adapter(ContextAdapter):
    """Makes connections whose answers are bounded."""

    def __init__(self, context: ssl.SSLContext | None, pace: limits.Pace) -> None:
        self._pools = limits.pools(pace)
        super().__init__(context, connections=_CONNECTIONS)

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, proxy: Any, **options: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **options)
        manager.pool_classes_by_scheme = self._pools
        return manager


class _Session(requests.Session):
    """Follows nothing by itself: to prepare for a redirect, requests would read the whole body of an answer.

    Proxies and certificates that the environment names are checked before they are used.
    """

    def merge_environment_settings(self, url: Any, *settings: Any, **more: Any) -> Any:
        """Take what the environment says, unless it cannot be meant."""
        merged = super().merge_environment_settings(url, *settings, **more)
        check_environment(str(url), merged)
        return merged

    def get_redirect_target(self, resp: requests.Response) -> str | None:  # noqa: ARG002 # the signature is requests'
        return None


def session(ca_bundle: Path | None, pace: limits.Pace) -> requests.Session:
    """A session whose answers are bounded in headers, lengths and slowness, and that reads no .netrc.

    Args:
        ca_bundle: Certificates to trust besides the usual ones.
        pace: How slowly an answer may come.

    Raises:
        SpecError: The certificates cannot be used.
    """
    made = _Session()
    made.auth = _NoNetrc()
    made.headers.update({"User-Agent": f"azdacli/{__version__}", "Accept-Encoding": "identity"})
    made.mount("https://", _Adapter(trusting(ca_bundle), pace))
    made.mount("http://", _Adapter(None, pace))
    return made
