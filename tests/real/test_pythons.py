"""The wheel on every Python that this machine offers, from 3.10 on: it installs, its verbs run, and so does a model."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "blob-detector" / "custom-assets"
VERSIONS = [f"3.{minor}" for minor in range(10, 15)]
# What the simulator computes with, without GStreamer: the packages import, and OpenCV takes numpy's arrays.
COMPUTE = """
import sys
sys.path.insert(0, sys.argv[1])
import cv2, numpy as np, onnxruntime, PIL.Image
from simulator.drawing import tiling
from simulator.inference import engine, preprocess
from simulator.tracking import tracker
session = onnxruntime.InferenceSession(sys.argv[2], providers=["CPUExecutionProvider"])
shape = [1 if isinstance(side, str) else side for side in session.get_inputs()[0].shape]
frame = cv2.resize(np.full((90, 160), 255, np.float32), (shape[3], shape[2]))
print(session.run(None, {session.get_inputs()[0].name: np.broadcast_to(frame, shape).copy()})[0].shape)
print(np.__version__, cv2.__version__)
"""

pytestmark = pytest.mark.pythons


def interpreters() -> dict[str, str]:
    """Version -> interpreter, of PATH and of pyenv."""
    found = {}
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    for version in VERSIONS:
        named = shutil.which(f"python{version}")
        kept = sorted(pyenv.glob(f"{version}.*/bin/python"))
        for candidate in [*map(str, kept), *([named] if named else [])]:
            asked = subprocess.run([candidate, "-c", "import ensurepip"], capture_output=True, check=False)
            if asked.returncode == 0:
                found[version] = candidate
                break
    return found


FOUND = interpreters()


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT]
    subprocess.run(build, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


def output(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout[-1000:]}\n{done.stderr[-2000:]}"
    return done.stdout


def minor(version: str) -> int:
    return int(version.partition(".")[2])


@pytest.mark.parametrize("version", sorted(FOUND, key=minor))
def test_the_wheel_installs_and_its_verbs_run(wheel: Path, tmp_path: Path, version: str) -> None:
    environment = tmp_path / "environment"
    output(FOUND[version], "-m", "venv", environment, cwd=tmp_path)
    python, azdacli = environment / "bin" / "python", environment / "bin" / "azdacli"
    output(python, "-m", "pip", "install", "--quiet", f"{wheel}[simulator]", cwd=tmp_path)
    output(python, "-m", "pip", "check", cwd=tmp_path)
    assert output(azdacli, "--version", cwd=tmp_path).startswith("azdacli ")
    output(azdacli, "validate-parser", EXAMPLE, cwd=tmp_path)
    text = output(azdacli, "create", "--device-type", "Jetson", "--no-build-image", cwd=tmp_path)
    assert "\nFROM " in text
    options = ("--image", "example.azurecr.io/pose:1", "--device-type", "Jetson", "--inspect", "none", "--output", "-")
    stream = ("--stream", "door=rtsp://camera/live", "--pipeline", "id=pose,config=/a/pgie.txt")
    assert '"modulesContent"' in output(azdacli, "gen-manifest", *options, *stream, cwd=tmp_path)
    bundled = next((environment / "lib").glob("python3*/site-packages/azdacli/_bundled/docker-build"))
    computed = output(python, "-c", COMPUTE, bundled, next(EXAMPLE.glob("*.onnx")), cwd=tmp_path)
    numpy, opencv = computed.splitlines()[-1].split()
    new = int(version.partition(".")[2]) > 12
    assert numpy.startswith("2.") if new else numpy.startswith("1.26.")
    assert not opencv.startswith(("4.10.", "4.11.")), "CVE-2025-53644"
