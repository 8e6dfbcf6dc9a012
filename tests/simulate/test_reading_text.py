"""The example that reads text: real models, a primary and a secondary parser, text whose place and words are known."""

import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from support import tools

from tests.simulate.conftest import HEIGHT, ROOT, WIDTH, Answer, decoded, detections_in

pytestmark = [pytest.mark.gstreamer, pytest.mark.models]

EXAMPLE = ROOT / "examples" / "read-text"
TEXT, FRAMES = "AZDA 2026", 60
FETCHED = ("detector.onnx", "recogniser.onnx", "characters.txt")


@pytest.fixture(scope="module")
def assets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example's folder with its models, which are fetched once into the user's cache."""
    cache = tools.cache_folder() / "read-text-1.4.4"
    if not all((cache / name).is_file() for name in FETCHED):
        cache.mkdir(parents=True, exist_ok=True)
        subprocess.run([sys.executable, EXAMPLE / "fetch_models.py", cache], check=True)
    folder = tmp_path_factory.mktemp("read-text") / "custom-assets"
    shutil.copytree(EXAMPLE / "custom-assets", folder, dirs_exist_ok=True)
    for name in FETCHED:
        shutil.copy(cache / name, folder / name)
    return folder


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("text") / "text.mp4"
    subprocess.run([sys.executable, EXAMPLE / "make_video.py", path, TEXT, str(FRAMES)], check=True, env={**os.environ})
    return path


def test_text_is_found_where_it_is_and_read_right(
    simulate: Callable[..., Answer], assets: Path, video: Path, tmp_path: Path
) -> None:
    answer = simulate(assets, "--source", video, "--output", tmp_path, "--json")
    assert answer.code == 0, answer.err
    assert {Path(name).name for name in answer.json["parsers"]} == {"text_detector.py", "text_reader.py"}
    found = detections_in(tmp_path / "messages.jsonl")
    assert sorted(found) == list(range(FRAMES))

    boxes = [text_in(frame) for frame in decoded(video)]
    assert boxes[-1][0] - boxes[0][0] > 200, "the text moves"
    good = [number for number, truth in enumerate(boxes) if any(fits(each, truth) for each in found[number])]
    assert len(good) >= 0.95 * FRAMES

    assert len(decoded(tmp_path / "annotated.mp4")) == FRAMES


def test_the_tracker_gives_the_text_one_id(
    simulate: Callable[..., Answer], assets: Path, video: Path, tmp_path: Path
) -> None:
    answer = simulate(
        *(assets, "--source", video, "--tracker", "light", "--seconds", "1"), *("--output", tmp_path, "--json")
    )
    assert answer.code == 0, answer.err
    told = [each for detections in detections_in(tmp_path / "messages.jsonl").values() for each in detections]
    assert len(told) >= 20, "a tracker is silent about new objects for some frames"
    assert len({each["tracking_id"] for each in told}) == 1
    assert Counter(each.get("customInfo") for each in told).most_common(1)[0][0] == TEXT


def text_in(frame: np.ndarray) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of the white text in a frame."""
    rows, columns = np.nonzero(frame.min(axis=2) > 140)
    return float(columns.min()), float(rows.min()), float(columns.max() + 1), float(rows.max() + 1)


def fits(detection: dict[str, object], truth: tuple[float, float, float, float]) -> bool:
    """Whether a detection says the right words and its box has an IoU of 0.7 with the truth at least."""
    left, top, width, height = detection["rect"]  # type: ignore[misc] # JSON
    box = (left * WIDTH, top * HEIGHT, (left + width) * WIDTH, (top + height) * HEIGHT)
    common = max(0.0, min(box[2], truth[2]) - max(box[0], truth[0])) * max(
        0.0, min(box[3], truth[3]) - max(box[1], truth[1])
    )
    whole = (box[2] - box[0]) * (box[3] - box[1]) + (truth[2] - truth[0]) * (truth[3] - truth[1]) - common
    return detection.get("customInfo") == TEXT and common / whole >= 0.7
