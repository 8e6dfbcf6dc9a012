"""`azdacli simulate`: what a parser does on real video, with no GPU and no Docker."""

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from jsonschema import Draft202012Validator

from tests.simulate.conftest import (
    ASSETS,
    DOCKER_BUILD,
    HEIGHT,
    WIDTH,
    Answer,
    decoded,
    detections_in,
    messages_in,
    wait_for,
)

pytestmark = pytest.mark.gstreamer

Simulate = Callable[..., Answer]
Write = Callable[[str], Path]
SCHEMA = DOCKER_BUILD / "azda_runtime" / "schemas" / "inference-message-0.1.json"
# The model answers for cells of this many pixels: its boxes cannot be finer.
CELL = (WIDTH / 16, HEIGHT / 16)
BOX = "np.array([[10.0, 20.0, 64.0, 36.0]])"


def bright(frame: np.ndarray) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of what is bright in a frame."""
    rows, columns = np.nonzero(frame.max(axis=2) > 127)
    return float(columns.min()), float(rows.min()), float(columns.max() + 1), float(rows.max() + 1)


def overlap(a: tuple[float, ...], b: tuple[float, ...]) -> float:
    """Intersection over union of two boxes as left, top, right, bottom."""
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    common = max(0.0, width) * max(0.0, height)
    return common / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - common)


def box_of(detection: Any) -> tuple[float, float, float, float]:
    left, top, width, height = detection["rect"]
    return left * WIDTH, top * HEIGHT, (left + width) * WIDTH, (top + height) * HEIGHT


@pytest.fixture(scope="module")
def example(simulate: Simulate, ball: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Answer, Path]:
    output = tmp_path_factory.mktemp("example")
    return simulate(ASSETS, "--source", ball, "--output", output, "--json"), output


def test_the_example_finds_the_ball_in_each_frame(example: tuple[Answer, Path], ball: Path) -> None:
    answer, output = example
    assert (answer.code, answer.err) == (0, "")
    truth = [bright(frame) for frame in decoded(ball)]
    found = detections_in(output / "messages.jsonl")
    assert sorted(found) == list(range(60))
    assert all(len(detections) == 1 for detections in found.values())
    overlaps = [overlap(box_of(found[number][0]), box) for number, box in enumerate(truth)]
    # A ball of 40 pixels in cells of 40 x 22.5 of which the dim ones do not count.
    assert min(overlaps) > 0.25
    assert np.mean(overlaps) > 0.45
    centres = [np.abs(np.subtract(centre(box_of(found[number][0])), centre(box))) for number, box in enumerate(truth)]
    assert (np.array(centres) <= CELL).all(), "and never more than a cell away"


def centre(box: tuple[float, ...]) -> tuple[float, float]:
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def test_each_message_is_as_the_schema_says(example: tuple[Answer, Path]) -> None:
    validator = Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
    found = messages_in(example[1] / "messages.jsonl")
    assert len(found) == 60
    for message in found:
        validator.validate(message)


def test_the_parsers_own_message_is_in_the_messages(example: tuple[Answer, Path]) -> None:
    reported = [
        inference["detections"][0]
        for message in messages_in(example[1] / "messages.jsonl")
        for inference in message["inferences"]
        if inference["type"] == "custom"
    ]
    assert len(reported) == 60
    assert all(0.3 < each["brightest"] <= 1.0 for each in reported)


def test_the_picture_has_all_frames_with_a_red_box_at_the_ball(example: tuple[Answer, Path], ball: Path) -> None:
    frames = decoded(example[1] / "annotated.mp4").astype(int)
    assert len(frames) == 60
    for frame, truth in zip(frames, decoded(ball), strict=True):
        rows, columns = np.nonzero((frame[..., 0] > 120) & (frame[..., 1] < 90) & (frame[..., 2] < 90))
        assert rows.size > 60
        left, top, right, bottom = bright(truth)
        assert left - CELL[0] <= columns.mean() <= right + CELL[0]
        assert top - CELL[1] <= rows.mean() <= bottom + CELL[1]


def test_the_summary_counts_frames_objects_and_the_parsers_time(example: tuple[Answer, Path]) -> None:
    reported = example[0].json
    assert (reported["frames"], reported["objects"], reported["messages"]) == (60, {"blob": 60}, 60)
    assert reported["frameSize"] == [WIDTH, HEIGHT]
    (parser,) = reported["parsers"].values()
    assert (parser["calls"], parser["failures"]) == (60, 0)
    assert parser["slowestMilliseconds"] >= parser["meanMilliseconds"] > 0
    assert reported["failure"] is None


def test_a_test_video_needs_no_file_and_the_table_is_the_answer(simulate: Simulate, tmp_path: Path) -> None:
    answer = simulate(ASSETS, "--source", "test:ball:1", "--output", tmp_path)
    assert answer.code == 0, answer.err
    assert answer.out.startswith("frames    30 of 640 x 360 pixels")
    assert "\nobjects   blob: 30\n" in answer.out
    assert "\nerrors    0\n" in answer.out


def test_an_image_becomes_an_annotated_image(simulate: Simulate, tmp_path: Path) -> None:
    image = tmp_path / "still.png"
    words = "videotestsrc num-buffers=1 pattern=ball ! video/x-raw,width=320,height=240 ! pngenc ! filesink"
    subprocess.run(["gst-launch-1.0", "-q", *words.split(), f"location={image}"], check=True, timeout=60)
    answer = simulate(ASSETS, "--source", image, "--output", tmp_path / "out", "--json")
    assert answer.code == 0, answer.err
    assert (answer.json["frames"], answer.json["frameSize"]) == (1, [320, 240])
    assert (tmp_path / "out" / "annotated.png").read_bytes().startswith(b"\x89PNG")


def test_a_parser_that_raises_on_each_seventh_frame_costs_those_frames_only(
    simulate: Simulate, ball: Path, parser: Write, tmp_path: Path
) -> None:
    body = f"""
        if calls % 7 == 0:
            raise ValueError("seventh")
        return {BOX}, np.array([0]), np.array([0.5]), None
        """
    answer = simulate(ASSETS, "--parser", parser(body), "--source", ball, "--output", tmp_path, "--json")
    assert answer.code == 4
    assert (answer.json["frames"], answer.json["objects"]) == (60, {"thing": 52})
    found = detections_in(tmp_path / "messages.partial.jsonl")
    assert [number for number, each in found.items() if not each] == [6, 13, 20, 27, 34, 41, 48, 55]
    assert answer.err.count("ValueError: seventh\n") == 2, "one line with its traceback, not eight"
    assert 'custom_parser.py", line' in answer.err
    assert "azda_runtime" not in answer.err
    assert len(decoded(tmp_path / "annotated.partial.mp4")) == 60
    assert not (tmp_path / "annotated.mp4").exists(), "it takes no name of a run that went well"


BREACHES = {
    f"{BOX} * np.nan, np.array([0]), np.array([0.5]), None": "not finite",
    f"{BOX}, np.array([0.0]), np.array([0.5]), None": "labels holds float64",
    f"{BOX}[0], np.array([0]), np.array([0.5]), None": "shape (4,) where (N, 4) is needed",
    f"{BOX}, np.array([0])": "returned 2 values where 4 are needed",
    f"{BOX}, np.array([7]), np.array([0.5]), None": "class id 7 of box 0 has no label; ids are 0 to 0.",
    "raw_outputs['hat'], None, None, None": "no output layer 'hat'; it has 'heat'",
    "exit(3)": "SystemExit: 3",
}


def test_whatever_breaks_the_contract_is_told_and_the_video_goes_on(
    simulate: Simulate, parser: Write, tmp_path: Path
) -> None:
    lines = [f"if calls % {len(BREACHES)} == {n}:\n    return {value}" for n, value in enumerate(BREACHES)]
    path = parser("\n".join(lines))
    answer = simulate(ASSETS, "--parser", path, "--source", "test:ball:1", "--output", tmp_path, "--json")
    assert answer.code == 4
    assert (answer.json["frames"], answer.json["objects"], answer.json["messages"]) == (30, {}, 30)
    assert answer.json["parsers"][str(path)]["failures"] == 30
    reasons = list(answer.json["parsers"][str(path)]["reasons"])
    for reported in BREACHES.values():
        assert [reason for reason in reasons if reported in reason], reported
        assert reported in answer.err
    assert "\nhint: Convert them with .astype(int).\n" in answer.err
    assert len(decoded(tmp_path / "annotated.partial.mp4")) == 30


def test_boxes_outside_of_the_frame_are_clipped_or_left_out(simulate: Simulate, parser: Write, tmp_path: Path) -> None:
    body = """
        boxes = [[-50, -20, 100, 40], [600, 300, 1e9, 1e9], [5000, 5000, 10, 10]]
        return np.array(boxes), np.array([0, 0, 0]), np.array([0.1, 0.2, 0.3]), None
        """
    answer = simulate(ASSETS, "--parser", parser(body), "--source", "test:ball:1", "--output", tmp_path, "--json")
    assert answer.code == 0, answer.err
    for detections in detections_in(tmp_path / "messages.jsonl").values():
        boxes = [tuple(round(side) for side in box_of(each)) for each in detections]
        assert boxes == [(0, 0, 50, 20), (600, 300, 640, 360)], "in the parser's own order"


def test_a_parser_may_print_and_keep_its_arrays(simulate: Simulate, parser: Write, tmp_path: Path) -> None:
    body = """
        print("hello from frame", calls)
        kept = globals().setdefault("kept", [])
        kept.append(raw_outputs["heat"])
        sums = [float(heat.sum()) for heat in kept]
        return np.zeros((0, 4)), np.zeros(0, int), np.zeros(0), {"first": sums[0], "dtype": str(kept[0].dtype)}
        """
    answer = simulate(ASSETS, "--parser", parser(body), "--source", "test:ball:1", "--output", tmp_path, "--json")
    assert answer.code == 0, answer.err
    assert "hello from frame 30" in answer.err
    reported = [m["inferences"][0]["detections"][0] for m in messages_in(tmp_path / "messages.jsonl")]
    assert {each["dtype"] for each in reported} == {"float32"}
    assert len({each["first"] for each in reported}) == 1, "the first frame's array stays what it was"


def test_a_parser_that_hangs_ends_the_run_in_time_and_shows_where(
    simulate: Simulate, parser: Write, tmp_path: Path
) -> None:
    path = parser("while True:\n    pass")
    answer = simulate(
        ASSETS, "--parser", path, "--source", "test:ball:1", "--output", tmp_path, "--parser-timeout", "1"
    )
    assert answer.code == 4
    assert f"{path}: The parser did not return within 1 seconds" in answer.err
    assert 'custom_parser.py", line' in answer.err


def test_a_parser_that_ends_the_process_does_not_end_ours(simulate: Simulate, parser: Write, tmp_path: Path) -> None:
    answer = simulate(
        ASSETS, "--parser", parser("import os\nos._exit(3)"), "--source", "test:ball:1", "--output", tmp_path
    )
    assert answer.code == 4
    assert "error: the pipeline's process ended with exit code 3 in the middle of the video\n" in answer.err
    assert "Traceback" not in answer.err


def test_a_parser_that_crashes_is_told_with_its_signal(simulate: Simulate, parser: Write, tmp_path: Path) -> None:
    path = parser("import ctypes\nctypes.string_at(0)")
    answer = simulate(ASSETS, "--parser", path, "--source", "test:ball:1", "--output", tmp_path)
    assert answer.code == 4
    assert "was killed by signal 11" in answer.err


def test_a_parser_that_cannot_be_loaded_is_told_before_the_video(simulate: Simulate, tmp_path: Path) -> None:
    path = tmp_path / "broken.py"
    path.write_text("import not_there_at_all\n", encoding="utf-8")
    answer = simulate(ASSETS, "--parser", path, "--source", "test:ball:1", "--output", tmp_path)
    assert answer.code == 4
    assert "ModuleNotFoundError: No module named 'not_there_at_all'" in answer.err
    assert "runtime" not in answer.err


def test_a_camera_is_simulated_for_as_long_as_asked(simulate: Simulate, camera: str, tmp_path: Path) -> None:
    answer = simulate(
        *(ASSETS, "--source", camera, "--username", "guard", "--seconds", "2", "--output", tmp_path, "--json"),
        AZDA_CAMERA_PASSWORD="s3 cret@home",
    )
    assert answer.code == 0, answer.err
    assert answer.json["frames"] >= 20
    assert answer.json["frameSize"] == [320, 180]
    assert "cret" not in answer.err + answer.out
    assert len(decoded(tmp_path / "annotated.mp4", 320, 180)) >= 20


def test_a_wrong_password_is_one_clear_error(simulate: Simulate, camera: str, tmp_path: Path) -> None:
    answer = simulate(
        *(ASSETS, "--source", camera, "--username", "guard", "--output", tmp_path), AZDA_CAMERA_PASSWORD="wrong-one"
    )
    assert answer.code == 10
    assert "cannot be opened: Unauthorized" in answer.err
    assert "wrong-one" not in answer.err


def test_ctrl_c_ends_in_order_with_the_summary(start_simulate: Any, camera: str, tmp_path: Path) -> None:
    child = start_simulate(ASSETS, "--source", camera, "--username", "guard", "--output", tmp_path)
    messages = tmp_path / "messages.partial.jsonl"
    wait_for(lambda: messages.is_file() and messages.read_text(encoding="utf-8").count("\n") > 20)
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=20)
    assert child.returncode == 0, err
    assert out.startswith("frames ")
    assert len(decoded(tmp_path / "annotated.mp4", 320, 180)) >= 20


def test_ctrl_c_before_the_pipeline_can_stop_in_order_blames_no_parser(start_simulate: Any, tmp_path: Path) -> None:
    python = tmp_path / "python"  # in the place of an interpreter that has not come so far as to heed SIGTERM
    python.write_text(
        f'#!/bin/sh\n[ "$1" = -m ] && touch {tmp_path}/started && exec sleep 60\nexec {sys.executable} "$@"\n'
    )
    python.chmod(0o755)
    child = start_simulate(ASSETS, "--source", ASSETS / "blob.onnx", "--output", tmp_path, "--python", python)
    wait_for((tmp_path / "started").is_file)
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=20)
    assert (child.returncode, out, err) == (130, "", "interrupted\n")


def test_a_folder_that_cannot_be_written_is_told_before_anything_starts(simulate: Simulate, tmp_path: Path) -> None:
    (tmp_path / "messages.jsonl").mkdir()
    answer = simulate(ASSETS, "--source", "test:ball:1", "--output", tmp_path)
    assert answer.code == 3
    assert f"error: nothing can be written to '{tmp_path}': Is a directory\n" in answer.err


def test_a_camera_that_is_not_there_is_one_clear_error(simulate: Simulate, tmp_path: Path) -> None:
    answer = simulate(
        *(ASSETS, "--source", "rtsp://127.0.0.1:9/door", "--username", "guard", "--output", tmp_path),
        AZDA_CAMERA_PASSWORD="s3cret",
    )
    assert answer.code == 10
    assert "error: rtsp://***@127.0.0.1:9/door cannot be opened" in answer.err
    assert "s3cret" not in answer.err + answer.out


def test_a_file_that_is_no_video_is_one_clear_error(simulate: Simulate, tmp_path: Path) -> None:
    path = tmp_path / "notes.mp4"
    path.write_text("not a video", encoding="utf-8")
    answer = simulate(ASSETS, "--source", path, "--output", tmp_path)
    assert answer.code == 10
    assert answer.err.startswith("error: ")
    assert "notes.mp4 " in answer.err
    assert "Traceback" not in answer.err


def test_a_model_that_is_missing_is_one_clear_error(simulate: Simulate, tmp_path: Path) -> None:
    config = tmp_path / "config.txt"
    config.write_text("[property]\ngie-unique-id=1\nonnx-file=gone.onnx\nnetwork-type=100\n", encoding="utf-8")
    answer = simulate(config, "--source", "test:ball:1", "--output", tmp_path)
    assert answer.code == 10
    assert f"error: primary: The model file {tmp_path}/gone.onnx does not exist\nhint: " in answer.err
    assert answer.out == "", "nothing came of it"


def test_a_model_whose_outputs_nobody_reads_is_warned_of(simulate: Simulate, tmp_path: Path) -> None:
    for name in ("pgie_config.txt", "blob.onnx", "labels.txt"):
        shutil.copy(ASSETS / name, tmp_path)
    answer = simulate(tmp_path, "--source", "test:ball:1", "--output", tmp_path / "out", "--tracker", "light")
    assert answer.code == 0
    assert "pgie_config.txt has network-type=100 and no parser" in answer.err
    assert "DeepStream's light tracker" in answer.err


@pytest.mark.parametrize("tensors", [True, False], ids=["raw outputs", "no raw outputs"])
def test_a_served_model_is_told_from_its_configuration_and_gives_raw_outputs_when_that_asks_for_them(
    simulate: Simulate, tmp_path: Path, tensors: bool
) -> None:
    version = tmp_path / "models" / "blob" / "1"
    version.mkdir(parents=True)
    shutil.copy(ASSETS / "blob.onnx", version / "model.onnx")
    (version.parent / "config.pbtxt").write_text(
        'name: "blob"\nplatform: "onnxruntime_onnx"\nmax_batch_size: 0\n'
        'input [ { name: "input" data_type: TYPE_FP32 dims: [ 1, 3, 64, 64 ] } ]\n'
        'output [ { name: "heat" data_type: TYPE_FP32 dims: [ 1, 1, 16, 16 ] } ]\n',
        encoding="utf-8",
    )
    config = tmp_path / "pgie.txt"
    config.write_text(
        "infer_config { unique_id: 1 gpu_ids: [0] max_batch_size: 1\n"
        '  backend { triton { model_name: "blob" version: -1 model_repo { root: "./models" } } }\n'
        "  preprocess { network_format: IMAGE_FORMAT_RGB tensor_order: TENSOR_ORDER_LINEAR\n"
        "    normalize { scale_factor: 0.00392156862745098 } }\n"
        "  postprocess { other {} } }\n"
        "input_control { process_mode: PROCESS_MODE_FULL_FRAME }\n"
        f"output_control {{ output_tensor_meta: {str(tensors).lower()} }}\n",
        encoding="utf-8",
    )
    words = (config, "--parser", ASSETS / "blob_parser.py", "--source", "test:ball:4", "--output", tmp_path)
    answer = simulate(*words)
    assert answer.code == 0, answer.err
    assert ("objects   blob: 120\n" in answer.out) is tensors
    assert ("blob_parser.py: was never called" in answer.out) is not tensors
    assert ("was not called for any of 100 frames" in answer.err) is not tensors


def test_the_light_tracker_gives_the_ball_one_id(simulate: Simulate, parser: Write, tmp_path: Path) -> None:
    body = f"return {BOX} + [calls, 0, 0, 0], np.array([0]), np.array([0.9]), None"
    answer = simulate(
        *(ASSETS, "--parser", parser(body), "--source", "test:ball:2", "--tracker", "light"),
        *("--output", tmp_path, "--json"),
    )
    assert answer.code == 0, answer.err
    found = detections_in(tmp_path / "messages.jsonl")
    ids = [each["tracking_id"] for detections in found.values() for each in detections]
    assert len(ids) >= 50
    assert len(set(ids)) == 1
    assert ids[0] >= 0


def test_the_release_of_the_bindings_is_a_choice(simulate: Simulate, ball: Path, parser: Write, tmp_path: Path) -> None:
    written = parser(
        f"""
        import pyds
        message = f"names of 1.2.2: {{hasattr(pyds, 'GstNvDsPreProcessBatchMeta')}}"
        return {BOX}, np.array([0]), np.array([0.9]), message
        """
    )
    for release, newer in (("7.1", False), ("9.1", True)):
        words = ("--config", ASSETS / "pgie_config.txt", "--parser", written, "--source", ball)
        answer = simulate(*words, "--output", tmp_path / release, "--seconds", 0.5, "--release", release)
        assert answer.code == 0, answer.err
        assert f"names of 1.2.2: {newer}" in (tmp_path / release / "messages.jsonl").read_text(encoding="utf-8")


def test_a_release_that_does_not_exist_is_refused_before_anything_runs(simulate: Simulate, ball: Path) -> None:
    answer = simulate(ASSETS, "--source", ball, "--release", "5.0")
    assert answer.code == 3
    assert "5.0" in answer.err
    assert "7.1" in answer.err
