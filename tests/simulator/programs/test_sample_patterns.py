"""What NVIDIA's public samples do, with configuration files that have the keys of theirs."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

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
