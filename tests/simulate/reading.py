"""The example that reads text, with its models; videos of known text; and what makes a detection right."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from support import tools

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "read-text"
TEXT = "AZDA 2026"
WIDTH, HEIGHT = 640, 360

_FETCHED = ("detector.onnx", "recogniser.onnx", "characters.txt")
_BRIGHT = 140
_IOU = 0.7

Box = tuple[float, float, float, float]


def assets_in(folder: Path) -> Path:
    """Put the example's folder with its models there; the models are fetched once into the user's cache."""
    cache = tools.cache_folder() / "read-text-1.4.4"
    if not all((cache / name).is_file() for name in _FETCHED):
        cache.mkdir(parents=True, exist_ok=True)
        subprocess.run([sys.executable, EXAMPLE / "fetch_models.py", cache], check=True)
    shutil.copytree(EXAMPLE / "custom-assets", folder, dirs_exist_ok=True)
    for name in _FETCHED:
        shutil.copy(cache / name, folder / name)
    return folder


def make_video(path: Path, frames: int, text: str = TEXT) -> Path:
    """Write a video in which a text moves."""
    subprocess.run([sys.executable, EXAMPLE / "make_video.py", path, text, str(frames)], check=True, env={**os.environ})
    return path


def pipeline(assets: Path, **options: Any) -> dict[str, Any]:
    """Both models as an azdaConfiguration names them; each frame has its message."""
    return {
        "id": "Reading",
        "primaryModelConfigPath": {
            "configFile": str(assets / "pgie_config.txt"),
            "pyFile": str(assets / "text_detector.py"),
        },
        "secondaryModelConfigPaths": {
            "configFile": str(assets / "sgie_config.txt"),
            "pyFile": str(assets / "text_reader.py"),
        },
        "pipelineOptions": {
            "frame": {"width": WIDTH, "height": HEIGHT},
            "messages": {"perSecond": 0},
            **options,
        },
    }


def configuration(pipeline: Mapping[str, Any], sensors: Sequence[Mapping[str, str]], **stream: str) -> dict[str, Any]:
    """A configuration in which each sensor feeds the pipeline."""
    streams = [{"name": sensor["name"], "configId": pipeline["id"], **stream} for sensor in sensors]
    deepstream = {"enable": True, "pipelineConfigs": [pipeline], "streams": streams}
    return {"platform": "DeepStream", "components": {"sensors": list(sensors), "deepStream": deepstream}}


def has_text(frame: np.ndarray) -> bool:
    """Whether any of the text is there: a stream that lost its first packets begins with grey frames."""
    return bool((frame.min(axis=2) > _BRIGHT).any())


def boxes_in(frames: Iterable[np.ndarray]) -> list[Box]:
    """Left, top, right and bottom of the white text in each frame, which shows it wholly."""
    boxes = []
    for frame in frames:
        rows, columns = np.nonzero(frame.min(axis=2) > _BRIGHT)
        boxes.append((float(columns.min()), float(rows.min()), float(columns.max() + 1), float(rows.max() + 1)))
    return boxes


def share_read(boxes: Sequence[Box], found: Sequence[Sequence[Mapping[str, Any]]], text: str = TEXT) -> float:
    """The part of the frames with a detection that says the text and has an IoU of 0.7 with its box at least."""
    good = [any(_fits(each, box, text) for each in reported) for box, reported in zip(boxes, found, strict=True)]
    return sum(good) / len(good)


def _fits(detection: Mapping[str, Any], truth: Box, text: str) -> bool:
    left, top, width, height = detection["rect"]
    box = (left * WIDTH, top * HEIGHT, (left + width) * WIDTH, (top + height) * HEIGHT)
    common = max(0.0, min(box[2], truth[2]) - max(box[0], truth[0])) * max(
        0.0, min(box[3], truth[3]) - max(box[1], truth[1])
    )
    whole = (box[2] - box[0]) * (box[3] - box[1]) + (truth[2] - truth[0]) * (truth[3] - truth[1]) - common
    return detection.get("customInfo") == text and common / whole >= _IOU
