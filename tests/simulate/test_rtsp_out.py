"""`python3 -m azda_runtime rtsp`: one server, all pictures, several watchers."""

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.simulate.conftest import wait_for
from tests.simulate.test_run import pipeline, settings

pytestmark = pytest.mark.gstreamer

WIDTH, HEIGHT = 320, 180
Start = Callable[..., "subprocess.Popen[str]"]
# A picture with one key frame at its beginning and none ever after, every thirtieth of a second.
RARE_KEY_FRAMES = (
    "videotestsrc is-live=true pattern=ball ! video/x-raw,width=320,height=180,framerate=30/1 "
    "! x264enc tune=zerolatency speed-preset=ultrafast key-int-max=100000 ! h264parse ! rtph264pay pt=96 "
    "! udpsink host=127.0.0.1 port={port}"
)


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as trial:
        trial.bind(("127.0.0.1", 0))
        port: int = trial.getsockname()[1]
        return port


@pytest.fixture
def run(runtime_environment: dict[str, str]) -> Iterator[Start]:
    """Start a program; what still runs at the end of the test is killed."""
    started: list[subprocess.Popen[str]] = []

    def start(*words: object) -> "subprocess.Popen[str]":
        child = subprocess.Popen(
            list(map(str, words)),
            env=runtime_environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(child)
        return child

    yield start
    for child in started:
        child.kill()
        child.communicate()


class Server:
    """The server, as the supervisor has it."""

    def __init__(self, child: "subprocess.Popen[str]") -> None:
        self.child = child
        assert child.stdout
        self.listening: dict[str, Any] = json.loads(child.stdout.readline())
        self.port = self.listening["port"]

    def serve(self, mounts: dict[str, int]) -> None:
        self.write(json.dumps({"mounts": mounts}))

    def write(self, line: str) -> None:
        assert self.child.stdin
        self.child.stdin.write(f"{line}\n")
        self.child.stdin.flush()

    def answers(self, path: str) -> bool:
        """Whether DESCRIBE finds a picture."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as client:
            address = f"rtsp://127.0.0.1:{self.port}/{path}"
            client.sendall(f"DESCRIBE {address} RTSP/1.0\r\nCSeq: 1\r\nAccept: application/sdp\r\n\r\n".encode())
            status = client.recv(4096).split(b"\r\n")[0]
        assert status in {b"RTSP/1.0 200 OK", b"RTSP/1.0 404 Not Found"}
        return b"200" in status


@pytest.fixture
def server(run: Start) -> Server:
    """A server on a port that the system chose."""
    return Server(run(sys.executable, "-m", "azda_runtime", "rtsp", "--port", 0, "--anonymous"))


@pytest.fixture
def watch(run: Start, server: Server) -> Start:
    """Watch a picture until so many frames of it were decoded, or for ever."""

    def start(path: str, frames: int = 0, protocol: str = "tcp", into: str = "/dev/null") -> "subprocess.Popen[str]":
        end = f"! identity eos-after={frames}" if frames else ""
        words = f"rtspsrc location=rtsp://127.0.0.1:{server.port}/{path} protocols={protocol} latency=50 "
        words += f"! rtph264depay ! h264parse ! avdec_h264 max-threads=1 {end} "
        return run("gst-launch-1.0", "-q", *f"{words} ! filesink buffer-mode=unbuffered location={into}".split())

    return start


@pytest.fixture
def film(run: Start, server: Server) -> Callable[..., int]:
    """Serve a picture, together with others; the port where it is sent to is answered."""

    def start(path: str, **others: int) -> int:
        port = free_port()
        server.serve({path: port, **others})
        wait_for(lambda: is_taken(port))
        run("gst-launch-1.0", "-q", *RARE_KEY_FRAMES.format(port=port).split())
        wait_for(lambda: server.answers(path))
        return port

    return start


@pytest.fixture
def balls(run: Start, ball: Path, tmp_path: Path) -> int:
    """A pipeline that plays; the port where its picture is sent to."""
    port = free_port()
    recorder = Path(__file__).with_name("recorder.py")
    file = settings(tmp_path, {"ball": ball}, pipeline("Balls 1"))
    run(sys.executable, recorder, file, tmp_path / "cache", "--loop", "--rtp-port", port)
    return port


def is_taken(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as trial:
        try:
            trial.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def sees(watcher: "subprocess.Popen[str]") -> bool:
    _, log = watcher.communicate(timeout=240)
    assert log == ""
    return watcher.returncode == 0


def test_the_first_line_says_where_it_listens(server: Server) -> None:
    address = f"rtsp://127.0.0.1:{server.port}/"
    assert server.listening == {"event": "listening", "port": server.port, "address": address}
    assert server.port > 0


def test_the_end_of_standard_input_is_a_good_end(server: Server) -> None:
    out, log = server.child.communicate(timeout=30)

    assert (server.child.returncode, out, log) == (0, "", "")


def test_sigterm_is_a_good_end(server: Server) -> None:
    server.child.send_signal(signal.SIGTERM)

    assert server.child.wait(timeout=30) == 0


def test_a_port_that_is_taken_is_one_sentence_that_names_it(run: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        child = run(sys.executable, "-m", "azda_runtime", "rtsp", "--port", port, "--anonymous")
        out, log = child.communicate(timeout=30)

    assert child.returncode == 10
    sentence, hint = log.splitlines()
    assert sentence == f"error: The RTSP server cannot listen on 127.0.0.1:{port}: Address already in use."
    assert json.loads(out) == {"event": "failed", "message": sentence.removeprefix("error: ")}
    assert hint.startswith("hint: ")


@pytest.mark.parametrize("protocol", ["tcp", "udp"])
def test_a_pipeline_is_watched_by_two_at_once(server: Server, watch: Start, balls: int, protocol: str) -> None:
    server.serve({"balls 1": balls})
    wait_for(lambda: server.answers("balls-1"))

    watchers = [watch("balls-1", 15, protocol) for _ in range(2)]

    assert [sees(each) for each in watchers] == [True, True]


def test_who_comes_late_gets_a_picture_though_no_key_frame_comes_any_more(
    watch: Start, film: Callable[..., int]
) -> None:
    film("film")
    first = watch("film", 60)
    assert sees(first)

    assert [sees(each) for each in (watch("film", 5), watch("film", 5, "udp"))] == [True, True]


def test_a_picture_that_is_not_there_yet_is_not_found(server: Server) -> None:
    server.serve({"absent": free_port()})

    assert not server.answers("absent")
    assert not server.answers("never-named")


def test_a_mount_that_is_removed_ends_its_watchers_and_nobody_elses(
    server: Server, watch: Start, film: Callable[..., int], tmp_path: Path
) -> None:
    first = film("one")
    second = film("two", one=first)
    seen = {name: tmp_path / name for name in ("one", "two")}
    watchers = {name: watch(name, into=str(path)) for name, path in seen.items()}
    wait_for(lambda: all(path.is_file() and path.stat().st_size > 0 for path in seen.values()))

    server.serve({"two": second})

    watchers["one"].communicate(timeout=240)
    assert not server.answers("one")
    before = seen["two"].stat().st_size
    wait_for(lambda: seen["two"].stat().st_size > 10 * WIDTH * HEIGHT + before)
    assert watchers["two"].poll() is None
    assert server.child.poll() is None


def test_a_mount_that_stays_is_not_touched_and_one_that_moves_is_served_from_its_new_port(
    server: Server, watch: Start, film: Callable[..., int], tmp_path: Path
) -> None:
    port = film("one")
    seen = tmp_path / "seen"
    watcher = watch("one", into=str(seen))
    wait_for(lambda: seen.is_file() and seen.stat().st_size > 0)

    for _ in range(10):
        server.serve({"one": port})
        before = seen.stat().st_size
        wait_for(lambda before=before: seen.stat().st_size > before)
    assert watcher.poll() is None

    film("one")
    watcher.communicate(timeout=240)
    assert sees(watch("one", 10))


def test_watchers_that_come_and_go_leave_nothing_behind(server: Server, watch: Start, film: Callable[..., int]) -> None:
    film("film")
    assert sees(watch("film", 3))
    files = Path(f"/proc/{server.child.pid}/fd")
    wait_for(lambda: len(list(files.iterdir())) < 100)
    before = len(list(files.iterdir()))

    for _ in range(5):
        assert sees(watch("film", 3))

    wait_for(lambda: len(list(files.iterdir())) <= before + 4)


def test_a_line_that_is_wrong_is_told_and_changes_nothing(server: Server) -> None:
    server.write("{")
    server.write('{"mounts": {"a": 0}}')
    _, log = server.child.communicate(timeout=30)

    assert server.child.returncode == 0
    assert [line for line in log.splitlines() if line.startswith("error:")] == [
        "error: The line is not JSON.",
        'error: The mount "a" has no port.',
    ]


def test_a_port_that_others_receive_on_costs_that_picture_alone(server: Server) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port, free = taken.getsockname()[1], free_port()
        server.serve({"taken": port, "free": free})
        wait_for(lambda: is_taken(free))
        _, log = server.child.communicate(timeout=30)

    assert server.child.returncode == 0
    assert log == f"error: /taken is not served: The port {port} for the video is in use.\n"
