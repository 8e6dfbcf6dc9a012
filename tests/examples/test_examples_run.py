"""The examples, run as their READMEs say: `validate-parser --run`, and `simulate` for a few frames."""

import json
import runpy
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnxruntime
import pytest
from typer.testing import CliRunner

from azdacli.cli.app import app
from tests.examples.conftest import EXAMPLES, Ready
from tests.project.references import REFERENCES, overlap
from tests.simulate.conftest import Answer, detections_in

NATIVE_HEADERS = Path(__file__).parents[1] / "simulator" / "native"
Simulate = Callable[..., Answer]
COLOURS = {"blue": (230, 20, 20), "green": (20, 230, 20), "red": (20, 20, 230)}


def first_message(folder: Path) -> dict[str, Any]:
    message: dict[str, Any] = json.loads((folder / "messages.jsonl").read_text(encoding="utf-8").splitlines()[0])
    return {each["type"]: each["detections"] for each in message["inferences"]}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["bodypose2d", "custom-vision/python", "face-landmarks", "ssd-mobilenet"])
def test_the_parser_is_run_without_a_finding(name: str, ready: Ready) -> None:
    example, _, inner = name.partition("/")
    done = CliRunner().invoke(app, ["validate-parser", str(ready(example) / inner), "--run", "--strict", "--json"])
    answer = json.loads(done.stdout)
    assert (done.exit_code, answer["ok"]) == (0, True), done.stdout
    assert answer["runs"][0]["calls"] > 100


@pytest.mark.gstreamer
@pytest.mark.parametrize(
    ("name", "objects"),
    [("bodypose2d", {}), ("face-landmarks", {"face": 3}), ("ssd-mobilenet", {"person": 3, "dog": 3})],
)
def test_a_few_frames_are_what_the_stand_in_makes_of_them(
    name: str, objects: dict[str, int], ready: Ready, simulate: Simulate, tmp_path: Path
) -> None:
    words = ("--source", "test:ball", "--seconds", "0.1", "--output", tmp_path, "--json")
    answer = simulate(ready(name), *words)
    assert answer.code == 0, answer.err
    assert answer.json["frames"] == 3
    assert {label: answer.json["objects"].get(label, 0) >= least for label, least in objects.items()} == dict.fromkeys(
        objects, True
    )
    assert all(parser["failures"] == 0 for parser in answer.json["parsers"].values())
    message = first_message(tmp_path)
    if name == "bodypose2d":
        (person,) = message["custom"][0]["poses"]
        cell = 8 / 0.6  # pixels of the frame
        assert np.subtract(person["nose"][:2], person["neck"][:2]) == pytest.approx([0, -3 * cell], abs=cell)
        assert len(person) == 18
    elif name == "face-landmarks":
        points = message["detection"][0]["customInfo"]
        assert points["LeftEye"][0] < points["Nose"][0] < points["RightEye"][0]
        assert points["Nose"][1] < points["LeftMouth"][1]


@pytest.mark.gstreamer
@pytest.mark.native
def test_a_library_and_python_read_the_same_from_custom_visions_model(
    ready: Ready, simulate: Simulate, tmp_path: Path
) -> None:
    picture = np.full((360, 640, 3), 15, np.uint8)
    for number, pixel in enumerate(COLOURS.values()):
        picture[100:200, 60 + 200 * number : 160 + 200 * number] = pixel
    assert cv2.imwrite(str(tmp_path / "squares.png"), picture)
    folder = tmp_path / "native"
    shutil.copytree(ready("custom-vision") / "amd64", folder)
    library = folder / "libnvdsinfer_custom_impl_Yolo_dp61_amd.so"
    source = EXAMPLES / "custom-vision" / "custom_vision.cpp"
    build = ["g++", "-shared", "-fPIC", "-O1", "-Wall", "-Werror", f"-I{NATIVE_HEADERS}", "-o", library, source]
    subprocess.run(list(map(str, build)), check=True, timeout=300)
    seen = []
    for assets in (folder, ready("custom-vision") / "python"):
        out = tmp_path / f"out-{assets.name}"
        answer = simulate(assets, "--source", tmp_path / "squares.png", "--output", out, "--json")
        assert answer.code == 0, answer.err
        seen.append(
            sorted(
                (each["label"], each["confidence"], *each["rect"]) for each in detections_in(out / "messages.jsonl")[0]
            )
        )
    assert {each[0] for each in seen[0]} == set(COLOURS)
    assert len(seen[0]) == len(seen[1])
    for one, other in zip(*seen, strict=True):
        assert one[0] == other[0]
        assert one[1:] == pytest.approx(other[1:], abs=2e-3)

    configuration = folder / "config_infer_custom_vision.txt"
    configuration.write_text(configuration.read_text().replace("num-detected-classes=3", "num-detected-classes=4"))
    answer = simulate(folder, "--source", tmp_path / "squares.png", "--output", tmp_path / "refused")
    assert answer.code != 0
    assert "the model has 3 classes, and num-detected-classes is 4" in answer.err


@pytest.fixture(scope="session")
def yolo() -> Path:
    """The example with its model and its photograph, fetched once into the user's cache."""
    cache = Path.home() / ".cache" / "azdacli-tests" / "yolo-example-1.6.1"
    if not (cache / "done").is_file():
        fetching = runpy.run_path(str(EXAMPLES / "yolo" / "fetch_model.py"))
        for each in (fetching["MODEL"], fetching["PICTURE"]):
            fetching["fetch"](cache, *each)
        (cache / "done").touch()
    return cache


@pytest.mark.gstreamer
@pytest.mark.models
def test_a_real_yolo_finds_the_characters_of_a_photograph(yolo: Path, simulate: Simulate, tmp_path: Path) -> None:
    assets = tmp_path / "custom-assets"
    shutil.copytree(EXAMPLES / "yolo" / "custom-assets", assets, ignore=shutil.ignore_patterns("*.onnx"))
    shutil.copy(yolo / "custom-assets" / "model.onnx", assets)
    done = CliRunner().invoke(app, ["validate-parser", str(assets), "--run", "--strict"])
    assert done.exit_code == 0, done.stdout
    shutil.copy(yolo / "page.png", tmp_path)
    answer = simulate(assets, "--source", tmp_path / "page.png", "--output", tmp_path / "out", "--json")
    assert answer.code == 0, answer.err
    found = detections_in(tmp_path / "out" / "messages.jsonl")[0]

    picture = cv2.imread(str(yolo / "page.png"))
    height, width = picture.shape[:2]
    scale = min(416 / width, 416 / height)
    canvas = np.zeros((416, 416, 3), np.float32)
    small = cv2.resize(picture, (int(width * scale), int(height * scale)))
    canvas[: small.shape[0], : small.shape[1]] = small
    session = onnxruntime.InferenceSession(assets / "model.onnx", providers=["CPUExecutionProvider"])
    (rows,) = session.run(None, {"images": canvas.transpose(2, 0, 1)[None]})
    sure = [box for box, _, score in REFERENCES["yolox"]({"output": rows[0]}, (416, 416)) if score > 0.4]
    assert len(sure) > 25
    # The pipeline's picture went through NV12, at an even height: which characters are near the threshold differs.
    boxes = [_corners(each["rect"], 416, 416 * height / width) for each in found]
    seen = [max(overlap(one, other) for other in boxes) > 0.4 for one in sure]
    assert sum(seen) >= 0.85 * len(seen)


def _corners(rect: list[float], width: float, height: float) -> tuple[float, float, float, float]:
    left, top, wide, high = rect
    return left * width, top * height, (left + wide) * width, (top + high) * height
