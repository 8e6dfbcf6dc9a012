"""HTTPS that trusts a site's own certificates besides the usual ones."""

import os
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from requests.adapters import HTTPAdapter
from requests.utils import select_proxy

from azdacli.errors import SpecError
from azdacli.util import proxies


def named_by(ca_bundle: Path) -> str:
    """What names a file of certificates: the option, or the variable that stands for it."""
    return "AZDA_CA_BUNDLE" if os.environ.get("AZDA_CA_BUNDLE") == str(ca_bundle) else "--ca-bundle"


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
            f"{named_by(ca_bundle)} '{ca_bundle}' cannot be used: {error.strerror or error}",
            hint="Give a file with the site's certificates in PEM form.",
        ) from error
    return context


def check_environment(url: str, settings: Mapping[str, Any]) -> None:
    """Refuse a proxy or a file of certificates of the environment's that no request can go by.

    Args:
        url: Where a request goes.
        settings: `proxies` and `verify`, as requests read them for it.

    Raises:
        SpecError: One of them cannot be used; the sentence names the variable.
    """
    proxy = select_proxy(url, settings["proxies"])
    if proxy and (wrong := proxies.problem(proxy)):
        names = [name for name, value in os.environ.items() if name.lower().endswith("_proxy") and value in proxy]
        raise SpecError(
            f"{names[0] if names else 'the address of the proxy'} {wrong}",
            hint="Set it to http://HOST:PORT, or unset it where there is no proxy.",
        )
    verify = settings["verify"]
    if isinstance(verify, str) and not Path(verify).exists():
        names = [name for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE") if os.environ.get(name) == verify]
        raise SpecError(
            f"{names[0] if names else 'the environment'} names certificates that are not there: {verify}",
            hint="Set it to a file with certificates in PEM form, or unset it.",
        )


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
