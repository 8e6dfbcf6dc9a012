"""A hostile server, archive or crash costs the process that fetches, within its limits, and ends in a sentence."""

import contextlib
import hashlib
import os
import socket
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from azda_runtime.models import Limits, ModelError
from azda_runtime.settings import Archive, Pipeline
from azda_runtime.supervisor import archives as archives_module
from azda_runtime.supervisor import child_process
from azda_runtime.supervisor.archives import Archives, Fetched
from azda_runtime.supervisor.fetch_process import fetch_in_process

from tests.runtime.test_model_archives import packed

GOOD = packed({"config.txt": b"[property]\n"})
DIGEST = hashlib.sha256(GOOD).hexdigest()
# One attempt, and windows that a test can wait for. What took more memory would end in another sentence.
LIMITS = Limits(download=2_000_000, unpacked=2_000_000, attempts=1, silence=20.0, patience=60.0, memory=128 * 1024**2)
HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
ZEROS = b"\0" * 1_000_000


class RawServer:
    """Answers each request with bytes that no web server would send; the last answer again and again."""

    def __init__(self) -> None:
        self.answers: list[Sequence[bytes]] = []
        self.pause = 0.0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/m.zip?sig=t0ken"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=self._answer, args=(self._listener.accept()[0],), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            request = b""
            while b"\r\n\r\n" not in request:
                request += connection.recv(65536)
            for piece in self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]:
                connection.sendall(piece)
                time.sleep(self.pause)

    def close(self) -> None:
        self._listener.close()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[RawServer]:
    for name in [n for n in os.environ if n.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    made = RawServer()
    yield made
    made.close()


def fetched(server: RawServer, folder: Path, limits: Limits = LIMITS) -> str:
    archive = Archive(url=server.url, sha256=DIGEST)
    found = fetch_in_process(archive, folder, [], limits=limits, unwanted=lambda: False)
    assert (folder / "files" / "config.txt").read_bytes() == b"[property]\n"
    return found.sha256


def gzipped(content: bytes) -> bytes:
    packer = zlib.compressobj(wbits=31)
    return packer.compress(content) + packer.flush()


def bomb() -> bytes:
    """A gigabyte of zeros, as one megabyte of gzip: the same block again and again; nobody gets as far as its sum."""
    packer = zlib.compressobj(wbits=31)
    first, again = (packer.compress(ZEROS) + packer.flush(zlib.Z_FULL_FLUSH) for _ in range(2))
    return first + again * 999 + packer.flush()


def moved(address: str, *body: bytes) -> list[bytes]:
    return [b"HTTP/1.1 302 Found\r\nLocation: " + address.encode() + b"\r\n\r\n", *body]


HOSTILE: dict[str, tuple[Callable[[], Sequence[bytes]], str]] = {
    "negative length": (lambda: [HEAD + b"Content-Length: -5\r\n\r\n", *[ZEROS] * 400], "a length that cannot be"),
    "absurd length": (
        lambda: [HEAD + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n", GOOD],
        "a length that cannot be",
    ),
    "length of letters": (lambda: [HEAD + b"Content-Length: many\r\n\r\n", GOOD], "a length that cannot be"),
    "two lengths": (
        lambda: [HEAD + b"Content-Length: 5\r\nContent-Length: 9\r\n\r\n", GOOD],
        "a length that cannot be",
    ),
    "length beyond the limit": (lambda: [HEAD + b"Content-Length: 9000000000\r\n\r\n", GOOD], "larger than"),
    "negative chunk": (lambda: [CHUNKED, b"-5\r\n", *[ZEROS] * 400], "a chunk whose size is not a number"),
    "absurd chunk": (lambda: [CHUNKED, b"f" * 900 + b"\r\n", *[ZEROS] * 400], "a chunk whose size is not a number"),
    "chunk larger than all": (lambda: [CHUNKED, b"fffffffffff\r\n", *[ZEROS] * 400], "larger than"),
    "chunk size without end": (lambda: [CHUNKED, *[b"0" * 1_000_000] * 400], "a chunk whose size is not a number"),
    "chunk that goes on": (lambda: [CHUNKED, b"4\r\nPK00more\r\n0\r\n\r\n"], "chunks that are longer than they say"),
    "chunks without end": (lambda: [CHUNKED, *[b"100000\r\n" + b"\0" * 0x100000 + b"\r\n"] * 400], "larger than"),
    "gzip of a gigabyte": (lambda: [HEAD + b"Content-Encoding: gzip\r\n\r\n", bomb()], "larger than"),
    "gzip that is none": (
        lambda: [HEAD + b"Content-Encoding: gzip\r\n\r\n", GOOD],
        "declares gzip encoding, but the body is not gzip",
    ),
    "encoding not asked for": (lambda: [HEAD + b"Content-Encoding: br\r\n\r\n", GOOD], "encodes it as 'br'"),
    "encodings one upon the other": (
        lambda: [HEAD + b"Content-Encoding: gzip, gzip\r\n\r\n", GOOD],
        "encodes it as 'gzip gzip'",
    ),
    "headers without end": (lambda: [HEAD, *[b"X: y\r\n" * 10_000] * 100], "in 1 attempts"),
    "header without end": (lambda: [HEAD + b"X: ", *[ZEROS] * 400], "in 1 attempts"),
    "status that is none": (lambda: [b"HTTP/1.1 " + b"9" * 5000 + b"\r\n\r\n"], "in 1 attempts"),
    "no answer": (lambda: [b""], "in 1 attempts"),
    "redirect with a body without end": (lambda: moved("http://127.0.0.1:1/x", *[ZEROS] * 400), "in 1 attempts"),
    "redirect to itself": (lambda: moved("/m.zip"), "redirects again and again"),
    "redirect to no address": (lambda: moved("http://[::1/x"), "redirects to an invalid address"),
    "redirect to a port beyond all": (lambda: moved("http://127.0.0.1:99999999/x"), "redirects to an invalid address"),
    "redirect to a name that is none": (lambda: moved(f"http://{'a' * 70}.{'b' * 300}/x"), "not an address of the web"),
    "no zip file": (lambda: [HEAD + b"\r\n", b"<html>"], "is not the archive that was meant"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_server_ends_in_a_sentence(server: RawServer, tmp_path: Path, name: str) -> None:
    answer, sentence = HOSTILE[name]
    server.answers = [answer()]
    with pytest.raises(ModelError) as caught:
        fetched(server, tmp_path)
    assert sentence in str(caught.value)
    assert "t0ken" not in f"{caught.value} {caught.value.hint}"
    assert caught.value.hint


@pytest.mark.parametrize(
    "answer",
    [
        [HEAD + f"Content-Length: {len(GOOD)}\r\n\r\n".encode(), GOOD],
        [HEAD + b"\r\n", GOOD],
        [CHUNKED, b"5;x=y\r\n", GOOD[:5], b"\r\n%X\r\n" % (len(GOOD) - 5), GOOD[5:], b"\r\n0\r\nX: y\r\n\r\n"],
        [HEAD + b"Content-Encoding: gzip\r\n\r\n", gzipped(GOOD[:50]), gzipped(GOOD[50:])],
        [
            CHUNKED.replace(b"\r\n\r\n", b"\r\nContent-Encoding: GZIP\r\n\r\n"),
            b"%x\r\n" % len(gzipped(GOOD)),
            gzipped(GOOD),
            b"\r\n0\r\n\r\n",
        ],
    ],
    ids=["length", "to the end", "chunks", "gzip of two members", "gzip in chunks"],
)
def test_whatever_way_an_ordinary_server_sends_it_the_archive_is_taken(
    server: RawServer, tmp_path: Path, answer: Sequence[bytes]
) -> None:
    server.answers = [answer]
    assert fetched(server, tmp_path) == DIGEST


@pytest.mark.slow
@pytest.mark.parametrize("part", ["headers", "length", "chunks", "chunk size", "gzip"])
def test_a_server_that_trickles_is_given_up(server: RawServer, tmp_path: Path, part: str) -> None:
    head = {
        "headers": [b"HTTP/1.1 200 OK\r\nX-Slow: "],
        "length": [HEAD + b"Content-Length: 1000000\r\n\r\n"],
        "chunks": [CHUNKED, b"fffff\r\n"],
        "chunk size": [CHUNKED],
        "gzip": [HEAD + b"Content-Encoding: gzip\r\n\r\n", b"\x1f\x8b\x08\x08" + b"\0" * 6],
    }[part]
    server.answers = [[*head, *[b"0"] * 10_000]]
    server.pause = 0.3  # far below `silence`, which each byte begins anew
    begin = time.monotonic()
    with pytest.raises(ModelError, match="gave less than 1024 bytes a second for 3 seconds"):
        fetched(server, tmp_path, replace(LIMITS, window=3.0))
    assert time.monotonic() - begin < 20


@pytest.mark.slow
def test_an_archive_that_comes_too_slowly_as_a_whole_is_given_up(server: RawServer, tmp_path: Path) -> None:
    server.answers = [[HEAD + b"\r\n", *[b"\0" * 3000] * 1000]]
    server.pause = 0.2
    with pytest.raises(ModelError, match="not there after 4 seconds") as caught:
        fetched(server, tmp_path, replace(LIMITS, window=2.0, patience=4.0))
    assert caught.value.passing


def test_what_is_not_wanted_any_more_is_ended_at_once(server: RawServer, tmp_path: Path) -> None:
    server.answers = [[HEAD + b"\r\n", *[b"0"] * 100]]
    server.pause = 0.3
    begin = time.monotonic()
    with pytest.raises(ModelError, match="another configuration came"):
        fetch_in_process(
            Archive(url=server.url, sha256=DIGEST),
            tmp_path,
            [],
            limits=LIMITS,
            unwanted=lambda: time.monotonic() - begin > 1,
        )
    assert time.monotonic() - begin < 10


def test_an_archive_that_needs_more_memory_than_there_may_be_ends_in_a_sentence(
    server: RawServer, tmp_path: Path
) -> None:
    server.answers = [[HEAD + b"\r\n", GOOD]]
    with pytest.raises(ModelError):  # Python alone needs more: it ends however it can
        fetched(server, tmp_path, replace(LIMITS, memory=20 * 1024**2))


# A `python3` that ends as no program of ours does.
DIES = {
    "kills itself": ("kill -KILL $$", "ended by SIGKILL"),
    "crashes": ("kill -SEGV $$", "ended by SIGSEGV"),
    "computes too long": ("kill -XCPU $$", "ended by SIGXCPU"),
    "ends as if all were well": ("exit 0", "ended with exit code 0"),
    "says what nobody understands": ("echo '[]'; echo '{\"event\": \"fetched\"}'; exit 0", "KeyError"),
}


@pytest.mark.parametrize("name", DIES)
def test_a_process_that_dies_of_anything_is_a_failure_that_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    script, sentence = DIES[name]
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    assert sentence in posted(tmp_path)


@pytest.mark.parametrize("error", [MemoryError, KeyboardInterrupt, SystemExit, RecursionError, ValueError])
def test_a_thread_that_dies_of_anything_is_a_failure_that_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: type[BaseException]
) -> None:
    def dies(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(archives_module, "fetch_in_process", dies)
    assert error.__name__ in posted(tmp_path)


def posted(folder: Path) -> str:
    """The first failure that is posted when a pipeline's archive is fetched."""
    found: list[Fetched] = []
    archives = Archives(folder, (), found.append)
    pipeline = Pipeline(id="P", archive=Archive(url="https://127.0.0.1:1/m.zip"), streams=())
    archives.fetch(pipeline)
    limit = time.monotonic() + 30
    while not found and time.monotonic() < limit:
        time.sleep(0.05)
    archives.give_up("P")
    assert found[0].error is not None
    assert found[0].pause > 0
    return str(found[0].error)


def test_reaping_what_is_nobodys_leaves_our_own_processes_their_exit_codes() -> None:
    ended: list[int] = []
    for _ in range(10):
        child_process.Child(["no-such-command"], "", take=lambda _: None, ended=ended.append)
    limit = time.monotonic() + 30
    while len(ended) < 10 and time.monotonic() < limit:
        child_process.end_orphans()
    assert ended == [2] * 10


def test_the_orders_of_a_fetch_stand_on_no_command_line(server: RawServer, tmp_path: Path) -> None:
    server.answers = [[HEAD + b"\r\n", *[b"0"] * 50]]
    server.pause = 0.2
    seen: list[str] = []

    def look() -> bool:
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                seen.append((folder / "cmdline").read_text(encoding="utf-8").replace("\0", " "))
        return len([line for line in seen if "azda_runtime fetch" in line]) > 1

    with pytest.raises(ModelError, match="another configuration"):
        fetch_in_process(Archive(url=server.url, sha256=DIGEST), tmp_path, [], limits=LIMITS, unwanted=look)
    assert not [line for line in seen if "t0ken" in line]


ASKS = """
import sys
from pathlib import Path
from azda_runtime.models import Limits
from azda_runtime.settings import Archive
from azda_runtime.supervisor.fetch_process import fetch_in_process
archive = Archive(url=sys.argv[1], sha256="0" * 64)
fetch_in_process(archive, Path(sys.argv[2]), [], limits=Limits(), unwanted=lambda: False)
"""


def test_a_fetch_ends_when_whoever_asked_for_it_is_killed(server: RawServer, tmp_path: Path) -> None:
    server.answers = [[HEAD + b"\r\n", *[b"0" * 2000] * 1000]]
    server.pause = 0.1
    asks = subprocess.Popen(
        [sys.executable, "-c", ASKS, server.url, str(tmp_path)],
        env={**os.environ, "PYTHONPATH": str(Path(child_process.__file__).parents[2])},
    )
    zip_file = tmp_path / "archive.zip"
    limit = time.monotonic() + 30
    while not zip_file.exists() and time.monotonic() < limit:
        time.sleep(0.05)
    fetching = [int(pid) for pid in processes("azda_runtime fetch") if parent(pid) == asks.pid]
    assert len(fetching) == 1
    asks.kill()
    asks.wait()
    while str(fetching[0]) in processes("azda_runtime fetch") and time.monotonic() < limit:
        time.sleep(0.05)
    assert str(fetching[0]) not in processes("azda_runtime fetch")


def processes(words: str) -> list[str]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if words in (folder / "cmdline").read_text(encoding="utf-8").replace("\0", " "):
                found.append(folder.name)
    return found


def parent(pid: str) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[1])
