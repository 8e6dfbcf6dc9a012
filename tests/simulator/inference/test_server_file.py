"""nvinferserver's protobuf text becomes the same settings as nvinfer's files, and runs."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from simulator.errors import ConfigurationError, NotSimulatedError
from simulator.inference.engine import InferenceEngine, Piece
from simulator.inference.server_file import read_server_file
from simulator.inference.settings import ClusterMode, ColourFormat, NetworkType, ProcessMode

from tests.simulator import tiny_models

MODEL_CONFIG = """
name: "blobs"
platform: "onnxruntime_onnx"
max_batch_size: 4
input [ { name: "image" data_type: TYPE_FP32 format: FORMAT_NCHW dims: [ 3, 160, 160 ] } ]
output [ { name: "conv2d_bbox" data_type: TYPE_FP32 dims: [ 8, 10, 10 ] } ]
instance_group { kind: KIND_CPU count: 1 }
dynamic_batching {}
"""
CONFIG = """
infer_config {
  unique_id: 5  # a comment
  gpu_ids: [0]
  max_batch_size: 4
  backend {
    inputs [ { name: "image" dims: [3, 160, 160] data_type: TENSOR_DT_FP32 } ]
    triton {
      model_name: "blobs"
      version: -1
      model_repo { root: "./repository" strict_model_config: true log_level: 2 }
    }
  }
  preprocess {
    network_format: IMAGE_FORMAT_RGB
    tensor_order: TENSOR_ORDER_LINEAR
    maintain_aspect_ratio: 1
    symmetric_padding: 1
    frame_scaling_filter: 1
    normalize { scale_factor: 0.00392156862745098 channel_offsets: [0, 0, 0] }
  }
  postprocess {
    labelfile_path: "labels.txt"
    detection {
      num_detected_classes: 2
      per_class_params [ { key: 1 value { pre_threshold: 0.75 } } ]
      nms { confidence_threshold: 0.5 iou_threshold: 0.3 topk: 20 }
    }
  }
}
input_control { process_mode: PROCESS_MODE_FULL_FRAME interval: 2 }
output_control {
  output_tensor_meta: true
  detect_control {
    default_filter { bbox_filter { min_width: 8 min_height: 8 } border_color { r: 0 g: 1 b: 0 a: 1 } }
    specific_class_filters [ { key: 1 value { bbox_filter { min_width: 100 } } } ]
  }
}
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    version = tmp_path / "repository" / "blobs" / "1"
    version.mkdir(parents=True)
    tiny_models.blob_detector(version / "model.onnx", width=160, height=160)
    (version.parent / "config.pbtxt").write_text(MODEL_CONFIG)
    (tmp_path / "labels.txt").write_text("red\nblue\n")
    path = tmp_path / "config.txt"
    path.write_text(CONFIG)
    return path


def changed(config: Path, old: str, new: str) -> Path:
    text = config.read_text()
    assert old in text
    config.write_text(text.replace(old, new))
    return config


def test_every_part_finds_its_place(config: Path) -> None:
    settings = read_server_file(config)
    assert settings.model == config.parent / "repository" / "blobs" / "1" / "model.onnx"
    assert (settings.unique_id, settings.batch_size, settings.interval) == (5, 4, 2)
    assert (settings.network_type, settings.cluster_mode) == (NetworkType.DETECTOR, ClusterMode.NMS)
    assert (settings.input.dims, settings.input.scaling_filter) == ((3, 160, 160), 1)
    assert settings.input.maintain_aspect_ratio
    first, second = settings.classes
    assert (first.pre_cluster_threshold, second.pre_cluster_threshold) == (0.5, 0.75)
    assert (first.min_width, second.min_width, first.topk) == (8, 100, 20)
    assert first.border_colour == (0, 1, 0, 1)
    assert settings.output_tensor_meta
    assert settings.objects.reinfer_interval == 90


def test_a_model_of_the_repository_finds_its_blob(config: Path) -> None:
    frame = np.zeros((160, 160, 4), np.uint8)
    frame[32:48, 64:80, 0] = frame[32:48, 64:80, 2] = 255
    (result,) = InferenceEngine(read_server_file(config)).infer([Piece(frame=frame)])
    assert result is not None
    assert [(one.label, one.box) for one in result.objects] == [("red", (64, 32, 16, 16))]
    assert set(result.outputs) == {"conv2d_bbox", "conv2d_cov/Sigmoid"}


def test_a_secondary_classifier_is_read(config: Path) -> None:
    changed(
        config,
        "PROCESS_MODE_FULL_FRAME interval: 2",
        "PROCESS_MODE_CLIP_OBJECTS operate_on_gie_id: 1 "
        "operate_on_class_ids: [0, 2] secondary_reinfer_interval: 7 async_mode: true "
        "object_control { bbox_filter { min_width: 64 } }",
    )
    start = config.read_text().index("    detection {")
    end = config.read_text().index("  }\n}\ninput_control")
    text = config.read_text()
    config.write_text(text[:start] + "    classification { threshold: 0.25 }\n" + text[end:])
    settings = read_server_file(config)
    assert (settings.process_mode, settings.network_type) == (ProcessMode.OBJECTS, NetworkType.CLASSIFIER)
    assert settings.objects.class_ids == {0, 2}
    assert (settings.objects.component_id, settings.objects.reinfer_interval, settings.objects.min_width) == (1, 7, 64)
    assert settings.classifier_threshold == 0.25


def test_the_old_name_of_triton_is_understood(config: Path) -> None:
    assert read_server_file(changed(config, "triton {", "trt_is {")).unique_id == 5


def test_the_latest_version_is_taken_and_a_given_one_too(config: Path) -> None:
    folder = config.parent / "repository" / "blobs"
    for version in ("2", "10", "notes"):
        shutil.copytree(folder / "1", folder / version)
    assert read_server_file(config).model.parent.name == "10"
    assert read_server_file(changed(config, "version: -1", "version: 2")).model.parent.name == "2"


def test_nhwc_and_bgr_are_understood(config: Path) -> None:
    changed(config, "TENSOR_ORDER_LINEAR", "TENSOR_ORDER_NHWC")
    changed(config, "dims: [3, 160, 160]", "dims: [160, 160, 3]")
    settings = read_server_file(changed(config, "IMAGE_FORMAT_RGB", "IMAGE_FORMAT_BGR"))
    assert (settings.input.channels_last, settings.input.dims) == (True, (3, 160, 160))
    assert settings.input.colours is ColourFormat.BGR


@pytest.mark.parametrize(
    ("policy", "mode"),
    [
        ("dbscan { pre_threshold: 0.3 eps: 0.7 min_boxes: 3 min_score: 1 }", ClusterMode.DBSCAN),
        ("group_rectangle { confidence_threshold: 0.3 group_threshold: 2 eps: 0.2 }", ClusterMode.GROUP_RECTANGLES),
        ("simple_cluster { threshold: 0.3 }", ClusterMode.NONE),
    ],
)
def test_every_clustering_policy_is_read(config: Path, policy: str, mode: ClusterMode) -> None:
    settings = read_server_file(
        changed(config, "nms { confidence_threshold: 0.5 iou_threshold: 0.3 topk: 20 }", policy)
    )
    assert settings.cluster_mode is mode
    assert settings.classes[0].pre_cluster_threshold == pytest.approx(0.3)


def test_properties_of_the_element_win(config: Path) -> None:
    settings = read_server_file(
        config, {"gie-unique-id": "9", "batch-size": "2", "operate-on-class-ids": "1;2", "process-mode": "2"}
    )
    assert (settings.unique_id, settings.batch_size, settings.objects.class_ids) == (9, 2, {1, 2})
    assert settings.process_mode is ProcessMode.OBJECTS


@pytest.mark.parametrize(
    ("old", "new", "error", "names"),
    [
        ("unique_id: 5", "unique_idd: 5", ConfigurationError, "unique_idd"),
        ("unique_id: 5", "unique_id: -5", ConfigurationError, "-5"),
        ("nms {", "dbscan { eps: 1 } nms {", ConfigurationError, "dbscan"),
        ("IMAGE_FORMAT_RGB", "IMAGE_FORMAT_XYZ", ConfigurationError, "XYZ"),
        ('"blobs"', '"away"', ConfigurationError, "away"),
        ("version: -1", "version: 3", ConfigurationError, "version 3"),
        ("num_detected_classes: 2", "num_detected_classes: 0", ConfigurationError, "num_detected_classes"),
        ("frame_scaling_filter: 1", "frame_scaling_filter: 9", ConfigurationError, "frame_scaling_filter"),
        ("num_detected_classes: 2", 'num_detected_classes: 2 custom_parse_bbox_func: "F"', NotSimulatedError, "bbox"),
        (
            'model_repo { root: "./repository" strict_model_config: true log_level: 2 }',
            'grpc { url: "h:1" }',
            NotSimulatedError,
            "h:1",
        ),
    ],
)
def test_what_cannot_run_is_refused_by_name(
    config: Path, old: str, new: str, error: type[Exception], names: str
) -> None:
    with pytest.raises(error, match=names):
        read_server_file(changed(config, old, new))


def test_models_of_other_backends_are_refused(config: Path) -> None:
    path = config.parent / "repository" / "blobs" / "config.pbtxt"
    path.write_text(MODEL_CONFIG.replace("onnxruntime_onnx", "tensorrt_plan"))
    with pytest.raises(NotSimulatedError, match="tensorrt_plan"):
        read_server_file(config)
    path.unlink()
    with pytest.raises(ConfigurationError, match="strict_model_config"):
        read_server_file(config)
    assert read_server_file(changed(config, "strict_model_config: true", "")).batch_size == 1
