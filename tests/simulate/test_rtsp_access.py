"""The live video is private: a password, TLS where there is a certificate, and bounds for those who only ask."""

import hashlib
import json
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.simulate.archives import certified
from tests.simulate.conftest import wait_for
from tests.simulate.serving import Served
from tests.simulate.test_rtsp_out import RARE_KEY_FRAMES, free_port, is_taken
from tests.simulate.test_serve import document, pipeline

pytestmark = pytest.mark.gstreamer

PASSWORD = "only those who know it"  # of these tests
MOST_MEMORY = 150 * 1000 * 1000
MOST_LINES = 10_000


class Server:
    """The server with a picture at /film."""

    def __init__(self, folder: Path, environment: dict[str, str], *words: object, **variables: str) -> None:
        self._log = folder / "log.txt"
        command = [sys.executable, "-m", "azda_runtime", "rtsp", "--port", "0", *map(str, words)]
        with self._log.open("ab") as log:
            self._child = subprocess.Popen(
                command,
                env={**environment, **variables},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert self._child.stdout
        self.reported: dict[str, Any] = json.loads(self._child.stdout.readline() or "{}")
        self.port = self.reported.get("port", 0)
        self._camera: subprocess.Popen[bytes] | None = None

    def film(self) -> None:
        """Serve a picture, and send it."""
        port = free_port()
        assert self._child.stdin
        self._child.stdin.write(json.dumps({"mounts": {"film": port}}) + "\n")
        self._child.stdin.flush()
        wait_for(lambda: is_taken(port))
        self._camera = subprocess.Popen(["gst-launch-1.0", "-q", *RARE_KEY_FRAMES.format(port=port).split()])

    @property
    def log(self) -> str:
        return self._log.read_text(encoding="utf-8")

    @property
    def memory(self) -> int:
        status = Path(f"/proc/{self._child.pid}/status").read_text(encoding="utf-8")
        return 1024 * int(re.findall(r"VmHWM:\s+(\d+)", status)[0])

    def lives(self) -> bool:
        return self._child.poll() is None

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=20)

    def describe(self, path: str, password: str | None = None) -> str:
        """The status of DESCRIBE, after a login where a password is given."""
        address = f"rtsp://127.0.0.1:{self.port}/{path}"
        with self.connect() as client:
            answer = ask(client, address)
            if password is not None:
                answer = ask(client, address, digest(answer, address, password))
        return answer.split("\r\n", 1)[0].removeprefix("RTSP/1.0 ")

    def plays(self, scheme: str = "rtsp", *words: str) -> bool:
        """Whether GStreamer's own client shows three frames."""
        source = f"rtspsrc location={scheme}://127.0.0.1:{self.port}/film latency=50 user-id=viewer"
        rest = "! rtph264depay ! h264parse ! avdec_h264 max-threads=1 ! identity eos-after=3 ! fakesink"
        command = ["gst-launch-1.0", "-q", *source.split(), *words, *rest.split()]
        return subprocess.run(command, capture_output=True, timeout=60, check=False).returncode == 0

    def code(self) -> int:
        return self._child.wait(30)

    def close(self) -> None:
        for each in (self._camera, self._child):
            if each is not None:
                each.kill()
                each.communicate()


def ask(client: socket.socket, address: str, authorization: str = "") -> str:
    client.sendall(f"DESCRIBE {address} RTSP/1.0\r\nCSeq: 1\r\n{authorization}\r\n".encode())
    return client.recv(8192).decode()


def digest(answer: str, address: str, password: str, user: str = "viewer") -> str:
    """The header that answers a challenge (RFC 2617 without qop)."""
    realm, nonce = (re.findall(f'{name}="(.*?)"', answer)[0] for name in ("realm", "nonce"))

    def md5(text: str) -> str:
        return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()

    response = md5(f"{md5(f'{user}:{realm}:{password}')}:{nonce}:{md5(f'DESCRIBE:{address}')}")
    fields = {"username": user, "realm": realm, "nonce": nonce, "uri": address, "response": response}
    return "Authorization: Digest " + ", ".join(f'{key}="{value}"' for key, value in fields.items()) + "\r\n"


Start = Callable[..., Server]


@pytest.fixture
def start(runtime_environment: dict[str, str], tmp_path: Path) -> Iterator[Start]:
    started: list[Server] = []

    def run(*words: object, **variables: str) -> Server:
        started.append(Server(tmp_path, runtime_environment, *words, **variables))
        return started[-1]

    yield run
    for each in started:
        each.close()


def test_only_who_knows_the_password_sees_a_picture_or_learns_that_there_is_one(start: Start) -> None:
    server = start(AZDA_RTSP_PASSWORD=PASSWORD)
    server.film()
    wait_for(lambda: server.describe("film", PASSWORD) == "200 OK")

    assert [server.describe(path) for path in ("film", "never-named", "")] == ["401 Unauthorized"] * 3
    assert [server.describe("film", wrong) for wrong in ("", "wrong", PASSWORD + " ")] == ["401 Unauthorized"] * 3
    assert server.describe("never-named", PASSWORD) == "404 Not Found"
    assert server.plays("rtsp", f"user-pw={PASSWORD}", "protocols=tcp")
    assert server.plays("rtsp", f"user-pw={PASSWORD}", "protocols=udp")
    assert not server.plays("rtsp", "user-pw=wrong", "protocols=tcp")
    assert (server.reported["address"], server.reported["username"]) == (f"rtsp://127.0.0.1:{server.port}/", "viewer")
    assert PASSWORD not in server.log


def test_a_password_is_made_up_once_and_kept_for_its_owner_alone(start: Start, tmp_path: Path) -> None:
    file = tmp_path / "rtsp-password"
    first = start("--generate", file)
    password = file.read_text(encoding="utf-8").strip()
    second = start("--generate", file)

    assert len(password) >= 20
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.read_text(encoding="utf-8").strip() == password
    for server in (first, second):
        server.film()
        wait_for(lambda server=server: server.describe("film", password) == "200 OK")
        assert password not in server.log


def test_a_secret_file_and_a_name_are_taken(start: Start, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text(f"{PASSWORD}\n", encoding="utf-8")
    server = start(AZDA_RTSP_PASSWORD_FILE=str(secret))
    server.film()
    wait_for(lambda: server.describe("film", PASSWORD) == "200 OK")


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({}, "No password is set for the live video."),
        ({"AZDA_RTSP_PASSWORD_FILE": "/nowhere/x"}, 'The password file "/nowhere/x" cannot be read: No such file'),
        ({"AZDA_RTSP_PASSWORD": "two\nlines"}, "The password for the live video cannot be used."),
        (
            {"AZDA_RTSP_PASSWORD": "x", "AZDA_RTSP_USERNAME": "a:b"},
            "The user name of AZDA_RTSP_USERNAME cannot be used.",
        ),
        (
            {"AZDA_RTSP_PASSWORD": "x", "AZDA_RTSP_CERTIFICATE": "/nowhere/x"},
            "The certificate /nowhere/x cannot be used",
        ),
    ],
)
def test_without_a_password_that_works_nothing_is_served(start: Start, variables: dict[str, str], message: str) -> None:
    server = start(**variables)
    assert server.reported["event"] == "failed"
    assert server.reported["message"].startswith(message)
    assert server.code() == 10


def test_with_a_certificate_pictures_travel_over_tls_alone(start: Start, tmp_path: Path) -> None:
    file = certified(tmp_path)
    server = start("--certificate", file, AZDA_RTSP_PASSWORD=PASSWORD)
    server.film()
    login = (f"user-pw={PASSWORD}", "tls-validation-flags=0")
    wait_for(lambda: server.plays("rtsps", *login))

    assert server.reported["address"] == f"rtsps://127.0.0.1:{server.port}/"
    assert not server.plays("rtsp", *login, "protocols=tcp")
    assert not server.plays("rtsps", *login, "protocols=udp")  # RTP beside the connection would be readable
    assert not server.plays("rtsps", "user-pw=wrong", "tls-validation-flags=0")


@pytest.mark.parametrize("words", [["--anonymous"], []], ids=["anonymous", "password"])
def test_who_asks_without_end_fills_neither_memory_nor_log_and_keeps_nobody_out(start: Start, words: list[str]) -> None:
    server = start(*words, AZDA_RTSP_PASSWORD=PASSWORD)
    server.film()
    wait_for(lambda: server.describe("film", None if words else PASSWORD) == "200 OK")
    ours = []
    for _ in range(1349):
        client = server.connect()
        client.settimeout(1)
        ours.append(client)
        try:
            ask(client, f"rtsp://127.0.0.1:{server.port}/film")
        except OSError:
            continue  # it was cut off, or waits
    wait_for(lambda: server.plays("rtsp", f"user-pw={PASSWORD}", "protocols=tcp"), 20)
    for client in ours:
        client.close()
    assert server.memory < MOST_MEMORY
    assert len(server.log) < MOST_LINES
    assert server.lives()


def sent(client: socket.socket, data: bytes) -> bool:
    try:
        client.sendall(data)
    except OSError:
        return False
    return True


HOSTILE = {
    "requests without end": b"DESCRIBE rtsp://h/film RTSP/1.0\r\nCSeq: 1\r\n\r\n",
    "headers without end": b"X-Header: " + b"x" * 500 + b"\r\n",
    "a line without end": b"x" * 4096,
    "a body without end": b"y" * 65536,
    "empty lines": b"\r\n" * 1000,
    "half a frame": b"$\x00\xff\xff" + b"z" * 1000,
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_one_connection_that_never_ends_fills_neither_memory_nor_log(start: Start, kind: str) -> None:
    server = start(AZDA_RTSP_PASSWORD=PASSWORD)
    server.film()
    wait_for(lambda: server.describe("film", PASSWORD) == "200 OK")
    head = {"a body without end": b"OPTIONS * RTSP/1.0\r\nCSeq: 1\r\nContent-Length: 2000000000\r\n\r\n"}
    head["headers without end"] = b"OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n"
    end, cut = time.monotonic() + 8, 0
    client = server.connect()
    client.settimeout(2)
    client.sendall(head.get(kind, b""))
    while time.monotonic() < end and cut < 200:
        if not sent(client, HOSTILE[kind] * 8):
            cut += 1
            client.close()
            client = server.connect()
            client.settimeout(2)
    client.close()
    assert server.describe("film", PASSWORD) == "200 OK"
    assert server.memory < MOST_MEMORY
    assert len(server.log) < MOST_LINES


def test_so_many_watch_at_once(start: Start) -> None:
    server = start("--watchers", 2, "--anonymous")
    server.film()
    wait_for(lambda: server.describe("film") == "200 OK")
    clients = [server.connect() for _ in range(3)]
    address = f"rtsp://127.0.0.1:{server.port}/film"
    reported = []
    for client in clients:
        ask(client, address)
        setup = f"SETUP {address}/stream=0 RTSP/1.0\r\nCSeq: 2\r\nTransport: RTP/AVP/TCP;interleaved=0-1\r\n\r\n"
        client.sendall(setup.encode())
        reported.append(client.recv(4096).split(b"\r\n")[0].decode())
    for client in clients:
        client.close()
    assert reported == ["RTSP/1.0 200 OK"] * 2 + ["RTSP/1.0 503 Service Unavailable"]


def children(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for each in found for child in each.read_text(encoding="utf-8").split()]


def test_serve_keeps_pictures_on_this_machine_and_the_password_from_parsers(
    runtime_environment: dict[str, str], tmp_path: Path, ball: Path
) -> None:
    port = free_port()
    served = Served(tmp_path, {**runtime_environment, "AZDA_RTSP_USERNAME": "guard"})
    served.configure(document(ball, pipeline("One")))
    served.start("--rtsp-port", port)
    try:
        worker = served.wait_until("One", "playing")["pid"]
        served.wait(lambda: f"live video at rtsp://127.0.0.1:{port}/" in served.log)
        password = (served.state_folder / "rtsp-password").read_text(encoding="utf-8").strip()
        listening = subprocess.run(["ss", "-Hltn"], capture_output=True, text=True, check=True).stdout
        assert [line.split()[3] for line in listening.splitlines() if line.split()[3].endswith(f":{port}")] == [
            f"127.0.0.1:{port}"
        ]
        address = f"rtsp://127.0.0.1:{port}/one"
        with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
            answer = ask(client, address)
            assert answer.startswith("RTSP/1.0 401")
            assert ask(client, address, digest(answer, address, password, "guard")).startswith("RTSP/1.0 ")
        assert b"AZDA_RTSP" not in Path(f"/proc/{worker}/environ").read_bytes()
        everything = served.log + json.dumps(served.state)
        for process in (worker, served.pid, *children(served.pid)):
            everything += Path(f"/proc/{process}/cmdline").read_text(encoding="utf-8")
        assert password not in everything
        assert served.peak < MOST_MEMORY
    finally:
        served.stop()
        served.clean()
