"""One visit to a host over HTTPS, as our own requests would go: through its proxy, with the certificates we trust."""

import base64
import email.utils
import http.client
import ssl
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from azdacli.doctor.facts.machine import BrokenBundle, Trouble, Visit
from azdacli.doctor.probes.engine import trouble_of, word

_SECONDS = 10
_HTTPS = 443
_PROXY_REFUSES = 407
# What requests, and with it azdacli, obeys (requests.readthedocs.io, "SSL Cert Verification").
_BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


def visit(host: str, environment: Mapping[str, str], ca_bundle: str = "") -> Visit:
    """Ask a host for its registry's front page; any HTTP answer will do."""
    shown, at_proxy = "", False
    try:
        proxy = proxy_for(host, environment)
        shown = f"{proxy.hostname}:{proxy.port or 80}" if proxy else ""
        at_proxy = bool(proxy)
        connection = _connection(host, proxy, _trust(environment, ca_bundle))
        try:
            connection.connect()
            at_proxy = False
            connection.request("HEAD", "/v2/")
            date = connection.getresponse().getheader("Date")
        finally:
            connection.close()
    except (OSError, http.client.HTTPException, ValueError) as error:
        trouble = trouble_of(error)
        if isinstance(error, ssl.SSLError) and not isinstance(error, ssl.SSLCertVerificationError) and not shown:
            trouble = Trouble.PLAIN if _speaks_plain(host) else Trouble.UNREADABLE
        refused = f" {_PROXY_REFUSES} " in f"{error} "
        return Visit(
            host=host,
            proxy=shown,
            trouble=Trouble.DENIED if refused else trouble,
            at_proxy=at_proxy and trouble is not Trouble.UNTRUSTED,
            detail=word(error),
        )
    return Visit(host=host, proxy=shown, ahead=_ahead(date))


def _speaks_plain(host: str) -> bool:
    """Whether a host that speaks no TLS speaks plain http."""
    connection = http.client.HTTPConnection(host, timeout=_SECONDS)
    try:
        connection.request("HEAD", "/v2/")
        connection.getresponse()
    except (OSError, http.client.HTTPException, ValueError):
        return False
    finally:
        connection.close()
    return True


def proxy_for(host: str, environment: Mapping[str, str]) -> SplitResult | None:
    """The proxy that a request to a host goes through; None without one."""
    settings = {name.lower(): value for name, value in environment.items() if name.lower().endswith("_proxy") and value}
    proxies = {name.removesuffix("_proxy"): value for name, value in settings.items()}
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
    found = proxies.get("https") or proxies.get("all")
    if not found or Visit(host=host).is_loopback or urllib.request.proxy_bypass_environment(name, proxies):  # type: ignore[attr-defined] # typeshed has it for macOS and Windows alone
        return None
    parts = urlsplit(found if "://" in found else f"http://{found}")
    return parts if parts.hostname else None


def bundles(environment: Mapping[str, str], ca_bundle: str) -> tuple[str, ...]:
    """The files of certificates that we trust: requests' own; with a file of the user's that, beside the system's."""
    if ca_bundle:
        return (ca_bundle,)
    chosen = next((environment[name] for name in _BUNDLES if environment.get(name)), "")
    if not chosen:
        try:
            import certifi  # may be missing; requests brings it

            chosen = certifi.where()
        except ImportError:
            chosen = ""
    return (chosen,) if chosen else ()


def broken_bundles(environment: Mapping[str, str], ca_bundle: str) -> tuple[BrokenBundle, ...]:
    """The files of certificates that cannot be used, each with what names it."""
    found = []
    for path in bundles(environment, ca_bundle):
        if problem := bundle_problem(path):
            names = ("AZDA_CA_BUNDLE",) if ca_bundle else _BUNDLES
            other = "--ca-bundle" if ca_bundle else ""
            source = next((name for name in names if environment.get(name) == path), other)
            absent = not Path(path).exists()
            found.append(BrokenBundle(path=path, source=source, problem=problem, is_absent=absent))
    return tuple(found)


def bundle_problem(path: str) -> str:
    """What is wrong with a file of certificates; empty when it can be used."""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(**_where(path))
    except OSError as error:  # an SSLError is one
        return error.strerror or "it holds no certificate in PEM form"
    return ""


def _where(path: str) -> dict[str, str]:
    return {"capath" if Path(path).is_dir() else "cafile": path}


def _trust(environment: Mapping[str, str], ca_bundle: str) -> ssl.SSLContext:
    files = bundles(environment, ca_bundle)
    whole = bool(ca_bundle) or not files  # azdacli.util.https adds a file of the user's to the system's
    context = ssl.create_default_context() if whole else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    for path in files:
        if not bundle_problem(path):
            context.load_verify_locations(**_where(path))
    return context


def _connection(host: str, proxy: SplitResult | None, context: ssl.SSLContext) -> http.client.HTTPSConnection:
    name, colon, port = host.rpartition(":")
    where = (name, int(port)) if colon and port.isdigit() else (host, _HTTPS)
    if proxy is None:
        return http.client.HTTPSConnection(*where, timeout=_SECONDS, context=context)
    connection = http.client.HTTPSConnection(str(proxy.hostname), proxy.port or 80, timeout=_SECONDS, context=context)
    headers = {}
    if proxy.username:
        account = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
        headers["Proxy-Authorization"] = f"Basic {base64.b64encode(account.encode()).decode()}"
    connection.set_tunnel(*where, headers=headers)
    return connection


def _ahead(date: str | None) -> float | None:
    try:
        return time.time() - email.utils.parsedate_to_datetime(date).timestamp() if date else None
    except (ValueError, TypeError):
        return None
