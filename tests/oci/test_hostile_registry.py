"""A registry that wants to fill our memory, hold us for ever, or crash us gets one clear sentence and nothing else."""

import json
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from azdacli.errors import RegistryError
from azdacli.oci.credential import Credential
from azdacli.oci.registry import Patience, Registry, Transport
from azdacli.oci.registry.limits import Pace
from azdacli.oci.repository import Content
from tests.fakes import measured
from tests.fakes.registry import MANIFEST, Fake, Handler, digest, serving

pytestmark = pytest.mark.slow

Attack = Callable[[Handler], bool]
PIECE = b" " * (1 << 20)
ENDLESS = 600  # pieces: with no limit they fill three times the memory that we may have


def endless(handler: Handler, start: bytes, piece: bytes = PIECE, count: int = ENDLESS) -> bool:
    """Answer with raw bytes and go on as long as somebody reads."""
    handler.close_connection = True
    handler.wfile.write(start)
    for _ in range(count):
        handler.wfile.write(piece)
    return True


def head(status: str = "200 OK", *lines: str) -> bytes:
    """The start of an answer whose body is as long as the connection."""
    return "\r\n".join([f"HTTP/1.1 {status}", *lines, "", ""]).encode()


def at(path: str, attack: Attack) -> Attack:
    """Attack whoever asks for a path, and nobody else."""
    return lambda handler: path in handler.path and attack(handler)


def body(start: bytes) -> Attack:
    return lambda handler: endless(handler, start)


def answer(data: bytes, **headers: str) -> Attack:
    def reply(handler: Handler) -> bool:
        handler.reply(200, data, **headers)
        return True

    return reply


def chunked(start: bytes, piece: bytes = b"", count: int = 0) -> Attack:
    return lambda handler: endless(
        handler, head("200 OK", f"Content-Type: {MANIFEST}", "Transfer-Encoding: chunked") + start, piece, count
    )


def bomb(megabytes: int) -> bytes:
    """The same packed megabyte again and again: nobody gets as far as its sum."""
    packer = zlib.compressobj(9, wbits=31)
    blank = b" " * (1 << 20)
    first = packer.compress(b"{" + blank) + packer.flush(zlib.Z_FULL_FLUSH)
    again = packer.compress(blank) + packer.flush(zlib.Z_FULL_FLUSH)
    return first + again * (megabytes - 1) + packer.flush()


MANIFESTS = "/manifests/"
DEEP = b'{"a":' + b"[" * 200_000 + b"]" * 200_000 + b"}"
WIDE = b'{"a":[' + b",".join([b"[]"] * 1_300_000) + b"]}"
ATTACKS: dict[str, Attack] = {
    "ping without end": at("/v2/", body(head())),
    "refusal without end": body(head("401 Unauthorized", 'WWW-Authenticate: Basic realm="x"')),
    "challenge of 60 kB": body(head("401 Unauthorized", f"WWW-Authenticate: Bearer {'a' * 60_000}")),
    "manifest without end": at(MANIFESTS, body(head("200 OK", f"Content-Type: {MANIFEST}"))),
    "manifest that unpacks to much": at(MANIFESTS, answer(bomb(500), Content_Type=MANIFEST, Content_Encoding="gzip")),
    "manifest of an unknown coding": at(MANIFESTS, answer(b"x", Content_Type=MANIFEST, Content_Encoding="zstd")),
    "failure without end": at(MANIFESTS, body(head("403 Forbidden"))),
    "redirect without end": at(MANIFESTS, body(head("307 Temporary Redirect", "Location: /v2/"))),
    "redirect to a file": at(
        MANIFESTS, lambda h: endless(h, head("307 Moved", "Location: file:///etc/passwd"), b"", 0)
    ),
    "nested deeply": at(MANIFESTS, answer(DEEP, Content_Type=MANIFEST)),
    "full of lists": at(MANIFESTS, answer(WIDE, Content_Type=MANIFEST)),
    "no JSON": at(MANIFESTS, answer(b"\xff\xfe{", Content_Type=MANIFEST)),
    "half a character": at(MANIFESTS, answer(b'{"config":"\\ud800"}', Content_Type=MANIFEST)),
    "headers without end": lambda h: endless(h, b"HTTP/1.1 200 OK\r\n", b"A: b\r\n" * 1000),
    "a header without end": lambda h: endless(h, b"HTTP/1.1 200 OK\r\nA: "),
    "a status without end": lambda h: endless(h, b"HTTP/1.1 200 "),
    "interim answers without end": lambda h: endless(h, b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 1000),
    "a length below zero": lambda h: endless(h, head("200 OK", "Content-Length: -5")),
    "a length of 5000 digits": lambda h: endless(h, head("200 OK", f"Content-Length: {'9' * 5000}"), b"", 0),
    "a length in another script": lambda h: endless(
        h, "HTTP/1.1 200 OK\r\nContent-Length: \xb2\r\n\r\n".encode("latin-1"), b"", 0
    ),
    "two lengths": lambda h: endless(h, head("200 OK", "Content-Length: 2", "Content-Length: 3"), b"{}", 1),
    "an unknown transfer coding": lambda h: endless(h, head("200 OK", "Transfer-Encoding: gzip, chunked"), b"{}", 1),
    "a chunk size without end": at(MANIFESTS, chunked(b"1;", PIECE, ENDLESS)),
    "a chunk size below zero": at(MANIFESTS, chunked(b"-5\r\n", PIECE, ENDLESS)),
    "a chunk size with a sign": at(MANIFESTS, chunked(b"+5\r\nhello\r\n0\r\n\r\n")),
    "a chunk of 2^63 bytes": at(MANIFESTS, chunked(b"7FFFFFFFFFFFFFFF\r\n", PIECE, ENDLESS)),
    "a chunk size of 5000 digits": at(MANIFESTS, chunked(b"F" * 5000 + b"\r\n", PIECE, ENDLESS)),
    "trailers without end": at(MANIFESTS, chunked(b"2\r\n{}\r\n0\r\n", b"A: b\r\n" * 1000, ENDLESS)),
    "a layer without end": at("/blobs/", body(head())),
}


@contextmanager
def registry() -> Iterator[Fake]:
    with serving() as fake:
        fake.image("runtime", "7.1")
        yield fake


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_costs_one_sentence_and_little_memory(name: str, tmp_path: Path) -> None:
    with registry() as fake:
        fake.intercept = ATTACKS[name]
        (tmp_path / "labels.txt").write_text("person\n")
        words = ("publish", "--base", f"{fake.host}/runtime:7.1", "--image", "oci:out:1", "--no-validate")
        measured.run(tmp_path, *words, "--add", "labels.txt /custom-assets/").check_refused(7)


@pytest.mark.parametrize("name", ["token without end", "token that unpacks to much", "no token", "absurd life"])
def test_a_token_service_is_held_to_the_same(name: str, tmp_path: Path) -> None:
    attacks: dict[str, Attack] = {
        "token without end": body(head()),
        "token that unpacks to much": answer(bomb(500), Content_Encoding="gzip"),
        "no token": answer(json.dumps({"token": "a\r\nX-Evil: 1"}).encode()),
        "absurd life": answer(b'{"token": "' + "\u20ac".encode() + b'", "expires_in": ' + b"9" * 400 + b"}"),
    }
    with registry() as fake:
        fake.challenge = f'Bearer realm="http://{fake.host}/token",service="x"'
        fake.intercept = at("/token", attacks[name])
        words = ("publish", "--base", f"{fake.host}/runtime:7.1", "--rebase", f"{fake.host}/runtime:7.1")
        measured.run(tmp_path, *words, "--image", "oci:out:1").check_refused(7)


@pytest.mark.parametrize("what", ["configuration", "layer"])
def test_a_blob_is_never_longer_than_it_was_announced(what: str, tmp_path: Path) -> None:
    with registry() as fake:
        config = next(name for name, data in fake.blobs.items() if data.startswith(b"{"))

        def attack(handler: Handler) -> bool:
            wanted = ("/blobs/" in handler.path) and (config in handler.path) is (what == "configuration")
            return wanted and endless(handler, head(), PIECE, 3000)

        fake.intercept = attack
        (tmp_path / "labels.txt").write_text("person\n")
        words = ("publish", "--base", f"{fake.host}/runtime:7.1", "--image", "oci:out:1", "--no-validate")
        done = measured.run(tmp_path, *words, "--add", "labels.txt /custom-assets/")
        done.check_refused(7)
        assert "sends more than" in done.err
        stored = (
            sum(path.stat().st_size for path in (tmp_path / "out").rglob("*")) if (tmp_path / "out").exists() else 0
        )
        assert stored < 1 << 20


def test_gen_manifest_is_held_to_the_same(tmp_path: Path) -> None:
    with registry() as fake:
        fake.intercept = at("/blobs/", body(head()))
        words = ("gen-manifest", "--image", f"{fake.host}/runtime:7.1", "--stream", "a=rtsp://b/c", "--pin")
        measured.run(tmp_path, *words, "--pipeline", "id=x").check_refused(7)


# -- uploads ----------------------------------------------------------------------------------------------------------

SHORT = Patience(tries=3, pause=0.01, longest=0.02, connect=2, silence=2, total=5, pace=Pace(window=0.3, least=1 << 10))


def content(data: bytes) -> Content:
    return Content(size=len(data), key=digest(data), read=lambda offset: iter([data[offset:]]), digest=digest(data))


UPLOADS: dict[str, tuple[str, dict[str, str]]] = {
    "chunks of 5000 digits": ("POST", {"OCI-Chunk-Min-Length": "9" * 5000}),
    "chunks of a terabyte": ("POST", {"OCI-Chunk-Min-Length": str(1 << 40)}),
    "chunks of a strange digit": ("POST", {"OCI-Chunk-Min-Length": "\xb2"}),
    "a range of 5000 digits": ("PATCH", {"Range": f"0-{'9' * 5000}"}),
    "a range beyond what was sent": ("PATCH", {"Range": "0-99999999999"}),
    "a byte at a time": ("PATCH", {"Range": "0-1"}),
}


@pytest.mark.parametrize("name", UPLOADS)
def test_an_upload_that_is_answered_absurdly_ends(name: str) -> None:
    method, headers = UPLOADS[name]
    with serving() as fake:

        def absurd(handler: Handler) -> bool:
            if handler.command != method:
                return False
            handler.send_response(202)
            for header, value in {"Location": "/v2/pose/blobs/uploads/1", "Content-Length": "0", **headers}.items():
                handler.send_header(header, value)
            handler.end_headers()
            return True

        fake.intercept = absurd
        location = Registry(Transport(fake.host, patience=SHORT), None).repository("pose", push=True)
        started = time.monotonic()
        with pytest.raises(RegistryError):
            location.put(content(b"x" * (3 << 20)), lambda _: None)
        assert time.monotonic() - started < 20
        assert len(fake.shown) < 60


@pytest.mark.parametrize(
    "header",
    ["\xb2", "9" * 500, "-1", "Mon, 01 Jan 0001 00:00:00 -0000", "Mon, 99 Foo 99999999999 25:61:61 +9999", "nan"],
)
def test_a_strange_wish_for_patience_is_no_bug_of_ours(header: str) -> None:
    def busy(handler: Handler) -> bool:
        handler.send_response(429)
        handler.send_header("Retry-After", header)
        handler.send_header("Content-Length", "0")
        handler.end_headers()
        return True

    with serving(intercept=busy) as fake:
        patience = Patience(tries=2, pause=0.01, longest=0.002, connect=2, silence=2)
        with pytest.raises(RegistryError, match="429"):
            Registry(Transport(fake.host, patience=patience), None).repository("pose").has(f"sha256:{'0' * 64}")


# -- time -------------------------------------------------------------------------------------------------------------


def dripping(start: bytes, over: threading.Event) -> Attack:
    """Send a byte now and then, for ever."""

    def drip(handler: Handler) -> bool:
        handler.close_connection = True
        handler.wfile.write(start)
        while not over.wait(0.05):
            handler.wfile.write(b" ")
            handler.wfile.flush()
        return True

    return drip


@pytest.mark.parametrize(
    "start",
    [
        b"HTTP/1.1 200 OK\r\nA: ",
        head("200 OK", f"Content-Type: {MANIFEST}"),
        head("200 OK", "Transfer-Encoding: chunked"),
    ],
    ids=["headers", "body", "chunks"],
)
def test_a_byte_now_and_then_does_not_hold_us(start: bytes) -> None:
    over = threading.Event()
    with serving() as fake:
        fake.intercept = at(MANIFESTS, dripping(start, over))
        try:
            started = time.monotonic()
            with pytest.raises(RegistryError, match="answers too slowly"):
                Registry(Transport(fake.host, patience=SHORT), None).repository("pose").manifest("1")
            assert time.monotonic() - started < 5
        finally:
            over.set()


def test_a_blob_that_drips_does_not_hold_us() -> None:
    over = threading.Event()
    with serving() as fake:
        fake.intercept = at("/blobs/", dripping(head(), over))
        try:
            started = time.monotonic()
            location = Registry(Transport(fake.host, patience=SHORT), None).repository("pose")
            with pytest.raises(RegistryError, match="answers too slowly"):
                for _ in location.blob(f"sha256:{'0' * 64}", size=1 << 40):
                    pass
            assert time.monotonic() - started < 8
        finally:
            over.set()


def test_a_reader_who_takes_his_time_is_not_a_slow_registry() -> None:
    """A base that streams from one registry to another waits for the other."""
    data = b"x" * (2 << 20)
    with serving() as fake:
        name = fake.blob(data)["digest"]
        location = Registry(Transport(fake.host, patience=SHORT), None).repository("pose")
        count = 0
        for piece in location.blob(name, size=len(data)):
            count += len(piece)
            time.sleep(0.2)
    assert count == len(data)


def test_tries_end_with_the_time_that_one_request_may_take() -> None:
    def busy(handler: Handler) -> bool:
        handler.reply(503)
        return True

    patience = Patience(tries=1000, pause=0.05, longest=0.05, connect=2, silence=2, total=0.5)
    with serving(intercept=busy) as fake:
        started = time.monotonic()
        with pytest.raises(RegistryError, match="503"):
            Registry(Transport(fake.host, patience=patience), None).repository("pose").has(f"sha256:{'0' * 64}")
    assert time.monotonic() - started < 3


# -- what reaches the terminal ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "attack",
    [
        at(MANIFESTS, answer(b"{}", Content_Type="text/\x1b]0;owned\x07html")),
        at(MANIFESTS, answer(b"{}", Content_Type=MANIFEST, Docker_Content_Digest="sha256:\x1b[31mX")),
    ],
    ids=["content type", "digest"],
)
def test_what_a_registry_says_does_not_command_the_terminal(attack: Attack, tmp_path: Path) -> None:
    with registry() as fake:
        fake.intercept = attack
        words = ("publish", "--base", f"{fake.host}/runtime:7.1", "--rebase", f"{fake.host}/runtime:7.1")
        done = measured.run(tmp_path, *words, "--image", "oci:out:1", NO_COLOR="1")
        done.check_refused(7)
        assert "\x1b" not in done.err
        assert "\\x1b" in done.err


def test_an_error_of_a_registry_is_one_line_of_its_own(tmp_path: Path) -> None:
    said = {"errors": [{"code": "DENIED\x1b[2J", "message": "no\nerror: all is well\u202e\x9b31m"}]}

    def refuse(handler: Handler) -> bool:
        handler.reply(403, json.dumps(said).encode())
        return True

    with registry() as fake:
        fake.intercept = at(MANIFESTS, refuse)
        words = ("publish", "--base", f"{fake.host}/runtime:7.1", "--rebase", f"{fake.host}/runtime:7.1")
        done = measured.run(tmp_path, *words, "--image", "oci:out:1", NO_COLOR="1")
        done.check_refused(7)
        assert not set("\x1b\x9b\u202e") & set(done.err)
        assert "\nerror: all" not in done.err


# -- credentials ------------------------------------------------------------------------------------------------------


def test_a_connection_takes_no_login_of_another_host() -> None:
    login = Credential(host="a.example", username="ada", password="s3cret")
    with pytest.raises(RegistryError, match=r"the login of a\.example is not sent to b\.example"):
        Registry(Transport("b.example"), login)


def test_azures_registries_are_their_own_token_services(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving() as one, serving("127.0.0.1", named="localhost") as other:
        one.challenge = f'Bearer realm="http://{other.host}/token",service="x"'
        monkeypatch.setattr("azdacli.oci.registry.tokens.is_azure", lambda host: host == one.host)
        login = Credential(host=one.host, username="ada", password="s3cret")
        with pytest.raises(RegistryError, match="requests that its login be sent to another host") as caught:
            Registry(Transport(one.host, patience=SHORT), login).repository("pose").manifest("1")
        assert "nothing was sent" in str(caught.value.hint)
        assert not other.shown


def test_a_login_goes_to_no_token_service_without_tls() -> None:
    with serving(challenge='Bearer realm="http://tokens.example/token",service="x"') as one:
        login = Credential(host=one.host, username="ada", password="s3cret")
        with pytest.raises(RegistryError, match=r"without TLS to tokens\.example"):
            Registry(Transport(one.host, patience=SHORT), login).repository("pose").manifest("1")
