"""`rtsp-simulator`: videos of a folder as cameras, watched by GStreamer's own client."""

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.simulate.conftest import wait_for
from tests.simulate.test_rtsp_access import ask, digest

pytestmark = pytest.mark.gstreamer

FRAMES = 20
WATCH = """
import json, sys
import gi
gi.require_version("Gst", "1.0")
from gi.repository import Gst
Gst.init(None)
address, login, protocol, count = sys.argv[1:]
source = f"rtspsrc location={address} latency=200 protocols={protocol} name=source"
rest = "! rtph264depay ! h264parse ! avdec_h264 max-threads=1 ! appsink name=out sync=false"
pipeline = Gst.parse_launch(f"{source} {rest}")
if login:
    user, _, password = login.partition(":")
    pipeline.get_by_name("source").set_property("user-id", user)
    pipeline.get_by_name("source").set_property("user-pw", password)
pipeline.set_state(Gst.State.PLAYING)
times = []
while len(times) < int(count):
    sample = pipeline.get_by_name("out").emit("pull-sample")
    if sample is None:
        break
    times.append(sample.get_buffer().pts)
pipeline.set_state(Gst.State.NULL)
print(json.dumps(times))
"""


class Simulator:
    """The server's process."""

    def __init__(self, environment: dict[str, str], folder: Path, *words: object, **variables: str) -> None:
        self.environment = environment
        self.state = folder / "state"
        self._log = folder / "log.txt"
        command = [sys.executable, "-m", "azda_runtime", "rtsp-simulator", "--port", "0", "--state", self.state]
        with self._log.open("ab") as log:
            self.child = subprocess.Popen(
                [*map(str, command), *map(str, words)],
                env={**environment, **variables},
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )

    @property
    def log(self) -> str:
        return self._log.read_text(encoding="utf-8")

    def addresses(self, count: int) -> list[str]:
        """The first lines of its answer."""
        assert self.child.stdout
        return [self.child.stdout.readline().strip() for _ in range(count)]

    def watch(self, address: str, count: int, *, login: str = "", protocol: str = "tcp") -> list[int]:
        """The times of so many pictures; fewer where the server ends or refuses."""
        words = [sys.executable, "-c", WATCH, address, login, protocol, str(count)]
        done = subprocess.run(words, env=self.environment, capture_output=True, text=True, timeout=120, check=True)
        times: list[int] = json.loads(done.stdout)
        return times

    def health(self) -> tuple[int, str]:
        words = [sys.executable, "-m", "azda_runtime", "health", "--state", str(self.state)]
        done = subprocess.run(words, env=self.environment, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout.strip()

    def close(self) -> None:
        self.child.kill()
        self.child.communicate()


@pytest.fixture(scope="module")
def videos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two videos, pictures out of order in them as encoders like it, and two that are none."""
    folder = tmp_path_factory.mktemp("videos")
    (folder / "a shop").mkdir()
    for name, container in (("door.mkv", "matroskamux"), ("a shop/till.mp4", "mp4mux")):
        text = f"videotestsrc num-buffers={FRAMES} pattern=ball ! video/x-raw,format=I420,width=160,height=90,"
        text += f"framerate=20/1 ! x264enc bframes=2 b-adapt=false key-int-max=10 ! h264parse ! {container} ! filesink"
        words = ["gst-launch-1.0", "-q", *text.split(), f'location="{folder / name}"']
        subprocess.run(words, check=True, timeout=120)
    (folder / "broken.mp4").write_bytes(b"no video")
    (folder / "notes.txt").write_text("no video either")
    return folder


@pytest.fixture
def start(runtime_environment: dict[str, str], tmp_path: Path) -> Iterator[Callable[..., Simulator]]:
    started: list[Simulator] = []

    def run(*words: object, **variables: str) -> Simulator:
        started.append(Simulator(runtime_environment, tmp_path, *words, **variables))
        return started[-1]

    yield run
    for each in started:
        each.close()


def test_each_video_has_a_path_and_goes_on_past_its_end_with_times_that_grow(
    start: Callable[..., Simulator], videos: Path
) -> None:
    server = start(videos, "--anonymous")
    shop, door = server.addresses(2)
    assert shop.endswith("/media/a%20shop/till.mp4")
    assert door.endswith("/media/door.mkv")

    for address, protocol in ((shop, "tcp"), (door, "udp")):
        times = server.watch(address, 3 * FRAMES, protocol=protocol)
        assert len(times) == 3 * FRAMES
        assert times == sorted(set(times)), times

    wait_for(lambda: "broken.mp4 cannot be served" in server.log)
    assert "ffmpeg -i broken.mp4" in server.log
    assert "notes.txt" not in server.log
    code, sentence = server.health()
    assert code == 1
    assert "broken.mp4" in sentence
    server.child.send_signal(signal.SIGTERM)
    assert server.child.wait(60) == 0


def test_the_password_of_a_secret_file_is_asked_for(
    start: Callable[..., Simulator], videos: Path, tmp_path: Path
) -> None:
    (tmp_path / "secret").write_text("only in the file\n")
    login = {"AZDA_RTSP_USERNAME": "testuser", "AZDA_RTSP_PASSWORD_FILE": str(tmp_path / "secret")}
    server = start(videos / "a shop", **login)
    [address] = server.addresses(1)

    assert status(address) == "401 Unauthorized"
    assert status(address, "testuser", "wrong") == "401 Unauthorized"
    assert status(address, "testuser", "only in the file") == "200 OK"
    assert len(server.watch(address, 5, login="testuser:only in the file")) == 5
    assert server.health() == (0, "The videos are served.")
    assert "only in the file" not in server.log


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (("nowhere", "--anonymous"), (2, "There is no folder")),
        ((".", "--anonymous"), (2, "holds no video")),
        (("VIDEOS",), (2, "No password is set")),
        (("VIDEOS", "--anonymous", "--certificate", "nowhere.pem"), (10, "certificate")),
    ],
)
def test_what_cannot_be_served_ends_in_a_sentence(
    start: Callable[..., Simulator],
    videos: Path,
    tmp_path: Path,
    words: tuple[str, ...],
    answer: tuple[int, str],
) -> None:
    (tmp_path / "empty").mkdir()
    places = {"nowhere": tmp_path / "nowhere", ".": tmp_path / "empty", "VIDEOS": videos / "a shop"}

    server = start(*(places.get(word, word) for word in words))

    assert server.child.wait(120) == answer[0], server.log
    assert answer[1] in server.log
    assert "Traceback" not in server.log


def status(address: str, user: str = "", password: str = "") -> str:
    """The status of DESCRIBE, after a login where a password is given."""
    answer = _describe(address, user, password)
    return answer.split("\r\n", 1)[0].removeprefix("RTSP/1.0 ")


def _describe(address: str, user: str, password: str) -> str:
    parts = urlsplit(address)
    with socket.create_connection((parts.hostname, parts.port), timeout=60) as client:
        answer = ask(client, address)
        return ask(client, address, digest(answer, address, password, user)) if password else answer
