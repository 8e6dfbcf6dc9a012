"""Runs `azdacli simulate` and the runtime as their users do, and looks at what they leave."""

import json
import os
import subprocess
import sys
import sysconfig
import textwrap
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

if TYPE_CHECKING:
    from tests.simulate.archives import ArchiveServer

ROOT = Path(__file__).parents[2]
ASSETS = ROOT / "examples" / "blob-detector" / "custom-assets"
DOCKER_BUILD = ROOT / "docker-build"
WIDTH, HEIGHT = 640, 360


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a program printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keeps GStreamer's list of plugins from one run to the next."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="session")
def simulate(cache: Path) -> Callable[..., Answer]:
    """Run `azdacli simulate`."""

    def run(*words: object, **environment: str) -> Answer:
        done = subprocess.run(
            [sys.executable, "-m", "azdacli", "simulate", *map(str, words)],
            capture_output=True,
            text=True,
            cwd=ROOT,
            env={**os.environ, "XDG_CACHE_HOME": str(cache), "COLUMNS": "100", **environment},
            timeout=120,
            check=False,
        )
        return Answer(code=done.returncode, out=done.stdout, err=done.stderr)

    return run


@pytest.fixture
def start_simulate(cache: Path) -> Iterator[Callable[..., "subprocess.Popen[str]"]]:
    """Start `azdacli simulate`, with the camera's password; it is killed at the end of the test."""
    started: list[subprocess.Popen[str]] = []

    def run(*words: object) -> "subprocess.Popen[str]":
        child = subprocess.Popen(
            [sys.executable, "-m", "azdacli", "simulate", *map(str, words)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={**os.environ, "XDG_CACHE_HOME": str(cache), "AZDA_CAMERA_PASSWORD": "s3 cret@home"},
        )
        started.append(child)
        return child

    yield run
    for child in started:
        child.terminate()
        child.communicate(timeout=20)


@pytest.fixture(scope="session")
def camera() -> Iterator[str]:
    """The address of a camera that shows a ball to the user guard with the password `s3 cret@home`."""
    with subprocess.Popen(
        [sys.executable, Path(__file__).with_name("camera.py")], stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout
        yield server.stdout.readline().strip()
        server.kill()


@pytest.fixture(scope="session")
def runtime_environment(cache: Path) -> dict[str, str]:
    """What an image for the CPU sets."""
    simulator = DOCKER_BUILD / "simulator"
    paths = [DOCKER_BUILD, simulator / "site-packages", sysconfig.get_path("purelib")]
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(map(str, paths)),
        "GST_PLUGIN_PATH": str(simulator / "plugins"),
        "GST_REGISTRY": str(cache / "runtime-registry.bin"),
    }


@pytest.fixture(scope="session")
def ball(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds of a moving ball, H.264 in MP4."""
    path = tmp_path_factory.mktemp("video") / "ball.mp4"
    words = f"videotestsrc num-buffers=60 pattern=ball ! video/x-raw,format=I420,width={WIDTH},height={HEIGHT},"
    words += f"framerate=30/1 ! x264enc bitrate=4000 ! h264parse ! mp4mux ! filesink location={path}"
    subprocess.run(["gst-launch-1.0", "-q", *words.split()], check=True, timeout=60)
    return path


@pytest.fixture
def archives(tmp_path: Path) -> "Iterator[ArchiveServer]":
    """A web server with a model archive; whom SSL_CERT_FILE tells of its certificate believes it."""
    from tests.simulate.archives import ArchiveServer, certified  # which imports this module

    server = ArchiveServer(certified(tmp_path))
    yield server
    server.close()


@pytest.fixture
def parser(tmp_path: Path) -> Callable[[str], Path]:
    """Write a detection parser; the function's body is given, `calls` counts from 1."""

    def write(body: str) -> Path:
        path = tmp_path / "custom_parser.py"
        head = 'import numpy as np\n\nmodel_type = 0\nname = "Custom"\nlabels = ["thing"]\ncalls = 0\n'
        code = "    global calls\n    calls += 1\n" + textwrap.indent(textwrap.dedent(body).strip(), "    ")
        path.write_text(f"{head}\n\ndef parse_det_model(config, raw_outputs):\n{code}\n", encoding="utf-8")
        return path

    return write


def decoded(path: Path, width: int = WIDTH, height: int = HEIGHT) -> np.ndarray:
    """A video's frames: uint8 (frames, height, width, 3), RGB."""
    words = f"filesrc location={path} ! qtdemux ! h264parse ! avdec_h264 ! videoconvert ! video/x-raw,format=RGB"
    done = subprocess.run(
        ["gst-launch-1.0", "-q", *words.split(), "!", "fdsink"], capture_output=True, check=True, timeout=60
    )
    return np.frombuffer(done.stdout, dtype=np.uint8).reshape(-1, height, width, 3)


def messages_in(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def detections_in(path: Path) -> dict[int, list[Any]]:
    """Frame number -> its detections."""
    reported = [inference for message in messages_in(path) for inference in message["inferences"]]
    return {each["sourceInfo"]["frameId"]: each["detections"] for each in reported if each["type"] == "detection"}


def wait_for(done: Callable[[], bool], seconds: int = 60, pause: float = 0.1) -> None:
    limit = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < limit
        time.sleep(pause)
