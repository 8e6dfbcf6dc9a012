"""Servers that answer as IoT Hub and as a managed identity's endpoint are documented to answer."""

import contextlib
import datetime as dt
import http.server
import ipaddress
import json
import ssl
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from support.registries import StartRegistry

TOKEN = "eyJ.the-token.xyz"


@dataclass
class Server:
    """What a server is to answer and what it was asked.

    Attributes:
        host: Host and port.
        status: HTTP's number of the answer.
        body: The answer's body.
        headers: The answer's headers.
        pause: Seconds between the bytes of the body; 0 sends it whole.
        calls: Method, path, headers and body of every request.
    """

    host: str = ""
    status: int = 204
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    pause: float = 0.0
    calls: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)


def served(server: Server, context: ssl.SSLContext | None) -> http.server.ThreadingHTTPServer:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            server.calls.append((self.command, self.path, dict(self.headers), body))
            self.send_response(server.status)
            for name, value in {"Content-Length": str(len(server.body)), **server.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            for piece in (bytes([byte]) for byte in server.body) if server.pause else [server.body]:
                with contextlib.suppress(OSError):  # whoever asked has gone
                    self.wfile.write(piece)
                time.sleep(server.pause)

        do_GET = do_PUT = do_POST  # the names are http.server's

        def log_message(self, *_: Any) -> None:
            pass

    listener = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if context:
        listener.socket = context.wrap_socket(listener.socket, server_side=True)
    server.host = f"localhost:{listener.server_address[1]}"
    threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    return listener


@pytest.fixture(scope="session")
def ca_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for localhost that is its own authority; the key lies beside it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.timezone.utc)
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("tls")
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    (folder / "ca.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return folder / "ca.pem"


@pytest.fixture
def hub(ca_bundle: Path) -> Iterator[Server]:
    """IoT Hub over TLS: 204 and an empty body unless a test wants another answer."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(ca_bundle, ca_bundle.parent / "key.pem")
    server = Server()
    listener = served(server, context)
    yield server
    listener.shutdown()
    listener.server_close()


@pytest.fixture
def identity(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A managed identity's endpoint, which azure-identity finds in the environment (App Service's protocol)."""
    answer = {"access_token": TOKEN, "expires_on": "4102444800", "resource": "r", "token_type": "Bearer"}
    server = Server(status=200, body=json.dumps(answer).encode(), headers={"Content-Type": "application/json"})
    listener = served(server, None)
    monkeypatch.setenv("IDENTITY_ENDPOINT", f"http://{server.host}/msi/token")
    monkeypatch.setenv("IDENTITY_HEADER", "secret-header")
    yield server
    listener.shutdown()
    listener.server_close()


@pytest.fixture
def registry(any_registry: StartRegistry) -> StartRegistry:
    """Start registries: `registry()`, `registry("htpasswd")`, `registry("token")`."""
    return any_registry
