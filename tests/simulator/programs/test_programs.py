"""DeepStream programs run unmodified: each is written as NVIDIA documents the pattern, and its output is checked."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.simulator import ball_models
import numpy as np
import pytest

pytestmark = pytest.mark.gstreamer

Program = Callable[..., Any]
PIXEL = "net-scale-factor=0.00392156862745098"
DETECTOR = f"{PIXEL}\nnum-detected-classes=1\ncluster-mode=4\n[class-attrs-all]\npre-cluster-threshold=0.5\n"
TENSORS = f"{PIXEL}\nnetwork-type=100\noutput-tensor-meta=1\n"


def configuration(folder: Path, model: Path, text: str, *, name: str = "config.txt", unique_id: int = 1) -> Path:
    """An nvinfer configuration for a model."""
    path = folder / name
    path.write_text(f"[property]\ngie-unique-id={unique_id}\nbatch-size=2\nonnx-file={model}\n{text}", encoding="utf-8")
    return path


def ball_in(picture: np.ndarray) -> list[int]:
    """Left, top, width and height of what is bright in a picture of shape (height, width, channels)."""
    rows, columns = np.nonzero(picture[..., :3].max(axis=2) > 127)
    return [
        int(columns.min()),
        int(rows.min()),
        int(columns.max() - columns.min() + 1),
        int(rows.max() - rows.min() + 1),
    ]


def test_raw_tensors_parsed_with_ctypes_become_objects_of_the_frame(tmp_path: Path, run_program: Program) -> None:
    model = ball_models.box_finder(tmp_path / "boxes.onnx", 240, 320)
    seen = run_program("tensor_parsing.py", configuration(tmp_path, model, TENSORS))
    assert seen["layers"] == [["boxes", "NvDsInferDataType.FLOAT", 1]]
    assert [box[0] for box in seen["boxes"]] == list(range(20))
    assert {box[5] for box in seen["boxes"]} == {"ball 1.00"}
    assert all(36 <= box[3] <= 40 and 36 <= box[4] <= 40 for box in seen["boxes"])
    centres = [(box[1] + box[3] / 2, box[2] + box[4] / 2) for box in seen["boxes"]]
    assert len(set(centres)) == 20, "the ball moves"


def test_pixels_written_in_a_probe_are_what_the_elements_behind_it_see(tmp_path: Path, run_program: Program) -> None:
    model = ball_models.coverage_detector(tmp_path / "ball.onnx", 240, 320)
    seen = run_program("image_redaction.py", configuration(tmp_path, model, DETECTOR), tmp_path)
    assert len(seen) == 10
    assert all(white == 0 for _, white in seen), "the balls are painted over"
    kept = [np.load(tmp_path / f"stream_{index}.npy") for index in range(2)]
    assert [frame.shape for frame in kept] == [(240, 320, 4)] * 2
    width, height = ball_in(kept[0])[2:]
    assert seen[0][0] == pytest.approx(2 * width * height, rel=0.1)
