"""What `publish` reads from the disk, as the kernel counts it."""

import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from support import runtimes
from support.registries import Registry

MODEL = 50_000_000
# Runs the words after it, and then tells what all that it waited for has read through file descriptors; what comes
# over sockets is received, not read, and so is not in it.
COUNTED = """
import subprocess, sys
done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL)
told = dict(line.split(": ") for line in open("/proc/self/io").read().splitlines())
print(told["rchar"])
sys.exit(done.returncode)
"""


class Publish:
    """The program as a user runs it; gives the bytes that it read."""

    def __init__(self, registry: Registry, folder: Path) -> None:
        self._folder = folder
        self._words = [
            *(sys.executable, "-c", COUNTED, sys.executable, "-m", "azdacli", "publish", "--auth", "anonymous"),
            *("--base", f"{registry.host}/azda-runtime:7.1", "--image", f"{registry.host}/pose:1"),
            *("--add", "./custom-assets /custom-assets"),
        ]

    def __call__(self) -> int:
        environment = {
            **os.environ,
            "AZDA_CACHE_DIR": str(self._folder / "cache"),
            "PYTHONPATH": str(Path(__file__).parents[2]),
        }
        done = subprocess.run(
            self._words, cwd=self._folder, env=environment, capture_output=True, text=True, check=False, timeout=120
        )
        assert done.returncode == 0, done.stderr
        return int(done.stdout)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    assets = tmp_path / "custom-assets"
    assets.mkdir()
    (assets / "parser.py").write_text("labels = ['person']\n")
    (assets / "model.onnx").write_bytes(random.Random(1).randbytes(MODEL))
    return assets / "model.onnx"


@pytest.mark.slow
def test_each_byte_of_a_changed_file_is_read_once_and_an_unchanged_one_is_not_read(
    registry: Callable[..., Registry], model: Path
) -> None:
    one = registry()
    runtimes.put_runtime(runtimes.connect(one.host).repository("azda-runtime", push=True), "7.1")
    publish = Publish(one, model.parent.parent)
    publish()

    model.write_bytes(random.Random(2).randbytes(MODEL))
    time.sleep(2.1)  # files that changed a moment ago are not remembered
    since = len(one.requests)
    assert MODEL <= publish() < 1.3 * MODEL
    assert MODEL < one.bytes_received(since) < 1.01 * MODEL, "and is sent once"

    since = len(one.requests)
    assert publish() < 0.3 * MODEL, "the program's own files"
    assert one.bytes_received(since) == 0

    (model.parent / "parser.py").write_text("labels = ['dog']\n")
    since = len(one.requests)
    assert publish() < 0.3 * MODEL, "another file's edit moves no byte of the model"
    assert one.bytes_received(since) < 64_000
