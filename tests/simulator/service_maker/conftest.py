"""Programs for Service Maker's Python API, each in a process of its own with nothing but the simulator's folders."""

import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.simulator import tiny_models

CONFIGURATION = """
[property]
gie-unique-id=1
onnx-file=blobs.onnx
net-scale-factor=0.00392156862745098
num-detected-classes=2
labelfile-path=labels.txt
cluster-mode=2
batch-size=1
[class-attrs-all]
pre-cluster-threshold=0.5
"""


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A detector of bright squares with its configuration, and a video of a ball."""
    made = tmp_path_factory.mktemp("service-maker")
    tiny_models.blob_detector(made / "blobs.onnx", width=320, height=240)
    (made / "labels.txt").write_text("red\nblue\n")
    (made / "detector.txt").write_text(CONFIGURATION)
    words = "videotestsrc num-buffers=12 pattern=ball ! video/x-raw,format=I420,width=320,height=240,framerate=30/1 ! "
    words += f"x264enc speed-preset=ultrafast ! h264parse ! mp4mux ! filesink location={made / 'ball.mp4'}"
    plain = {name: value for name, value in os.environ.items() if not name.startswith("GST_")}
    subprocess.run(["gst-launch-1.0", "-q", *words.split()], check=True, env=plain, timeout=120)
    return made


@pytest.fixture
def run(environment: dict[str, str], folder: Path, tmp_path: Path) -> Callable[..., Any]:
    """Run a program's text in the folder with detector and video.

    Args:
        text: The program; `answer` is what it prints as JSON at last.
        fails: Whether it must end with another exit code than 0; the answer is then what it wrote to stderr.
    """

    def call(text: str, *, fails: bool = False, **variables: str) -> Any:
        program = tmp_path / "program.py"
        head = "import json, sys\nfrom pyservicemaker import *\nanswer = None\n"
        program.write_text(head + textwrap.dedent(text) + "\nprint(json.dumps(answer))\n")
        done = subprocess.run(
            [sys.executable, str(program)],
            cwd=folder,
            env={**environment, **variables},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        if fails:
            assert done.returncode, done.stdout
            return done.stderr
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    return call
