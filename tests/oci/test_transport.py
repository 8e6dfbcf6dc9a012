"""Requests to a registry: certificates are checked, credentials stay at home, and every failure is told."""

import contextlib
import datetime as dt
import hashlib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from azdacli.errors import RegistryError, SpecError
from azdacli.oci.credential import Credential
from azdacli.oci.registry import Patience, Registry, Transport
from azdacli.oci.registry.tokens import Challenge
from azdacli.oci.registry.transport import is_loopback

BLOB = b"0123456789" * 1000
DIGEST = f"sha256:{hashlib.sha256(BLOB).hexdigest()}"
BRIEF = Patience(tries=3, pause=0.01, longest=0.02, connect=2, silence=0.5)

Answering = Callable[[BaseHTTPRequestHandler], None]


@contextlib.contextmanager
def serving(answer: Answering, *, certificate: Path | None = None) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            answer(self)

        do_HEAD = do_GET  # the name is http.server's

        def log_message(self, *args: object) -> None:
            """Stay silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def reply(handler: BaseHTTPRequestHandler, status: int, body: bytes = b"", **headers: str) -> None:
    handler.send_response(status)
    for name, value in {"Content-Length": str(len(body)), **headers}.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    if handler.command != "HEAD":
        handler.wfile.write(body)


def test_credentials_do_not_follow_a_redirect_to_another_host() -> None:
    seen: list[str | None] = []

    def storage(handler: BaseHTTPRequestHandler) -> None:
        seen.append(handler.headers.get("Authorization"))
        reply(handler, 200, BLOB)

    with serving(storage) as elsewhere:

        def registry(handler: BaseHTTPRequestHandler) -> None:
            if not handler.headers.get("Authorization"):
                reply(handler, 401, WWW_Authenticate='Basic realm="x"')
            elif "/blobs/" in handler.path:
                reply(handler, 307, Location=f"http://{elsewhere}/signed?sig=secret")
            else:
                reply(handler, 200)

        with serving(registry) as host:
            login = Credential(host=host, username="ada", password="s3cret")
            location = Registry(Transport(host, patience=BRIEF), login).repository("pose")
            assert b"".join(location.blob(DIGEST, size=len(BLOB))) == BLOB
            assert location.has(DIGEST)
    assert seen == [None, None]


def gone(connections: list[socket.socket]) -> bool:
    """Whether a server has closed these, as it does when the client has closed its ends."""
    ends = time.monotonic() + 30
    while any(each.fileno() != -1 for each in connections) and time.monotonic() < ends:
        time.sleep(0.01)
    return all(each.fileno() == -1 for each in connections)


def test_a_registry_that_is_closed_leaves_no_connection_behind() -> None:
    connections: list[socket.socket] = []

    def noted(handler: BaseHTTPRequestHandler) -> None:
        connections.append(handler.connection)
        reply(handler, 200, BLOB)

    with serving(noted) as host:
        with contextlib.closing(Registry(Transport(host, patience=BRIEF), None)) as registry:
            assert registry.repository("pose").has(DIGEST)
        assert gone(connections)
        assert registry.repository("pose").has(DIGEST), "a later request opens a new one"


def test_what_is_not_read_of_an_answer_is_closed_before_the_next_request() -> None:
    refused: list[socket.socket] = []

    def expiring(handler: BaseHTTPRequestHandler) -> None:
        if "/manifests/" not in handler.path:
            reply(handler, 200)
        elif not refused:
            refused.append(handler.connection)
            reply(handler, 401, BLOB, WWW_Authenticate='Basic realm="x"')
        else:
            answers.append(gone(refused))
            reply(handler, 404)

    def astray(handler: BaseHTTPRequestHandler) -> None:
        if "/manifests/" not in handler.path:
            reply(handler, 200)
            return
        refused.append(handler.connection)
        reply(handler, 307, BLOB, Location="ftp://elsewhere.example/1")

    answers: list[bool] = []
    with serving(expiring) as host, contextlib.closing(Registry(Transport(host), None)) as registry:
        assert registry.repository("pose").manifest("1") is None
    assert answers == [True]
    refused.clear()
    with serving(astray) as host, contextlib.closing(Registry(Transport(host, patience=BRIEF), None)) as registry:
        with pytest.raises(RegistryError, match="without TLS") as raised:
            registry.repository("pose").manifest("1")
        assert gone(refused), raised


def test_a_download_that_breaks_goes_on_where_it_broke() -> None:
    ranges: list[str | None] = []

    def breaking(handler: BaseHTTPRequestHandler) -> None:
        if "/blobs/" not in handler.path:
            reply(handler, 200)
            return
        asked = handler.headers.get("Range")
        ranges.append(asked)
        if asked is None:
            handler.send_response(200)
            handler.send_header("Content-Length", str(len(BLOB)))
            handler.end_headers()
            handler.wfile.write(BLOB[:4000])
            handler.close_connection = True
        else:
            reply(handler, 206, BLOB[int(asked.removeprefix("bytes=").rstrip("-")) :])

    with serving(breaking) as host:
        assert (
            b"".join(Registry(Transport(host, patience=BRIEF), None).repository("pose").blob(DIGEST, size=len(BLOB)))
            == BLOB
        )
    assert ranges == [None, "bytes=4000-"]


def test_a_blob_that_is_not_what_its_digest_says_is_refused() -> None:
    with serving(lambda handler: reply(handler, 200, BLOB[::-1])) as host:
        location = Registry(Transport(host, patience=BRIEF), None).repository("pose")
        with pytest.raises(RegistryError, match="that is not sha256"):
            b"".join(location.blob(DIGEST, size=len(BLOB)))


def test_a_manifest_that_is_not_what_its_digest_says_is_refused() -> None:
    manifest = "application/vnd.oci.image.manifest.v1+json"
    with serving(lambda handler: reply(handler, 200, b"{}", Content_Type=manifest)) as host:
        location = Registry(Transport(host, patience=BRIEF), None).repository("pose")
        with pytest.raises(RegistryError, match="sent a manifest"):
            location.manifest(DIGEST)


def test_what_is_no_registry_is_told() -> None:
    with serving(lambda handler: reply(handler, 404, b"<html>")) as host:
        location = Registry(Transport(host, patience=BRIEF), None).repository("pose")
        with pytest.raises(RegistryError, match="does not answer as a registry") as caught:
            location.has(DIGEST)
    assert "azurecr.io" in str(caught.value.hint)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.timezone.utc)
    names = x509.SubjectAlternativeName([x509.DNSName("registry.localtest")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "certificate.pem"
    plain = serialization.NoEncryption()
    pkcs8 = serialization.PrivateFormat.PKCS8
    path.write_bytes(
        made.public_bytes(serialization.Encoding.PEM) + key.private_bytes(serialization.Encoding.PEM, pkcs8, plain)
    )
    return path


@pytest.fixture
def local_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that is not this machine's by its looks, so that TLS is used, and is by its address."""
    import socket  # only this fixture changes it

    real = socket.getaddrinfo

    def resolve(host: str, *rest: object, **options: object) -> object:
        return real("127.0.0.1" if host == "registry.localtest" else host, *rest, **options)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)


@pytest.mark.usefixtures("local_name")
def test_a_certificate_is_trusted_only_when_it_is_given(certificate: Path) -> None:
    with serving(lambda handler: reply(handler, 200), certificate=certificate) as address:
        host = f"registry.localtest:{address.rpartition(':')[2]}"
        with pytest.raises(RegistryError, match="certificate that is not trusted") as caught:
            Registry(Transport(host, patience=BRIEF), None).repository("pose").has(DIGEST)
        assert "--ca-bundle" in str(caught.value.hint)
        assert Registry(Transport(host, ca_bundle=certificate, patience=BRIEF), None).repository("pose").has(DIGEST)


def test_a_bundle_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.pem").write_text("no certificate")
    for name in ("empty.pem", "absent.pem"):
        with pytest.raises(SpecError, match="--ca-bundle"):
            Transport("x.example", ca_bundle=tmp_path / name)


def test_plain_http_is_for_this_machine_or_on_request() -> None:
    assert Transport("localhost:5000").root == "http://localhost:5000"
    assert Transport("x.example").root == "https://x.example"
    assert Transport("docker.io").root == "https://registry-1.docker.io"
    with pytest.raises(RegistryError, match="without TLS"):
        Transport("x.example").resolve("http://x.example/v2/")


@pytest.mark.usefixtures("local_name")
def test_where_plain_http_is_allowed_tls_still_comes_first(certificate: Path) -> None:
    def insecure(address: str, bundle: Path | None = None) -> Transport:
        host = f"registry.localtest:{address.rpartition(':')[2]}"
        return Transport(host, insecure=True, ca_bundle=bundle, patience=BRIEF)

    with serving(lambda handler: reply(handler, 200), certificate=certificate) as address:
        assert insecure(address, certificate).root.startswith("https://")
        with pytest.raises(RegistryError, match="certificate that is not trusted"):
            _ = insecure(address).root
    with serving(lambda handler: reply(handler, 200)) as address:
        assert insecure(address).root.startswith("http://")
        host = f"registry.localtest:{address.rpartition(':')[2]}"
        with pytest.raises(RegistryError, match="does not speak TLS") as caught:
            Registry(Transport(host, patience=BRIEF), None).repository("pose").has(DIGEST)
        assert "--insecure" in str(caught.value.hint)


def test_this_machine_is_not_asked_through_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with serving(lambda handler: reply(handler, 200)) as host:
        assert Registry(Transport(host, patience=BRIEF), None).repository("pose").has(DIGEST)
    elsewhere = Transport("x.example", patience=BRIEF)
    with pytest.raises(RegistryError, match=r"the proxy to x\.example does not answer"):
        elsewhere.send("GET", "http://x.example/v2/")


def test_a_redirect_within_the_registry_keeps_the_credentials() -> None:
    manifest = "application/vnd.oci.image.manifest.v1+json"

    def moved(handler: BaseHTTPRequestHandler) -> None:
        if not handler.headers.get("Authorization"):
            reply(handler, 401, WWW_Authenticate='Basic realm="x"')
        elif "/moved/" in handler.path:
            reply(handler, 200, b"{}" if "/manifests/" in handler.path else BLOB, Content_Type=manifest)
        else:
            reply(handler, 307, Location=f"/moved{handler.path}")

    with serving(moved) as host:
        location = Registry(
            Transport(host, patience=BRIEF), Credential(host=host, username="ada", password="s3cret")
        ).repository("pose")
        assert location.has(DIGEST)
        assert b"".join(location.blob(DIGEST, size=len(BLOB))) == BLOB
        found = location.manifest("1")
    assert found is not None
    assert found.data == b"{}"


@pytest.mark.parametrize("reported", ["7", "date", "soon", ""])
def test_a_registry_that_asks_us_to_wait_is_obeyed(monkeypatch: pytest.MonkeyPatch, reported: str) -> None:
    later = dt.datetime.now(dt.timezone.utc) + dt.timedelta(seconds=60)
    asked = later.strftime("%a, %d %b %Y %H:%M:%S GMT") if reported == "date" else reported
    answers = iter([503, 429])
    waited: list[float] = []

    def busy(handler: BaseHTTPRequestHandler) -> None:
        status = 200 if handler.path == "/v2/" else next(answers, 200)
        reply(handler, status, **({"Retry_After": asked} if status != 200 and asked else {}))

    with serving(busy) as host:
        transport = Transport(host, patience=Patience(tries=3, pause=0.01, longest=20))
        monkeypatch.setattr(transport.over, "wait", lambda seconds: waited.append(seconds))  # noqa: PLW0108 # gives None
        assert Registry(transport, None).repository("pose").has(DIGEST)
    least, most = {"7": (7, 7), "date": (50, 60)}.get(reported, (0, 0.02))
    assert len(waited) == 2
    assert all(least <= seconds <= most for seconds in waited)


def test_whoever_interrupts_waits_for_no_further_try() -> None:
    with serving(lambda handler: reply(handler, 503, Retry_After="1000")) as host:
        transport = Transport(host)
        threading.Timer(0.2, transport.over.set).start()
        with pytest.raises(RegistryError, match="interrupted") as caught:
            Registry(transport, None).repository("pose").has(DIGEST)
    assert "Run the same command again" in str(caught.value.hint)


@pytest.mark.parametrize(
    ("netloc", "answer"),
    [("127.0.0.1:5000", True), ("127.9.9.9", True), ("[::1]:5000", True), ("localhost", True), ("10.0.0.1", False)],
)
def test_loopback_is_told_by_address(netloc: str, answer: bool) -> None:
    assert is_loopback(netloc) is answer


@pytest.mark.parametrize(
    ("header", "scheme", "parameters"),
    [
        ('Basic realm="x"', "basic", {"realm": "x"}),
        (
            'Bearer realm="https://a/b?c=d",service="a",scope="repository:x:pull,push"',
            "bearer",
            {"realm": "https://a/b?c=d", "service": "a", "scope": "repository:x:pull,push"},
        ),
        ('Basic realm="a", Bearer realm="b", service=c', "bearer", {"realm": "b", "service": "c"}),
    ],
)
def test_a_challenge_is_read(header: str, scheme: str, parameters: dict[str, str]) -> None:
    challenge = Challenge.parse(header)
    assert challenge is not None
    assert (challenge.scheme, challenge.parameters) == (scheme, parameters)


def test_a_challenge_of_another_kind_is_none() -> None:
    assert Challenge.parse("Negotiate") is None


class Tunnel(BaseHTTPRequestHandler):
    """A proxy that opens tunnels to one address, whatever name it is asked for."""

    target = 0

    def do_CONNECT(self) -> None:
        with socket.create_connection(("127.0.0.1", self.target)) as other:
            self.send_response(200)
            self.end_headers()
            back = threading.Thread(target=carry, args=(other, self.connection), daemon=True)
            back.start()
            carry(self.connection, other)
            back.join()

    def log_message(self, *args: object) -> None:
        """Stay silent."""


def carry(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)


def test_limits_hold_behind_a_proxy_too(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def registry(handler: BaseHTTPRequestHandler) -> None:
        if "/blobs/" in handler.path:
            reply(handler, 200, BLOB)
        else:
            reply(handler, 200, b"{}", **({} if handler.path == "/v2/" else {"Content_Length": "-7"}))

    with serving(registry, certificate=certificate) as address:
        kind = type("Handler", (Tunnel,), {"target": int(address.rpartition(":")[2])})
        proxy = ThreadingHTTPServer(("127.0.0.1", 0), kind)
        threading.Thread(target=proxy.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.server_port}")
        try:
            transport = Transport("registry.localtest", ca_bundle=certificate, patience=BRIEF)
            location = Registry(transport, None).repository("pose")
            assert b"".join(location.blob(DIGEST, size=len(BLOB))) == BLOB
            with pytest.raises(RegistryError, match="an invalid length"):
                location.manifest("1")
        finally:
            proxy.shutdown()
            proxy.server_close()
