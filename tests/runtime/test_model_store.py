"""A model is fetched over TLS within limits, and takes the old one's place only when it is whole."""

import hashlib
import ipaddress
import os
import ssl
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from azda_runtime.models import Fetched, InstalledModel, Limits, ModelError, ModelStore, download, fetch, locate
from azda_runtime.settings import Archive, Model, Pipeline, Tracker
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.runtime.test_model_archives import packed

GOOD = packed({"config.txt": b"[property]\n", "parser.py": b"VERSION = 1\n"})
BETTER = packed({"config.txt": b"[property]\n", "parser.py": b"VERSION = 2\n"})
QUICK = Limits(download=1_000_000, unpacked=1_000_000, entries=100, attempts=3, silence=1.0, patience=20.0)

Answer = Callable[[BaseHTTPRequestHandler], None]


def body(content: bytes, status: int = 200, announced: int | None = None) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(content) if announced is None else announced))
        handler.end_headers()
        handler.wfile.write(content)

    return answer


def redirect(address: str) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(302)
        handler.send_header("Location", address)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


class Server:
    """A web server on a thread that gives its answers in their order, the last one for ever."""

    def __init__(self, certificate: Path | None) -> None:
        self.answers: list[Answer] = []
        self.requests: list[str] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.requests.append(self.path)
                answer = server.answers.pop(0) if len(server.answers) > 1 else server.answers[0]
                answer(self)

            def log_message(self, *arguments: object) -> None: ...

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        scheme = "http"
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self._http.socket = context.wrap_socket(self._http.socket, server_side=True, do_handshake_on_connect=False)
            self._http.handle_error = lambda *_: None
            scheme = "https"
        self.address = f"{scheme}://127.0.0.1:{self._http.server_port}"
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "azda test")])
    now = datetime.now(timezone.utc)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
def server(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    for name in [n for n in os.environ if n.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    made = Server(certificate)
    yield made
    made.close()


@pytest.fixture
def plain_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    for name in [n for n in os.environ if n.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    made = Server(None)
    yield made
    made.close()


class Fetching:
    """Downloads as the runtime does, except that pauses are counted and not slept."""

    def __init__(self, certificate: Path, limits: Limits = QUICK) -> None:
        self.pauses: list[float] = []
        self.limits = limits
        self._trust = ssl.create_default_context(cafile=str(certificate))

    def __call__(self, archive: Archive, path: Path) -> str:
        return download(archive, path, limits=self.limits, trust=self._trust, sleep=self.pauses.append)

    def unpacked(self, archive: Archive, folder: Path, known: Collection[str]) -> Fetched:
        return fetch(archive, folder, known, limits=self.limits, trust=self._trust, sleep=self.pauses.append)


@pytest.fixture(name="fetch")
def fetching(certificate: Path) -> Fetching:
    return Fetching(certificate)


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def refused(fetch: Fetching, archive: Archive, folder: Path) -> str:
    with pytest.raises(ModelError) as caught:
        fetch(archive, folder / "a.zip")
    assert caught.value.hint
    assert "t0ken" not in f"{caught.value} {caught.value.hint}"
    return str(caught.value)


def test_an_archive_is_fetched_and_its_digest_told(server: Server, fetch: Fetching, tmp_path: Path) -> None:
    server.answers = [body(GOOD)]

    assert fetch(Archive(url=f"{server.address}/m.zip?sig=t0ken"), tmp_path / "a.zip") == digest(GOOD)
    assert (tmp_path / "a.zip").read_bytes() == GOOD
    assert server.requests == ["/m.zip?sig=t0ken"]


def test_what_may_pass_is_tried_again_with_longer_pauses(server: Server, fetch: Fetching, tmp_path: Path) -> None:
    server.answers = [body(b"", 503), body(GOOD[:50], announced=len(GOOD)), body(GOOD)]

    assert fetch(Archive(url=f"{server.address}/m.zip"), tmp_path / "a.zip") == digest(GOOD)
    assert fetch.pauses == [1.0, 2.0]


def test_trying_ends(server: Server, fetch: Fetching, tmp_path: Path) -> None:
    server.answers = [body(b"", 503)]

    assert "in 3 attempts: the server answered 503" in refused(
        fetch, Archive(url=f"{server.address}/m.zip?sig=t0ken"), tmp_path
    )
    assert len(server.requests) == 3


def test_half_an_archive_is_none(server: Server, fetch: Fetching, tmp_path: Path) -> None:
    server.answers = [body(GOOD[:50], announced=len(GOOD))]

    assert "50 of" in refused(fetch, Archive(url=f"{server.address}/m.zip"), tmp_path)


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_a_refusal_is_not_tried_again(server: Server, fetch: Fetching, tmp_path: Path, status: int) -> None:
    server.answers = [body(b"", status)]

    assert f"refused by its server: {status}" in refused(
        fetch, Archive(url=f"{server.address}/m.zip?sig=t0ken"), tmp_path
    )
    assert len(server.requests) == 1


def test_a_server_that_nobody_vouches_for_is_not_believed(server: Server, tmp_path: Path) -> None:
    server.answers = [body(GOOD)]

    with pytest.raises(ModelError, match="is not believed"):
        download(Archive(url=f"{server.address}/m.zip"), tmp_path / "a.zip", limits=QUICK)
    assert server.requests == []


def test_nobody_there_is_a_sentence(fetch: Fetching, tmp_path: Path) -> None:
    assert "in 3 attempts" in refused(fetch, Archive(url="https://127.0.0.1:1/m.zip?sig=t0ken"), tmp_path)


def test_a_server_that_says_nothing_is_given_up(server: Server, certificate: Path, tmp_path: Path) -> None:
    done = threading.Event()
    server.answers = [lambda handler: done.wait(20) and None]
    impatient = Fetching(certificate, replace(QUICK, silence=0.2, attempts=1))
    try:
        assert "timed out" in refused(impatient, Archive(url=f"{server.address}/m.zip"), tmp_path)
    finally:
        done.set()


@pytest.mark.parametrize("announced", [None, 0])
def test_an_archive_that_is_too_large_is_refused_announced_or_not(
    server: Server, certificate: Path, tmp_path: Path, announced: int | None
) -> None:
    def endless(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        if announced is None:
            handler.send_header("Content-Length", "5000000000")
        handler.end_headers()
        handler.wfile.write(b"x" * 2_000_000)

    server.answers = [endless]

    assert "larger than" in refused(Fetching(certificate), Archive(url=f"{server.address}/m.zip"), tmp_path)
    assert not (tmp_path / "a.zip").exists() or (tmp_path / "a.zip").stat().st_size <= QUICK.download


def test_another_archive_than_was_meant_is_refused(server: Server, fetch: Fetching, tmp_path: Path) -> None:
    server.answers = [body(BETTER)]

    assert "is not the archive that was meant" in refused(
        fetch, Archive(url=f"{server.address}/m.zip", sha256=digest(GOOD)), tmp_path
    )


def test_a_redirect_is_followed_but_never_away_from_tls(
    server: Server, plain_server: Server, fetch: Fetching, tmp_path: Path
) -> None:
    plain_server.answers = [body(GOOD)]
    server.answers = [redirect(f"{server.address}/there"), body(GOOD)]
    assert fetch(Archive(url=f"{server.address}/m.zip"), tmp_path / "a.zip") == digest(GOOD)

    for address in (f"{plain_server.address}/m.zip", "file:///etc/passwd", "ftp://127.0.0.1/x"):
        server.answers = [redirect(address)]
        message = refused(fetch, Archive(url=f"{server.address}/m.zip"), tmp_path)
        assert "without TLS" in message or "refused" in message
    assert plain_server.requests == []


def test_plain_http_is_taken_with_a_digest(plain_server: Server, fetch: Fetching, tmp_path: Path) -> None:
    plain_server.answers = [body(GOOD)]

    assert fetch(Archive(url=f"{plain_server.address}/m.zip", sha256=digest(GOOD)), tmp_path / "a.zip") == digest(GOOD)


def needing(*names: str) -> Callable[[InstalledModel], Sequence[str]]:
    return lambda model: [name for name in names if not (model.root / name).is_file()]


@pytest.fixture
def store(tmp_path: Path, fetch: Fetching) -> ModelStore:
    return ModelStore(tmp_path / "models", fetch.unpacked)


def version(model: InstalledModel | None) -> bytes:
    assert model is not None
    return (model.root / "parser.py").read_bytes()


def test_a_new_model_takes_the_old_ones_place(server: Server, store: ModelStore) -> None:
    archive = Archive(url=f"{server.address}/m.zip")
    server.answers = [body(GOOD), body(BETTER)]
    assert store.current("People") is None

    first = store.install("People", archive, needing("config.txt"))
    assert store.current("People") == first
    second = store.install("People", archive, needing("config.txt"))

    assert store.current("People") == second
    assert (version(first), version(second)) == (b"VERSION = 1\n", b"VERSION = 2\n")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"no zip", "broken"),
        (packed({"other.txt": b"x"}), 'does not hold "config.txt"'),
        (packed({"../config.txt": b"x"}), "leave the model's folder"),
    ],
)
def test_a_model_that_is_not_whole_changes_nothing(
    server: Server, store: ModelStore, tmp_path: Path, content: bytes, words: str
) -> None:
    archive = Archive(url=f"{server.address}/m.zip")
    server.answers = [body(GOOD), body(content), body(BETTER)]
    store.install("People", archive, needing("config.txt"))
    before = sorted((tmp_path / "models").rglob("*"))

    with pytest.raises(ModelError, match=words):
        store.install("People", archive, needing("config.txt"))

    assert version(store.current("People")) == b"VERSION = 1\n"
    assert sorted((tmp_path / "models").rglob("*")) == before
    assert version(store.install("People", archive, needing("config.txt"))) == b"VERSION = 2\n"


def test_what_a_crash_left_behind_is_in_nobodys_way(server: Server, store: ModelStore, tmp_path: Path) -> None:
    server.answers = [body(GOOD)]
    archive = Archive(url=f"{server.address}/m.zip")
    home = store.install("People", archive, needing()).folder.parent.parent
    (home / ".staging-old" / "files").mkdir(parents=True)
    (home / ".staging-link").symlink_to("nowhere")
    server.answers = [body(BETTER)]
    (home / digest(BETTER) / "files").mkdir(parents=True)  # a version without its record is none

    assert version(store.install("People", archive, needing())) == b"VERSION = 2\n"
    assert not list(home.glob(".staging-*"))


def test_a_model_that_is_here_already_is_not_fetched_again(server: Server, store: ModelStore) -> None:
    server.answers = [body(GOOD)]
    archive = Archive(url=f"{server.address}/m.zip", sha256=digest(GOOD))

    assert store.install("People", archive, needing()) == store.install("People", archive, needing())
    assert len(server.requests) == 1
    with pytest.raises(ModelError, match="does not hold"):
        store.install("People", archive, needing("more.txt"))


def test_two_pipelines_keep_their_models_apart_whatever_their_ids(
    server: Server, store: ModelStore, tmp_path: Path
) -> None:
    names = ["a b", "a-b", "A b", "../../x", "x" * 300]
    server.answers = [body(GOOD)]

    homes = {store.install(n, Archive(url=f"{server.address}/m.zip"), needing()).folder.parent.parent for n in names}

    assert len(homes) == len(names)
    assert {home.parent for home in homes} == {tmp_path / "models"}


def test_old_versions_go_but_for_the_last(server: Server, store: ModelStore) -> None:
    archive = Archive(url=f"{server.address}/m.zip")
    server.answers = [body(packed({"parser.py": b"%d" % n})) for n in range(5)]

    last = [store.install("People", archive, needing()) for _ in range(5)][-1]

    kept = [p for p in last.folder.parent.parent.iterdir() if p.is_dir() and not p.is_symlink()]
    assert len(kept) == 2
    assert version(store.current("People")) == b"4"


def test_paths_lead_into_the_archive_first_and_then_into_the_image(tmp_path: Path) -> None:
    root, image = tmp_path / "root", tmp_path / "image"
    for path in (root / "c.txt", image / "c.txt", image / "p.py", image / "t.txt"):
        path.parent.mkdir(exist_ok=True)
        path.touch()
    pipeline = Pipeline(
        id="P",
        primary=Model(config_file="c.txt", parser_file="p.py"),
        secondaries=(Model(config_file=str(image / "t.txt")), Model(config_file="gone.txt")),
        tracker=Tracker(config_file="t.txt"),
        dewarp="/nowhere/d.txt",
    )

    located, missing = locate(pipeline, [root, image])

    assert located.primary == Model(config_file=str(root / "c.txt"), parser_file=str(image / "p.py"))
    assert located.secondaries[0].config_file == str(image / "t.txt")
    assert located.tracker == Tracker(config_file=str(image / "t.txt"))
    assert missing == ("gone.txt", "/nowhere/d.txt")
