"""Cameras that are absent, late, gone or locked: the other streams go on, and they join when they come."""

import json
import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.simulate.conftest import wait_for

pytestmark = pytest.mark.gstreamer

PASSWORD = "s3 cret@home"
WRONG = "wr0ng pa@ss"
Start = Callable[..., "subprocess.Popen[str]"]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as trial:
        port: int = trial.getsockname()[1]
        return port


@pytest.fixture
def start(runtime_environment: dict[str, str]) -> Iterator[Start]:
    """Start a program of Python; what still runs at the end of the test is killed."""
    started: list[subprocess.Popen[str]] = []

    def run(*words: object, **files: Any) -> "subprocess.Popen[str]":
        child = subprocess.Popen([sys.executable, *map(str, words)], env=runtime_environment, text=True, **files)
        started.append(child)
        return child

    yield run
    for child in started:
        child.kill()
        child.wait()


class Runtime:
    """The runtime with some cameras at ports of this machine."""

    def __init__(self, start: Start, folder: Path, cameras: dict[str, tuple[int, str]]) -> None:
        self.messages, self.errors = folder / "messages.jsonl", folder / "errors.txt"
        sensors = [{"name": n, "endpoint": f"rtsp://127.0.0.1:{port}/door"} for n, (port, _) in cameras.items()]
        streams = [
            {"name": name, "configId": "Doors", "uname": "guard", "password": password}
            for name, (_, password) in cameras.items()
        ]
        options = {"frame": {"width": 320, "height": 180}, "messages": {"perSecond": 0}}
        deepstream = {"pipelineConfigs": [{"id": "Doors", "pipelineOptions": options}], "streams": streams}
        settings = folder / "settings.json"
        document = {"platform": "DeepStream", "components": {"sensors": sensors, "deepStream": deepstream}}
        document["components"]["deepStream"]["enable"] = True
        settings.write_text(json.dumps(document), encoding="utf-8")
        words = ["-m", "azda_runtime", "run", "--settings", settings, "--messages", self.messages]
        with self.errors.open("w") as errors:
            self.child = start(*words, stderr=errors)

    @property
    def frames(self) -> Counter[str]:
        """How many frames of each camera were told about."""
        lines = self.messages.read_text(encoding="utf-8").splitlines(keepends=True) if self.messages.is_file() else []
        reported = [json.loads(line) for line in lines if line.endswith("\n")]
        return Counter(each["sourceInfo"]["id"] for message in reported for each in message["inferences"])

    @property
    def log(self) -> list[str]:
        """What it told about its cameras."""
        return [line for line in self.errors.read_text(encoding="utf-8").splitlines() if "Doors: The camera " in line]

    def more(self, *names: str) -> None:
        """Wait for more frames of these cameras."""
        before = self.frames
        wait_for(lambda: all(self.frames[name] > before[name] + 5 for name in names))

    def end(self) -> None:
        self.child.send_signal(signal.SIGTERM)
        assert self.child.wait(timeout=60) == 0
        assert WRONG not in self.errors.read_text(encoding="utf-8")
        assert "pa%40ss" not in self.errors.read_text(encoding="utf-8")


@pytest.fixture
def camera(start: Start) -> Callable[[int], "subprocess.Popen[str]"]:
    """Switch a camera on."""
    return lambda port: start(Path(__file__).with_name("camera.py"), port, PASSWORD, stdout=subprocess.DEVNULL)


def test_a_camera_that_is_absent_at_the_start_joins_when_it_comes(
    start: Start, camera: Callable[[int], Any], tmp_path: Path
) -> None:
    ports = {"there": free_port(), "late": free_port()}
    camera(ports["there"])
    runtime = Runtime(start, tmp_path, {name: (port, PASSWORD) for name, port in ports.items()})
    runtime.more("there")
    wait_for(lambda: len(runtime.log) == 1)
    assert runtime.log[0].startswith("warning: Doors: The camera late sends no video: Could not ")
    assert runtime.frames["late"] == 0

    camera(ports["late"])
    runtime.more("there", "late")

    assert runtime.log[1:] == ["Doors: The camera late sends video now."]
    runtime.end()


def test_a_camera_that_goes_and_comes_back_is_connected_anew_while_the_other_goes_on(
    start: Start, camera: Callable[[int], Any], tmp_path: Path
) -> None:
    ports = {"stays": free_port(), "goes": free_port()}
    camera(ports["stays"])
    first = camera(ports["goes"])
    runtime = Runtime(start, tmp_path, {name: (port, PASSWORD) for name, port in ports.items()})
    runtime.more("stays", "goes")

    first.kill()
    first.wait()
    runtime.more("stays")
    wait_for(lambda: any("The camera goes sends no video" in line for line in runtime.log))
    runtime.more("stays")
    camera(ports["goes"])
    runtime.more("stays", "goes")

    assert runtime.log[-1] == "Doors: The camera goes sends video now."
    runtime.end()


def test_a_wrong_password_is_told_without_the_password_and_costs_that_camera_alone(
    start: Start, camera: Callable[[int], Any], tmp_path: Path
) -> None:
    ports = {"open": free_port(), "locked": free_port()}
    for port in ports.values():
        camera(port)
    runtime = Runtime(start, tmp_path, {"open": (ports["open"], PASSWORD), "locked": (ports["locked"], WRONG)})
    wait_for(lambda: len(runtime.log) > 0)
    runtime.more("open")
    wait_for(lambda: runtime.frames["open"] > 250)  # two attempts at least have failed meanwhile

    assert set(runtime.log) == {
        "warning: Doors: The camera locked sends no video: Unauthorized. The connection is retried."
    }
    assert runtime.frames["locked"] == 0
    runtime.end()
