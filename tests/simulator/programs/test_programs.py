"""DeepStream programs run unmodified: each is written as NVIDIA documents the pattern, and its output is checked."""

import subprocess
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


def test_a_detector_with_drawing_writes_a_video_that_plays(tmp_path: Path, run_program: Program, ball_video: Path) -> None:
    model = ball_models.coverage_detector(tmp_path / "ball.onnx", 360, 640)
    target = tmp_path / "out.mp4"
    seen = run_program("detector_osd.py", ball_video, configuration(tmp_path, model, DETECTOR), target)
    assert seen == {"frames": 60, "objects": 60}
    frames = decoded(target, 640, 360)
    assert len(frames) == 60
    blue = [(f[..., 2] > 120) & (f[..., 0] < 90) for f in frames]
    assert all(mask.sum() > 200 for mask in blue), "each frame has the blue box of the probe"
    assert all((f[10:40, 10:190] > 180).sum() > 100 for f in frames), "and the white text of the display metadata"


def test_a_cascade_gives_each_ball_one_id_and_its_colour(tmp_path: Path, run_program: Program) -> None:
    primary = configuration(
        tmp_path, ball_models.coverage_detector(tmp_path / "ball.onnx", 240, 320), DETECTOR, name="primary.txt"
    )
    (tmp_path / "labels.txt").write_text("red;green;blue\n")
    secondary = configuration(
        tmp_path,
        ball_models.colour_classifier(tmp_path / "colour.onnx", 24, 24),
        f"{PIXEL}\nnetwork-type=1\nprocess-mode=2\noperate-on-gie-id=1\nlabelfile-path=labels.txt\nclassifier-threshold=0.5\n",
        name="secondary.txt",
        unique_id=2,
    )
    tracking = tmp_path / "tracker.yml"
    tracking.write_text("%YAML:1.0\nTargetManagement:\n  probationAge: 0\n  maxShadowTrackingAge: 10\n")
    seen = run_program("cascade_tracker.py", primary, secondary, tracking)
    assert [(s["source"], s["frame"]) for s in seen] == [(source, frame) for frame in range(15) for source in range(2)]
    ids = {source: {s["id"] for s in seen if s["source"] == source} for source in (0, 1)}
    assert all(len(found) == 1 for found in ids.values())
    assert ids[0] != ids[1]
    labels = {source: {tuple(label) for s in seen if s["source"] == source for label in s["labels"]} for source in (0, 1)}
    assert labels == {0: {(2, "red", 0)}, 1: {(2, "blue", 2)}}
    assert all(str(s["id"]) in s["text"] for s in seen)


def test_many_sources_share_batches_and_become_tiles(tmp_path: Path, run_program: Program, ball_video: Path) -> None:
    model = ball_models.coverage_detector(tmp_path / "ball.onnx", 360, 640)
    uri = ball_video.as_uri()
    target = tmp_path / "tiles.mp4"
    seen = run_program("sources_tiler.py", configuration(tmp_path, model, DETECTOR), target, uri, uri, uri, uri)
    delivered = [tuple(frame[:2]) for batch in seen["batches"] for frame in batch]
    assert sorted(delivered) == [(source, frame) for source in range(4) for frame in range(60)], "no frame is lost"
    assert all([frame[3] for frame in batch] == list(range(len(batch))) for batch in seen["batches"])
    full = [boxes for boxes, batch in zip(seen["boxes"], seen["batches"], strict=True) if len(batch) == 4 and len({f[1] for f in batch}) == 1]
    assert full, "sources of one length stay together"
    for boxes in full[1:]:
        lefts, tops, widths = zip(*boxes, strict=True)
        assert len(boxes) == 4
        assert lefts[2] - lefts[0] == pytest.approx(320, abs=2)
        assert max(tops) - min(tops) == pytest.approx(180, abs=2)
        assert set(widths) <= {w for w in widths if w < 22}
    frames = decoded(target, 640, 360)
    assert len(frames) == len(seen["batches"])


def test_a_demultiplexer_gives_each_source_its_own_file(tmp_path: Path, run_program: Program) -> None:
    model = ball_models.coverage_detector(tmp_path / "ball.onnx", 240, 320)
    seen = run_program("demux_outputs.py", configuration(tmp_path, model, DETECTOR), tmp_path)
    assert seen == [[[0, n, 1] for n in range(10)], [[1, n, 1] for n in range(20)]]
    assert [len(decoded(tmp_path / f"out{index}.mp4", 320, 240)) for index in (0, 1)] == [10, 20]


def test_segmentation_masks_are_arrays_of_classes(tmp_path: Path, run_program: Program) -> None:
    model = ball_models.ball_segmenter(tmp_path / "seg.onnx", 120, 160)
    text = f"{PIXEL}\nnetwork-type=2\nnum-detected-classes=2\nsegmentation-threshold=0.5\n"
    seen = run_program("segmentation.py", configuration(tmp_path, model, text))
    assert len(seen) == 5
    assert {tuple(frame[:3]) for frame in seen} == {(2, 160, 120)}
    assert seen[0][3:] == [pytest.approx(80, abs=2), pytest.approx(60, abs=2)], "the ball starts in the middle"
    assert seen[-1][3:] != seen[0][3:]


def test_sources_come_and_go_while_the_pipeline_plays(tmp_path: Path, run_program: Program, ball_video: Path) -> None:
    model = ball_models.coverage_detector(tmp_path / "ball.onnx", 360, 640)
    seen = run_program("runtime_sources.py", configuration(tmp_path, model, DETECTOR), ball_video.as_uri())
    assert sorted(seen["ends"]) == [0, 1]
    for source in (0, 1):
        numbers = [frame for index, frame in seen["seen"] if index == source]
        assert numbers == list(range(60))


def test_metadata_of_the_programs_own_are_copied_with_the_buffer_and_released(run_program: Program) -> None:
    seen = run_program("custom_user_meta.py")
    assert seen["seen"] == [[n, f"frame {n}", n * 10 + 1] for n in range(5)], "the converter's buffer is a copy"
    assert set(seen["released"]) == set(range(5))


def decoded(path: Path, width: int, height: int) -> list[np.ndarray]:
    """All frames of a video file, by an independent decoder; uint8, (height, width, 3)."""
    done = subprocess.run(
        ["ffmpeg", "-v", "error", "-i", path, "-f", "rawvideo", "-pix_fmt", "rgb24", "-fps_mode", "passthrough", "-"],
        capture_output=True,
        check=True,
        timeout=60,
    )
    return list(np.frombuffer(done.stdout, np.uint8).reshape(-1, height, width, 3))
