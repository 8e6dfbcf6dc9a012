"""The probes on real sockets, files and programs."""

import datetime as dt
import hashlib
import http.server
import ipaddress
import json
import socket
import ssl
import sys
import sysconfig
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from support import runtimes
from support.registries import StartRegistry

from azdacli.doctor.facts.machine import Trouble
from azdacli.doctor.facts.registry import SignIn
from azdacli.doctor.probes import (
    builder,
    device,
    edge_images,
    engine,
    gstreamer_report,
    host,
    network,
    programs,
    registry,
)
from azdacli.engine import endpoint
from azdacli.engine.endpoint import Endpoint


@contextmanager
def serving(handler: type[http.server.BaseHTTPRequestHandler], certificate: Path | None = None) -> Iterator[int]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Quiet(http.server.BaseHTTPRequestHandler):
    shift = 0.0

    def log_message(self, *_: object) -> None:
        pass

    def date_time_string(self, timestamp: float | None = None) -> str:
        return super().date_time_string((timestamp or time.time()) + self.shift)

    def do_HEAD(self) -> None:
        self.send_response(401)
        self.end_headers()

    do_GET = do_HEAD  # the name is the base class's


class Late(Quiet):
    shift = -1000.0


NAMES = [x509.IPAddress(ipaddress.ip_address("127.0.0.1")), x509.DNSName("registry.example")]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.timezone.utc)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(NAMES), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(signed.public_bytes(serialization.Encoding.PEM) + private)
    return path


def test_a_visit_trusts_what_the_user_trusts_and_reads_the_clock(certificate: Path) -> None:
    with serving(Late, certificate) as port:
        stranger = network.visit(f"127.0.0.1:{port}", {})
        friend = network.visit(f"127.0.0.1:{port}", {}, str(certificate))
    assert stranger.trouble is Trouble.UNTRUSTED
    assert "self-signed" in stranger.detail.replace("self signed", "self-signed")
    assert friend.trouble is None
    assert friend.ahead == pytest.approx(1000, abs=5)


def test_a_host_that_speaks_no_tls_is_told_from_one_that_speaks_nothing() -> None:
    with serving(Quiet) as port:
        plain = network.visit(f"127.0.0.1:{port}", {"HTTPS_PROXY": "http://127.0.0.1:1"})
    assert (plain.trouble, plain.answered, plain.proxy) == (Trouble.PLAIN, True, "")


class Proxy(Quiet):
    """Lets nobody through but with the right password."""

    def do_CONNECT(self) -> None:
        if self.headers.get("Proxy-Authorization") != "Basic dXNlcjpzM2NyZXQ=":
            self.send_response(407)
            self.end_headers()
            return
        port = self.path.rpartition(":")[2]
        with socket.create_connection(("127.0.0.1", int(port))) as far:
            self.send_response(200)
            self.end_headers()
            threading.Thread(target=self._pump, args=(far, self.connection), daemon=True).start()
            self._pump(self.connection, far)

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        try:
            while data := source.recv(4096):
                sink.sendall(data)
        except OSError:
            pass


def test_a_visit_goes_through_the_proxy_and_says_when_that_refuses(certificate: Path) -> None:
    with serving(Quiet, certificate) as port, serving(Proxy) as proxy_port:
        through = {"HTTPS_PROXY": f"http://user:s3cret@127.0.0.1:{proxy_port}"}
        passed = network.visit(f"registry.example:{port}", through, str(certificate))
        refused = network.visit(
            f"registry.example:{port}", {"https_proxy": f"127.0.0.1:{proxy_port}"}, str(certificate)
        )
        around = network.visit(f"127.0.0.1:{port}", through, str(certificate))
        spared = network.proxy_for("registry.example", {**through, "NO_PROXY": ".example"})
    assert (passed.trouble, passed.proxy) == (None, f"127.0.0.1:{proxy_port}")
    assert (refused.trouble, refused.at_proxy) == (Trouble.DENIED, True)
    assert (around.trouble, around.proxy) == (None, ""), "this machine is never asked through a proxy"
    assert spared is None
    assert "s3cret" not in repr((passed, refused))


@pytest.mark.parametrize("proxy", ["http://[::1", "garbage://", "http://user:s3cret@127.0.0.1:1", ":::"])
def test_a_proxy_that_is_none_is_a_trouble_and_no_exception(proxy: str) -> None:
    seen = network.visit("registry.example:9", {"HTTPS_PROXY": proxy})
    assert seen.trouble is not None
    assert "s3cret" not in repr(seen)


def config(folder: Path, name: str, address: str) -> dict[str, str]:
    meta = folder / "contexts" / "meta" / hashlib.sha256(name.encode()).hexdigest()
    meta.mkdir(parents=True)
    (meta / "meta.json").write_text(json.dumps({"Name": name, "Endpoints": {"docker": {"Host": address}}}))
    (folder / "config.json").write_text(json.dumps({"currentContext": name}))
    return {"DOCKER_CONFIG": str(folder)}


def test_the_engine_is_looked_for_where_docker_looks(tmp_path: Path) -> None:
    environment = config(tmp_path, "far", "tcp://far:2376")
    found = endpoint.find(environment, "Linux")
    assert (found.address, found.source, found.problem) == ("tcp://far:2376", "context 'far'", "")
    over = endpoint.find({**environment, "DOCKER_HOST": "unix:///x"}, "Linux")
    assert (over.address, over.source, over.context) == ("unix:///x", "DOCKER_HOST", "far")
    chosen = endpoint.find({**environment, "DOCKER_CONTEXT": "default"}, "Linux")
    assert chosen.address == "unix:///var/run/docker.sock"
    assert endpoint.find({"HOME": "/none"}, "Windows").address == "npipe:////./pipe/docker_engine"
    assert endpoint.find({**environment, "DOCKER_CONTEXT": "no"}, "Linux").problem == "docker has no context 'no'"


@pytest.mark.parametrize(
    "address",
    ["garbage", "tcp://", "tcp://[::1", "tcp://h:port", "unix://", "npipe://x", "unix:///a\x1b", "://", "ftp://x"],
)
def test_an_address_that_is_none_is_a_problem_and_no_exception(address: str) -> None:
    found = endpoint.find({"DOCKER_HOST": address}, "Linux")
    assert found.problem
    assert engine.look(found, {}).trouble is Trouble.UNREADABLE


@pytest.mark.parametrize("content", [b"{garbage", b"[]", b"\xff\xfe", b'{"currentContext": 7}'])
def test_a_broken_configuration_of_docker_is_a_problem(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "config.json").write_bytes(content)
    assert endpoint.find({"DOCKER_CONFIG": str(tmp_path)}, "Linux").problem


Answer = Callable[[socket.socket], None]


@contextmanager
def listening(path: Path, answer: Answer) -> Iterator[Endpoint]:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()

        def accept() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    try:
                        answer(connection)
                    except OSError:
                        continue

        threading.Thread(target=accept, daemon=True).start()
        yield Endpoint(address=f"unix://{path}", source="DOCKER_HOST")
        server.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize(
    ("answer", "trouble"),
    [
        (b"", Trouble.UNREADABLE),
        (b"SSH-2.0-OpenSSH_9.2\r\n", Trouble.UNREADABLE),
        (b"HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n", Trouble.UNREADABLE),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nshort", Trouble.UNREADABLE),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n[1,2]", Trouble.UNREADABLE),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", Trouble.UNREADABLE),
    ],
)
def test_what_answers_and_is_no_engine(tmp_path: Path, answer: bytes, trouble: Trouble) -> None:
    def reply(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(answer)

    with listening(tmp_path / "s", reply) as where:
        assert engine.look(where, {}).trouble is trouble


def test_an_engine_that_is_silent_is_left_after_a_while(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_SECONDS", 0.3)
    with listening(tmp_path / "s", lambda _: time.sleep(2)) as where:
        assert engine.look(where, {}).trouble is Trouble.SILENT


def test_nobody_listens_and_nothing_is_there(tmp_path: Path) -> None:
    def look(address: str) -> Trouble | None:
        return engine.look(Endpoint(address=address, source="DOCKER_HOST"), {}).trouble

    assert look(f"unix://{tmp_path}/none") is Trouble.ABSENT
    with socket.socket(socket.AF_UNIX) as stale:
        stale.bind(str(tmp_path / "stale"))
    assert look(f"unix://{tmp_path}/stale") is Trouble.REFUSED
    assert look("tcp://127.0.0.1:1") is Trouble.REFUSED


def program(folder: Path, name: str, text: str) -> dict[str, str]:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return {"PATH": f"{folder}:/usr/bin:/bin"}


def test_a_program_is_ended_when_it_takes_too_long(tmp_path: Path) -> None:
    environment = program(tmp_path, "slow", "exec sleep 30")
    start = time.monotonic()
    answer = programs.ask(["slow"], environment, seconds=0.3)
    assert (answer.code, answer.complaint) == (None, "it did not answer within 0 seconds")
    assert time.monotonic() - start < 5
    assert programs.ask(["no-such-program"], environment).complaint == "there is no program no-such-program"
    (tmp_path / "text").write_text("no program")
    (tmp_path / "text").chmod(0o755)
    assert programs.ask(["text"], environment).code is None


def test_buildx_is_read_from_what_it_prints(tmp_path: Path) -> None:
    environment = program(
        tmp_path,
        "docker",
        """case "$2" in
version) echo 'github.com/docker/buildx v0.13.1 abc' ;;
inspect) printf 'Name:   far\\nDriver: docker-container\\n\\nNodes:\\nName: far0\\nError: no such host\\n'
printf 'Platforms: linux/amd64*, linux/arm64\\n' ;;
esac""",
    )
    facts = builder.look(environment)
    assert (facts.buildx, facts.name, facts.driver, facts.problem) == (
        "0.13.1",
        "far",
        "docker-container",
        "no such host",
    )
    assert facts.platforms == ("linux/amd64", "linux/arm64")
    assert builder.look(program(tmp_path, "docker", "exit 1")).buildx == ""
    assert not builder.look({"PATH": "/none"}).docker


def test_a_jetson_and_a_pc_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "tegra").write_text("# R36 (release), REVISION: 4.3, GCID: 38968081, BOARD: generic\nmore")
    orin = device.look({"PATH": "/none"}, tmp_path / "tegra")
    assert (orin.is_jetson, orin.l4t, orin.gpus) == (True, "36.4.3", ())
    smi = program(tmp_path, "nvidia-smi", "echo 'NVIDIA RTX A2000, 535.183.06'")
    pc = device.look(smi, tmp_path / "none")
    assert (pc.is_jetson, pc.gpus) == (False, (("NVIDIA RTX A2000", "535.183.06"),))
    broken = device.look(program(tmp_path, "nvidia-smi", "echo failed because >&2; exit 9"), tmp_path / "none")
    assert (broken.gpus, broken.driver_problem) == ((), "failed because")


def test_the_kernels_emulators_are_read_as_it_writes_them(tmp_path: Path) -> None:
    magic = "7f454c460201010000000000000000000200b700"
    for name, text in {
        "qemu-aarch64": f"enabled\ninterpreter /usr/bin/qemu-aarch64-static\nflags: OCF\noffset 0\nmagic {magic}\n",
        "loose": f"disabled\ninterpreter /usr/bin/qemu\nflags: \noffset 0\nmagic {magic}\n",
        "qemu-arm": "enabled\ninterpreter /x\nflags: F\noffset 0\nmagic 7f454c4601010100000000000000000002002800\n",
        "status": "enabled\n",
    }.items():
        (tmp_path / name).write_text(text)
    found = {one.name: (one.enabled, one.fixed) for one in host.arm64_emulators(tmp_path)}
    assert found == {"qemu-aarch64": (True, True), "loose": (False, False)}
    assert host.arm64_emulators(tmp_path / "none") == ()


def test_ports_files_and_disks(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert host.port_is_free(taken.getsockname()[1]) is False
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "s"))
        (there,) = host.entries([str(tmp_path / "s")])
    assert (there.exists, there.is_socket) == (True, True)
    assert host.entries([str(tmp_path / "none")])[0].exists is False
    assert host.entries(["a\0b"])[0].exists is None
    assert (host.free_bytes(tmp_path / "not" / "there") or 0) > 0


def test_the_size_of_a_base_is_what_its_registry_says(any_registry: StartRegistry) -> None:
    one = any_registry("none")
    location = runtimes.connect(one.host, None).repository("azda-runtime", push=True)
    document = runtimes.put_runtime(location, "7.1")
    layers = sum(layer["size"] for layer in json.loads(document.data)["layers"])
    size = registry.compressed_size(f"{one.host}/azda-runtime:7.1", "linux/arm64", ca_bundle=None, insecure=False)
    assert size == layers > 0
    gone = registry.compressed_size(f"{one.host}/none:1", "linux/arm64", ca_bundle=None, insecure=False)
    away = registry.compressed_size("127.0.0.1:1/none:1", "linux/arm64", ca_bundle=None, insecure=False)
    assert (gone, away) == (None, None)
    assert registry.exists(f"{one.host}/azda-runtime:7.1", None) is True
    assert registry.exists(f"{one.host}/none:1", None) is False
    assert registry.exists("127.0.0.1:1/none:1", None) is None
    nobody = registry.sign_in(one.host, {"HOME": "/none"}, ca_bundle=None, insecure=False)
    assert (nobody.way, nobody.problem) == ("anonymous", "")


def test_the_images_of_iot_edge_are_those_of_our_own_template(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "exists", lambda _image, _bundle: None)
    seen = edge_images.look(None, None)
    assert {name.rpartition(":")[0].rpartition("/")[2] for name in seen} == {"azureiotedge-agent", "azureiotedge-hub"}
    assert set(seen.values()) == {None}


def signed_in(host: str) -> SignIn:
    return registry.sign_in(host, {"HOME": "/none"}, ca_bundle=None, insecure=False)


def test_a_registry_that_is_not_there_is_no_registry_that_asks_who_we_are() -> None:
    for away in ("127.0.0.1:1", "localhost:1", "nope.example.invalid", f"{'a' * 70}.example"):
        found = signed_in(away)
        assert (found.is_away, found.way) == (True, ""), away
        assert found.problem.startswith((f"{away} ", f"there is no host {away}")), found.problem


class Refusing(Quiet):
    """Sends us for a token, and gives none."""

    service = ""  # this server itself

    def do_GET(self) -> None:
        if self.path.startswith("/token"):
            self.send_response(403)
        else:
            self.send_response(401)
            realm = f"http://{self.service or self.headers['Host']}/token"
            self.send_header("WWW-Authenticate", f'Bearer realm="{realm}",service="s"')
        self.end_headers()


class Sending(Refusing):
    """Sends us for a token to where nobody listens."""

    service = "127.0.0.1:1"


class Shop(Quiet):
    def do_GET(self) -> None:
        self.send_response(404)
        self.end_headers()


def test_only_who_refuses_nobody_wants_to_know_who_asks() -> None:
    for handler in (Quiet, Refusing):
        with serving(handler) as port:
            assert signed_in(f"https://127.0.0.1:{port}/team") == SignIn(registry=f"127.0.0.1:{port}")
    with serving(Shop) as port:
        found = signed_in(f"127.0.0.1:{port}")
    assert found.problem == f"127.0.0.1:{port} does not answer as a registry (HTTP 404 for /v2/)"


def test_a_token_service_that_is_away_is_a_problem() -> None:
    with serving(Sending) as port:
        found = signed_in(f"127.0.0.1:{port}")
    assert found.problem.endswith("does not answer: connection refused")


@pytest.mark.parametrize("marked", [True, False])
def test_an_interpreter_says_whether_the_distribution_keeps_its_packages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, marked: bool
) -> None:
    if marked:
        (tmp_path / "EXTERNALLY-MANAGED").touch()
    monkeypatch.setitem(sys.modules, "gi", None)  # no GStreamer in this process
    monkeypatch.setattr(sysconfig, "get_path", lambda _: str(tmp_path))
    (tmp_path / "preflight.py").write_text("PACKAGES, ELEMENTS = {}, ()")
    asked = {"preflight": str(tmp_path / "preflight.py"), "elements": [], "typelibs": []}
    monkeypatch.setattr(sys, "prefix", sys.base_prefix)
    assert gstreamer_report.report(asked)["managed"] is marked
    monkeypatch.setattr(sys, "prefix", "/an/environment")
    assert gstreamer_report.report(asked)["managed"] is False
