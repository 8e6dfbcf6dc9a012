"""HTTPS that trusts a site's own certificates besides the usual ones."""

import ssl
from pathlib import Path
from typing import Any

from requests.adapters import HTTPAdapter

from azdacli.errors import SpecError


def trusting(ca_bundle: Path | None) -> ssl.SSLContext | None:
    """A context that trusts the usual certificates and those of a file; None, for requests' own, without a file.

    Args:
        ca_bundle: Certificates (PEM).

    Raises:
        SpecError: The file cannot be read, or holds no certificate.
    """
    if ca_bundle is None:
        return None
    context = ssl.create_default_context()
    try:
        context.load_verify_locations(ca_bundle)
    except OSError as error:  # ssl.SSLError is one
        raise SpecError(
            f"--ca-bundle '{ca_bundle}' cannot be used: {error.strerror or error}",
            hint="Give a file with the site's certificates in PEM form.",
        ) from error
    return context


class ContextAdapter(HTTPAdapter):
    """Connections of a requests session that verify with a context of our own.

    Args:
        context: What verifies; None for requests' own way.
        connections: How many are kept open.
    """

    def __init__(self, context: ssl.SSLContext | None, *, connections: int = 1) -> None:
        self._context = context
        super().__init__(pool_connections=connections, pool_maxsize=connections)

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        """Hand the context to urllib3."""
        if self._context is not None:
            options["ssl_context"] = self._context
        super().init_poolmanager(*args, **options)

    def proxy_manager_for(self, proxy: Any, **options: Any) -> Any:
        """Hand the context to what goes through a proxy too; it is for the host behind the proxy."""
        if self._context is not None:
            options["ssl_context"] = self._context
        return super().proxy_manager_for(proxy, **options)
