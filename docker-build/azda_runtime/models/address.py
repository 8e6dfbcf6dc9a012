"""Addresses of archives: shown without their secrets, and followed where a server redirects."""

from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from azda_runtime.models.errors import ModelError

_LONGEST = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class Moved:
    """Where a server says that the archive is; unchecked."""

    location: str


def shown(url: str) -> str:
    """An address without what may be secret in it: user, query and fragment."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "an invalid address"
    address = f"{parts.scheme}://{parts.hostname or ''}{port}{parts.path}"
    short = address if len(address) <= _LONGEST else f"{address[:_LONGEST]}…"
    return short if short.isprintable() else ascii(short)[1:-1]  # a server that redirects chooses the text


def followed(url: str, moved: Moved) -> str:
    """Follow a redirect, but never from https to a connection that anybody can change.

    Raises:
        ModelError: It leads nowhere, or away from TLS.
    """
    try:
        new = urljoin(url, moved.location)
        parts = urlsplit(new)
        scheme = parts.scheme if parts.port != 0 else ""  # a port beyond all raises
    except ValueError:
        new = scheme = ""
    if scheme not in {"http", "https"}:
        raise ModelError(
            f"{shown(url)} is refused by its server: it redirects to an invalid address.",
            hint="Give the archive's own https address.",
        )
    if urlsplit(url).scheme == "https" and scheme != "https":
        raise ModelError(
            f"{shown(url)} redirects to a connection without TLS.", hint="Give the archive's own https address."
        )
    return new.replace(" ", "%20")
