"""The parsers of the examples: checked as they ship, and on tensors whose answer is known."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from azda_runtime.parsers.builtin import built_in
from azda_runtime.parsers.caller import load_primary, load_secondary
from azda_runtime.parsers.failures import ParserFailure
from azda_runtime.parsers.frame_config import Scaling

from azdacli import parser_check
from tests.examples.conftest import EXAMPLES, Ready
from tests.runtime.test_builtin_parsers import STANDING, moved, pose_layers

FRAME = (640, 360)
NATIVE = ("amd64", "arm64")
FOLDERS = {
    "bodypose2d": ("",),
    "custom-vision": ("python", *NATIVE),
    "face-landmarks": ("",),
    "ssd-mobilenet": ("",),
}
# The user brings these: weights of NVIDIA's, of a project on Custom Vision, of TensorFlow; what is built for a device.
BROUGHT = ("model.onnx", "model.etlt", "int8_calibration_288_384.txt", "face.onnx", "landmarks.onnx", "libnvdsinfer")


def found(folder: Path, **options: Any) -> list[str]:
    return [f.message for f in parser_check.check([folder], **options).findings if f.severity.value != "note"]


@pytest.mark.parametrize("name", FOLDERS)
def test_with_its_stand_in_an_example_passes_the_checker(name: str, ready: Ready) -> None:
    for inner in FOLDERS[name]:
        left = [one for one in found(ready(name) / inner) if inner not in NATIVE or "libnvdsinfer" not in one]
        assert left == []


@pytest.mark.parametrize("folder", ["bodypose2d", "custom-vision", "face-landmarks", "ssd-mobilenet", "yolo"])
def test_as_it_ships_an_example_misses_what_its_user_brings_and_nothing_else(folder: str) -> None:
    messages = found(EXAMPLES / folder / "custom-assets")
    assert messages
    unexpected = [one for one in messages if not any(f"there is no '{name}" in one for name in BROUGHT)]
    assert unexpected in ([], ["DeepStream 7.1 takes no .etlt models any more"])
    assert 8 <= len((EXAMPLES / folder / "README.md").read_text(encoding="utf-8").splitlines()) <= 16


def test_poses_are_those_of_the_built_in_parser() -> None:
    """Two decodings that share no line find the same joints; the example's are in pixels of the frame."""
    layers = pose_layers(moved(STANDING, 0.25, 0.8), moved(STANDING, 0.72, 0.7))
    parser = load_primary(EXAMPLES / "bodypose2d" / "custom-assets" / "body_pose_parser.py", Scaling())
    data, message = parser.interpret(FRAME, layers, (384, 288))
    _, wanted = built_in("bodypose2d").interpret(FRAME, layers)
    assert len(data) == len(message["poses"]) == 2
    mine, theirs = (
        sorted(poses, key=lambda one: one["neck"][0])
        for poses in (message["poses"], [each["joints"] for each in wanted["poses"]])
    )
    for person, other in zip(mine, theirs, strict=True):
        assert set(person) == set(other)
        for joint, (x, y, _) in person.items():  # a peak is a cell; the built-in parser also looks between cells
            assert (x / FRAME[0], y / FRAME[1]) == pytest.approx(other[joint][:2], abs=0.6 / 36), joint


def test_a_letterbox_is_taken_from_the_pose(tmp_path: Path) -> None:
    parser = load_primary(
        EXAMPLES / "bodypose2d" / "custom-assets" / "body_pose_parser.py", Scaling(keep_ratio=True, symmetric=True)
    )
    _, message = parser.interpret(FRAME, pose_layers(STANDING), (384, 288))
    # 640 x 360 become 384 x 216 with 36 rows of padding above.
    x, y = STANDING["neck"]
    assert message["poses"][0]["neck"][:2] == pytest.approx([x * 384 / 0.6, (y * 288 - 36) / 0.6], abs=8)


def test_nobody_is_found_where_nothing_is() -> None:
    parser = load_primary(EXAMPLES / "bodypose2d" / "custom-assets" / "body_pose_parser.py")
    for value in (0.0, np.nan):
        layers = {name: np.full_like(plane, value) for name, plane in pose_layers(STANDING).items()}
        assert parser.interpret(FRAME, layers, (384, 288)) == (None, None)


def yolo_v2(layer: Any, network: tuple[int, int]) -> list[tuple[int, float, list[float]]]:
    """YOLOv2's definition, one cell after the other."""
    anchors = [(0.573, 0.677), (1.87, 2.06), (3.34, 5.47), (7.88, 3.53), (9.77, 9.17)]
    planes, rows, columns = layer.shape
    results = []
    for row in range(rows):
        for column in range(columns):
            for number, (wide, high) in enumerate(anchors):
                x, y, w, h, sure, *classes = map(
                    float, layer.reshape(5, planes // 5, rows, columns)[number, :, row, column]
                )
                powers = [math.exp(one) for one in classes]
                score = max(powers) / sum(powers) / (1 + math.exp(-sure))
                centre = (column + 1 / (1 + math.exp(-x))), (row + 1 / (1 + math.exp(-y)))
                size = math.exp(w) * wide, math.exp(h) * high
                low = [(c - s / 2) * n / g for c, s, n, g in zip(centre, size, network, (columns, rows), strict=True)]
                high_ = [(c + s / 2) * n / g for c, s, n, g in zip(centre, size, network, (columns, rows), strict=True)]
                if score >= 0.3:
                    results.append((powers.index(max(powers)), score, [*low, *high_]))
    return results


def test_custom_visions_head_is_decoded_as_yolo_v2_is_defined(ready: Ready) -> None:
    generator = np.random.default_rng(4)
    layer = generator.normal(0, 1, (40, 13, 13)).astype(np.float32)
    layer.reshape(5, 8, 13, 13)[:, 4] -= 6
    for number in range(6):  # boxes that are far from each other, so that none suppresses another
        layer.reshape(5, 8, 13, 13)[0, 4, 2 * number, 2 * number] = 4
        layer.reshape(5, 8, 13, 13)[0, 5 + number % 3, 2 * number, 2 * number] = 5
    parser = load_primary(ready("custom-vision") / "python" / "custom_vision_parser.py", Scaling())
    got = parser.detect((416, 416), {"model_outputs0": layer}, (416, 416))
    wanted = yolo_v2(layer, (416, 416))
    assert len(wanted) == len(got) == 6
    for (class_id, score, corners), n in zip(
        sorted(wanted, key=lambda one: -one[1]), np.argsort([-s for s in got.scores]), strict=True
    ):
        left, top, right, bottom = np.clip(corners, 0, 416)
        assert (got.class_ids[n], got.scores[n]) == (class_id, pytest.approx(score, abs=1e-4))
        assert got.boxes[n].tolist() == pytest.approx([left, top, right - left, bottom - top], abs=1e-4)


def test_a_model_with_another_number_of_classes_is_refused(ready: Ready) -> None:
    parser = load_primary(ready("custom-vision") / "python" / "custom_vision_parser.py")
    with pytest.raises(ParserFailure, match=r"the model has 4 classes, and labels.txt names 3"):
        parser.detect(FRAME, {"model_outputs0": np.zeros((45, 13, 13), np.float32)}, (416, 416))


def test_the_ssd_keeps_one_box_of_each_object_and_says_how_many() -> None:
    boxes = np.array([[0.25, 0.5, 0.75, 1], [0.25, 0.5, 0.76, 1], [0.25, 0.5, 0.75, 1], [0, 0, 1, 1]], np.float32)
    layers = {
        "num_detections:0": np.array([3], np.float32),
        "detection_scores:0": np.array([0.9, 0.8, 0.7, 0.99], np.float32),
        "detection_classes:0": np.array([1, 1, 18, 1], np.float32),
        "detection_boxes:0": boxes,
    }
    got = load_primary(EXAMPLES / "ssd-mobilenet" / "custom-assets" / "ssd_parser.py").detect(FRAME, layers)
    assert got.labels == ("person", "dog")
    assert got.boxes.tolist() == [[320, 90, 320, 180]] * 2
    assert got.message == "Number of objects detected: 2"


def test_the_points_of_a_face_are_named() -> None:
    parser = load_secondary(EXAMPLES / "face-landmarks" / "custom-assets" / "landmarks_parser.py")
    assert parser.gie_unique_id == 3
    message = parser.parse(FRAME, {"landmarks": np.arange(10, dtype=np.float32) / 10})
    assert message == {
        "LeftEye": [0.0, 0.1],
        "RightEye": [0.2, 0.3],
        "Nose": [0.4, 0.5],
        "LeftMouth": [0.6, 0.7],
        "RightMouth": [0.8, 0.9],
    }
    assert parser.parse(FRAME, {"landmarks": np.full(10, np.nan, np.float32)}) is None
    with pytest.raises(ParserFailure, match="five points are ten numbers"):
        parser.parse(FRAME, {"landmarks": np.zeros(8, np.float32)})
