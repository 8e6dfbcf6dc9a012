"""Model archives and a web server that has one."""

import contextlib
import io
import ipaddress
import ssl
import threading
import zipfile
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.simulate.conftest import ASSETS

FILES = ("pgie_config.txt", "labels.txt", "blob.onnx", "blob_parser.py")


def zipped(top: str = "", *, label: str = "blob", without: str = "") -> bytes:
    """The example's model as an archive.

    Args:
        top: The folder in it, ending with a slash.
        label: What its parser calls what it finds.
        without: A file that is left out.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in FILES:
            content = (ASSETS / name).read_bytes()
            if name.endswith(".py"):
                content = content.replace(b'labels = ["blob"]', f'labels = ["{label}"]'.encode())
            if name != without:
                archive.writestr(f"{top}{name}", content)
        archive.writestr("__MACOSX/._blob.onnx", b"litter")
    return buffer.getvalue()


def certified(folder: Path) -> Path:
    """A key with a certificate for this machine that it signed itself, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "archives of the tests")])
    now = datetime.now(timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file = folder / "server.pem"
    file.write_bytes(certificate.public_bytes(pem) + secret)
    return file


class ArchiveServer:
    """Serves one archive over TLS; closes the connection while `away`, and sends half of it while it may not `go_on`.

    Args:
        certificate: Its key and certificate.
    """

    def __init__(self, certificate: Path) -> None:
        self.certificate = certificate
        self.content = b""
        self.others: dict[str, bytes] = {}
        self.requests = 0
        self.away = False
        self.go_on = threading.Event()
        self.go_on.set()
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.requests += 1
                if server.away:
                    return
                path = self.path.partition("?")[0]
                content = server.content if path == "/model.zip" else server.others.get(path)
                if content is None:
                    self.send_error(404)
                    return
                self.send_response(200)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                with contextlib.suppress(OSError):  # the runtime may give up meanwhile
                    self.wfile.write(content[: len(content) // 2])
                    server.go_on.wait(60)
                    self.wfile.write(content[len(content) // 2 :])

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 # the name is http.server's
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.url = f"https://127.0.0.1:{self._server.server_port}/model.zip"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.go_on.set()
        self._server.shutdown()
        self._server.server_close()
