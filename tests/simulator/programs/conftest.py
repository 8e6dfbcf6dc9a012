"""Runs programs as their users do: in a process of their own, with the simulator's folders in the environment only."""

import json
import os
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
SIMULATOR = HERE.parents[2] / "docker-build" / "simulator"
pytest.importorskip("gi", reason="PyGObject belongs to the distribution's interpreter")


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What the image sets: where the plugins and `pyds` are."""
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
