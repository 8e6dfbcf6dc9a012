"""What is wrong with the address of a proxy; it stands on nothing that may be missing."""

from urllib.parse import urlsplit

_SCHEMES = ("http", "https", "socks5", "socks5h", "socks4", "socks4a")


def problem(address: str) -> str:
    """Say what is wrong, to go on after a variable's name ("names no host"); empty where nothing is.

    The address itself is not in it: it may hold a password.
    """
    try:
        parts = urlsplit(address if "://" in address else f"http://{address}")
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "is not an address of a proxy"
    if not host:
        return "names no host"
    return "" if parts.scheme in _SCHEMES else f"has the scheme '{parts.scheme}', which no program supports"
