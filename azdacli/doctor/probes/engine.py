"""The container engine, asked over its own interface: no SDK, because it may be what is missing.

An address that the standard library cannot speak to (ssh, Windows' pipes) is asked through docker's command line.
"""

import http.client
import json
import socket
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from azdacli.doctor.facts.engine import EngineFacts
from azdacli.doctor.facts.machine import Trouble
from azdacli.doctor.probes import programs
from azdacli.engine.endpoint import Endpoint

_SECONDS = 10
_PLAIN_PORT, _TLS_PORT = 2375, 2376
_MOST = 16 << 20  # bytes; no answer of an engine is longer
_BUILDKIT = "2"


class EngineApi:
    """Reads from one engine.

    Args:
        endpoint: Where it is.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint

    def get(self, path: str) -> tuple[Mapping[str, str], Any]:
        """Read one resource: the headers in lower case, and the JSON; None where it is none.

        Raises:
            OSError: Nothing answers.
            http.client.HTTPException: What answers does not speak HTTP.
            LookupError: The engine refuses, or has no such thing.
        """
        connection = self._connection()
        try:
            connection.request("GET", path, headers={"Host": "docker"})
            response = connection.getresponse()
            data = response.read(_MOST)
            if response.status != http.client.OK:
                raise LookupError(f"{path}: {response.status} {response.reason}")
            return {k.lower(): v for k, v in response.getheaders()}, _json(data)
        finally:
            connection.close()

    def _connection(self) -> http.client.HTTPConnection:
        address = self._endpoint.address
        if address.startswith("unix://"):
            return _UnixConnection(address.removeprefix("unix://"))
        parts = urlsplit(address)
        host = parts.hostname or "127.0.0.1"
        if self._endpoint.tls or parts.scheme == "https":
            return http.client.HTTPSConnection(
                host, parts.port or _TLS_PORT, timeout=_SECONDS, context=_tls(Path(self._endpoint.tls))
            )
        return http.client.HTTPConnection(host, parts.port or _PLAIN_PORT, timeout=_SECONDS)


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("docker", timeout=_SECONDS)
        self._path = path

    def connect(self) -> None:
        if not hasattr(socket, "AF_UNIX"):
            raise OSError("this system has no sockets that are files")
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def _tls(folder: Path) -> ssl.SSLContext:
    authority = folder / "ca.pem"
    context = ssl.create_default_context(cafile=str(authority) if authority.exists() else None)
    if (folder / "cert.pem").exists():
        context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context


def look(endpoint: Endpoint, environment: Mapping[str, str]) -> EngineFacts:
    """Ask an engine what it is; what stands in the way becomes a value."""
    if not endpoint.address or (endpoint.problem and endpoint.source != "default"):
        return EngineFacts(endpoint=endpoint, trouble=Trouble.UNREADABLE, detail=endpoint.problem)
    if endpoint.address.startswith(("ssh://", "npipe://", "fd://")):
        return _through_docker(endpoint, environment)
    api = EngineApi(endpoint)
    try:
        headers, _ = api.get("/_ping")
        _, version = api.get("/version")
        _, info = api.get("/info")
    except (OSError, http.client.HTTPException, LookupError, ValueError) as error:
        return EngineFacts(endpoint=endpoint, trouble=trouble_of(error), detail=word(error))
    if not _mapping(version).get("ApiVersion"):
        return EngineFacts(
            endpoint=endpoint, trouble=Trouble.UNREADABLE, detail="it names no version of an engine's API"
        )
    return EngineFacts(
        endpoint=endpoint,
        version=_mapping(version),
        info=_mapping(info),
        prefers_buildkit=headers.get("builder-version") == _BUILDKIT,
    )


def trouble_of(error: Exception) -> Trouble:
    """Which kind of trouble an exception of the network is."""
    kinds: tuple[tuple[tuple[type[Exception], ...], Trouble], ...] = (
        ((FileNotFoundError, NotADirectoryError), Trouble.ABSENT),
        ((PermissionError,), Trouble.DENIED),
        ((ConnectionRefusedError,), Trouble.REFUSED),
        ((TimeoutError,), Trouble.SILENT),
        ((socket.gaierror, UnicodeError), Trouble.UNRESOLVED),
        ((ssl.SSLError,), Trouble.UNTRUSTED),
    )
    return next((trouble for types, trouble in kinds if isinstance(error, types)), Trouble.UNREADABLE)


def _through_docker(endpoint: Endpoint, environment: Mapping[str, str]) -> EngineFacts:
    version = programs.ask(["docker", "version", "--format", "{{json .Server}}"], environment)
    if not version.ok or not version.json():
        return EngineFacts(endpoint=endpoint, trouble=Trouble.UNREADABLE, detail=version.complaint)
    info = programs.ask(["docker", "info", "--format", "{{json .}}"], environment)
    return EngineFacts(endpoint=endpoint, version=version.json(), info=info.json(), prefers_buildkit=True)


def _json(data: bytes) -> Any:
    try:
        return json.loads(data)
    except ValueError:
        return None


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def word(error: Exception) -> str:
    """The system's own word on an exception, on one line."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    text = str(getattr(error, "strerror", None) or error)
    return text.strip().partition("\n")[0][:200] or type(error).__name__
