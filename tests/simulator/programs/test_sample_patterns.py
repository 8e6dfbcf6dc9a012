"""What NVIDIA's public samples do, with configuration files that have the keys of theirs."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import pytest

from tests.simulator import ball_models

pytestmark = pytest.mark.gstreamer

Program = Callable[..., Any]

DETECTOR = """# as the samples' files begin
[property]
gpu-id=0
net-scale-factor=0.0039215697906911373
tlt-model-key=tlt_encode
onnx-file=ball.onnx
model-engine-file=ball.onnx_b1_gpu0_int8.engine
labelfile-path=labels.txt
int8-calib-file=cal_trt.bin
force-implicit-batch-dim=1
batch-size=4
network-mode=1
process-mode=1
model-color-format=0
num-detected-classes=1
interval=0
gie-unique-id=7
uff-input-blob-name=input_1
output-blob-names=output_cov;output_bbox
#scaling-filter=0
cluster-mode=2

[class-attrs-all]
pre-cluster-threshold=0.5
topk=20
nms-iou-threshold=0.5
"""
TRACKER = """%YAML:1.0
####################################
BaseConfig:
  minDetectorConfidence: 0.0430   # a comment behind a value
TargetManagement:
  enableBboxUnClipping: 1
  maxTargetsPerStream: 150
  probationAge: 0
TrajectoryManagement:
  useUniqueID: 0
DataAssociator:
  associationMatcherType: 1
VisualTracker:
  visualTrackerType: 1
  useColorNames: 1
"""


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    ball_models.coverage_detector(tmp_path / "ball.onnx", 180, 320)
    (tmp_path / "labels.txt").write_text("ball\n")
    detector, tracker = tmp_path / "pgie.txt", tmp_path / "tracker.yml"
    detector.write_text(DETECTOR)
    tracker.write_text(TRACKER)
    return detector, tracker


def test_the_samples_files_play_and_the_element_tells_what_is_in_them(
    files: tuple[Path, Path], run_program: Program, ball_video: Path
) -> None:
    uri = ball_video.as_uri()
    answer = run_program("sample_streams.py", uri, uri, *files)
    assert answer["told"] == {"batch-size": 4, "unique-id": 7, "interval": 0, "output-tensor-meta": False}
    assert answer["batch"] == 2
    assert sorted(entry[:2] for entry in answer["seen"]) == sorted([source, n] for source in (0, 1) for n in range(60))
    assert all(len(entry[2]) == 1 for entry in answer["seen"])


def test_what_the_simulator_leaves_out_is_in_gstreamers_log(
    files: tuple[Path, Path], run_program: Program, ball_video: Path, tmp_path: Path
) -> None:
    log = tmp_path / "gstreamer.log"
    uri = ball_video.as_uri()
    run_program("sample_streams.py", uri, uri, *files, env={"GST_DEBUG": "python:2", "GST_DEBUG_FILE": str(log)})
    words = log.read_text()
    assert "primary-inference: 'model-engine-file' is ignored: the simulator runs the ONNX file" in words
    assert "tracker: " in words


@pytest.mark.parametrize(
    ("mode", "tracker", "labels"),
    [(0, "", [1] * 4), (1, "", [0] * 4), (1, "nvtracker ll-config-file={} !", [1] * 4)],
)
def test_an_asynchronous_classifier_needs_a_tracker(
    mode: int,
    tracker: str,
    labels: list[int],
    files: tuple[Path, Path],
    run_program: Program,
) -> None:
    """On the device results come late there and are found again by tracking id: without one there are none."""
    detector, tracking = files
    ball_models.colour_classifier(detector.parent / "colour.onnx", 32, 32)
    secondary = detector.parent / "sgie.txt"
    secondary.write_text(
        "[property]\nonnx-file=colour.onnx\nprocess-mode=2\nnetwork-type=1\ngie-unique-id=8\noperate-on-gie-id=7\n"
        f"classifier-threshold=0.2\nclassifier-async-mode={mode}\n"
    )
    words = (
        f"nvinfer config-file-path={detector} batch-size=1 ! {tracker.format(tracking)} "
        f"nvinfer name=last config-file-path={secondary}"
    )
    assert run_program("secondary_labels.py", words) == labels


PREPROCESS = """[property]
enable=1
target-unique-ids=7
network-input-order=0
process-on-frame=1
unique-id=5
gpu-id=0
maintain-aspect-ratio={ratio}
symmetric-padding={ratio}
processing-width=320
processing-height=180
scaling-buf-pool-size=6
tensor-buf-pool-size=6
network-input-shape=8;3;180;320
network-color-format=0
tensor-data-type=0
tensor-name=input
scaling-pool-memory-type=0
scaling-pool-compute-hw=0
scaling-filter=0
custom-lib-path=/opt/nvidia/deepstream/deepstream/lib/gst-plugins/libcustom2d_preprocess.so
custom-tensor-preparation-function=CustomTensorPreparation

[user-configs]
pixel-normalization-factor={factor}

[group-0]
src-ids=0
custom-input-transformation-function=CustomAsyncTransformation
process-on-roi=1
draw-roi=1
roi-params-src-0=160;0;320;480;0;0;100;100
"""


@pytest.mark.parametrize(("factor", "ratio", "found"), [(0.00392, 0, 1), (0.00392, 1, 1), (0.00001, 0, 0)])
def test_regions_become_tensors_as_nvdspreprocess_says(
    factor: float, ratio: int, found: int, files: tuple[Path, Path], run_program: Program
) -> None:
    detector, _ = files
    detector.write_text(DETECTOR.replace("net-scale-factor=0.0039215697906911373", "net-scale-factor=0.00001"))
    regions = detector.parent / "preprocess.txt"
    regions.write_text(PREPROCESS.format(factor=factor, ratio=ratio))
    seen = run_program("preprocess_regions.py", regions, detector)
    assert [len(frame["boxes"]) for frame in seen] == [found] * 3, "nvinfer's own factor does not count"
    assert all(frame["shown"] == [[0, 0, 100, 100], [160, 0, 320, 480]] for frame in seen)
    assert all(frame["prepared"] == [] for frame in seen), "no names for it before 8.0"
    if found:
        left, top, width, height = seen[0]["boxes"][0]
        assert (left + width / 2, top + height / 2) == (pytest.approx(320, abs=4), pytest.approx(240, abs=4))


def test_regions_are_read_by_the_names_of_newer_releases(files: tuple[Path, Path], run_program: Program) -> None:
    detector, _ = files
    regions = detector.parent / "preprocess.txt"
    regions.write_text(PREPROCESS.format(factor=0.00392, ratio=0))
    seen = run_program("preprocess_regions.py", regions, detector, env={"AZDA_DEEPSTREAM": "9.1"})
    assert [len(frame["boxes"]) for frame in seen] == [1, 1, 1]
    for number, frame in enumerate(seen):
        (made,) = frame["prepared"]
        assert made["for"] == [7]
        assert made["tensor"] == ["input", [2, 3, 180, 320], "NvDsDataType_FP32", 2 * 3 * 180 * 320 * 4]
        assert made["regions"] == [[[160, 0, 320, 480], 1.0, number], [[0, 0, 100, 100], 3.2, number]]


def test_objects_become_images_and_get_masks(tmp_path: Path, run_program: Program) -> None:
    ball_models.coverage_detector(tmp_path / "ball.onnx", 240, 320)
    (tmp_path / "labels.txt").write_text("ball\n")
    config = tmp_path / "pgie.txt"
    config.write_text(DETECTOR.replace("batch-size=4", "batch-size=1"))
    seen = run_program("crops_and_masks.py", config, tmp_path)
    assert len(seen["saved"]) == 4
    for number, (done, width, height) in enumerate(seen["saved"]):
        image = cv2.imread(str(tmp_path / f"ball_{number}.jpg"))
        assert done is True
        assert image.shape[:2] == (pytest.approx(height, abs=1), pytest.approx(width, abs=1))
        assert image[height // 2, width // 2].min() > 200, "the ball is in the middle of its image"
    assert seen["frames"] == [[240, 320, 3]] * 4
    assert seen["scaled"] == [[48, 64, 3]] * 4
    assert all(left > 100 and right == 0 for left, right in seen["masked"]), "the left half of each ball is red"
