"""The keys that nvinfer and nvinferserver read, with their types and bounds.

From the property parser of gst-nvinfer 9.1 (9.0 is the same; no key was removed since 6.4) and from nvinferserver's
three `.proto` files. When each key came is not known, so a key is never said to be too new.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True, slots=True)
class Key:
    """What a key takes.

    Attributes:
        type: `int`, `bool`, `float`, `path`, `str`, `ints`, `floats`, `strs` or `paths`; lists have semicolons.
        low: The least number.
        high: The greatest number.
        among: The only numbers, with what they mean.
        length: How many numbers a list has, from and to.
        instead: What to use; the key is kept for old files.
    """

    type: str
    low: float | None = None
    high: float | None = None
    among: Mapping[int, str] | None = None
    length: tuple[int, int] | None = None
    instead: str = ""


def _all(names: str, type_: str, **bounds: Any) -> dict[str, Key]:
    return {name: Key(type=type_, **bounds) for name in names.split()}


PROPERTY: Mapping[str, Key] = {
    **_all("gie-unique-id", "int", low=1),
    **_all("process-mode", "int", among={1: "primary", 2: "secondary"}),
    **_all("interval", "int", low=0),
    **_all("batch-size", "int", low=1, high=1024),
    **_all("network-mode", "int", among={0: "FP32", 1: "INT8", 2: "FP16", 3: "BEST"}),
    **_all(
        "network-type",
        "int",
        among={0: "detector", 1: "classifier", 2: "segmentation", 3: "instance segmentation", 100: "other"},
    ),
    **_all("model-color-format", "int", among={0: "RGB", 1: "BGR", 2: "GRAY"}),
    **_all("network-input-order", "int", among={0: "NCHW", 1: "NHWC"}),
    **_all("uff-input-order", "int", among={0: "NCHW", 1: "NHWC", 2: "NC"}),
    **_all("num-detected-classes", "int", low=0),
    **_all("cluster-mode", "int", among={0: "groupRectangles", 1: "DBSCAN", 2: "NMS", 3: "DBSCAN and NMS", 4: "none"}),
    **_all("segmentation-output-order", "int", among={0: "NCHW", 1: "NHWC"}),
    **_all("scaling-filter", "int", low=0, high=6),
    **_all("scaling-compute-hw", "int", low=0, high=2),
    **_all(
        "input-object-min-width input-object-min-height input-object-max-width input-object-max-height", "int", low=0
    ),
    **_all(
        "gpu-id secondary-reinfer-interval tensor-meta-pool-size workspace-size use-dla-core operate-on-gie-id "
        "stabilize-buffer-count disable-output-host-copy auto-inc-mem max-gpu-mem-per dump-input-tensor "
        "dump-output-tensor overwrite-input-tensor overwrite-output-tensor",
        "int",
    ),
    **_all(
        "enable-dla maintain-aspect-ratio symmetric-padding output-tensor-meta output-instance-mask "
        "classifier-async-mode input-tensor-from-meta raw-output-file-write "
        "crop-objects-to-roi-boundary strongly-typed "
        "warmup-engine force-implicit-batch-dim",
        "bool",
    ),
    **_all("net-scale-factor", "float"),
    **_all("classifier-threshold segmentation-threshold", "float", low=0),
    **_all(
        "labelfile-path model-engine-file int8-calib-file mean-file custom-lib-path onnx-file "
        "tlt-encoded-model model-file "
        "proto-file uff-file ip-tensor-file",
        "path",
    ),
    **_all("op-tensor-files", "paths"),
    **_all(
        "parse-bbox-func-name parse-bbox-instance-mask-func-name parse-segmentation-func-name "
        "parse-classifier-func-name "
        "engine-create-func-name custom-network-config tlt-model-key classifier-type "
        "uff-input-blob-name dynamic-properties",
        "str",
    ),
    **_all("output-blob-names output-io-formats layer-device-precision", "strs"),
    **_all("infer-dims", "ints", length=(3, 3), low=1),
    **_all("offsets", "floats", length=(1, 4)),
    **_all("operate-on-class-ids filter-out-class-ids", "ints"),
    **_all("is-classifier", "bool", instead="network-type=1 (or 0 for a detector)"),
    **_all("enable-dbscan", "bool", instead="cluster-mode=1"),
    **_all("input-dims", "ints", length=(4, 4), instead="infer-dims"),
    **_all("uff-input-dims", "ints", length=(4, 4), instead="infer-dims"),
    **_all("parse-func", "int", instead="parse-bbox-func-name (this key is never read)"),
}
CLASS_ATTRIBUTES: Mapping[str, Key] = {
    **_all("pre-cluster-threshold post-cluster-threshold eps dbscan-min-score", "float", low=0),
    **_all("nms-iou-threshold", "float", low=0, high=1),
    **_all("group-threshold minBoxes topk roi-top-offset roi-bottom-offset", "int", low=0),
    **_all("detected-min-w detected-min-h detected-max-w detected-max-h", "int", low=0),
    **_all("border-color bg-color", "floats", length=(4, 4), low=0, high=1),
    **_all("threshold", "float", instead="pre-cluster-threshold"),
}
# Keys by which a file with a `property` group is known to be nvinfer's (the dewarper's has one too).
TELLING = frozenset(
    [
        *(
            "gie-unique-id",
            "onnx-file",
            "model-file",
            "model-engine-file",
            "tlt-encoded-model",
            "uff-file",
            "net-scale-factor",
        ),
        *("num-detected-classes", "network-type", "network-mode", "custom-lib-path", "labelfile-path", "infer-dims"),
        *("output-tensor-meta", "process-mode", "parse-bbox-func-name"),
    ]
)
# Model format -> the keys that name a file of it.
FORMAT_KEYS: Mapping[str, str] = {
    "tlt-encoded-model": "etlt",
    "model-file": "caffe",
    "proto-file": "caffe",
    "uff-file": "uff",
}
FORMAT_SUFFIXES: Mapping[str, str] = {".etlt": "etlt", ".tlt": "etlt", ".caffemodel": "caffe", ".uff": "uff"}

_ANY = None
_TRITON_REPO = dict.fromkeys(
    (
        *("root", "log_level", "strict_model_config", "tf_gpu_memory_fraction", "tf_disable_soft_placement"),
        *(
            "min_compute_capacity",
            "backend_dir",
            "model_control_mode",
            "cuda_device_memory",
            "pinned_memory_pool_byte_size",
        ),
        "backend_configs",
    ),
    _ANY,
)
_TRITON = {
    **dict.fromkeys(("model_name", "version", "class_params"), _ANY),
    "model_repo": _TRITON_REPO,
    "grpc": dict.fromkeys(("url", "enable_cuda_buffer_sharing"), _ANY),
}
# Message -> its fields; a field is None (a value, or a message that is not looked into) or a message of its own.
SERVER: Mapping[str, Any] = {
    "infer_config": {
        **dict.fromkeys(("unique_id", "gpu_ids", "max_batch_size", "clip_object_outside_roi"), _ANY),
        "backend": {
            **dict.fromkeys(("inputs", "outputs", "output_mem_type", "disable_warmup"), _ANY),
            "triton": _TRITON,
            "trt_is": _TRITON,
        },
        "preprocess": {
            **dict.fromkeys(("network_format", "tensor_order", "tensor_name", "maintain_aspect_ratio"), _ANY),
            **dict.fromkeys(("symmetric_padding", "frame_scaling_hw", "frame_scaling_filter"), _ANY),
            "normalize": dict.fromkeys(("scale_factor", "channel_offsets", "mean_file"), _ANY),
        },
        "input_tensor_from_meta": {"is_first_dim_batch": _ANY},
        "postprocess": {
            "labelfile_path": _ANY,
            "detection": dict.fromkeys(
                (
                    *("num_detected_classes", "per_class_params", "custom_parse_bbox_func", "nms", "dbscan"),
                    *("group_rectangle", "simple_cluster"),
                ),
                _ANY,
            ),
            "classification": dict.fromkeys(("threshold", "custom_parse_classifier_func"), _ANY),
            "segmentation": dict.fromkeys(
                ("threshold", "num_segmentation_classes", "custom_parse_segmentation_func"), _ANY
            ),
            "other": {"type_name": _ANY},
            "triton_classification": _ANY,
            "trtis_classification": _ANY,
        },
        "custom_lib": {"path": _ANY},
        "extra": dict.fromkeys(
            ("copy_input_to_host_buffers", "output_buffer_pool_size", "custom_process_funcion"), _ANY
        ),
        "lstm": _ANY,
    },
    "input_control": dict.fromkeys(
        (
            *("process_mode", "operate_on_gie_id", "operate_on_class_ids", "interval", "secondary_reinfer_interval"),
            *("async_mode", "object_control"),
        ),
        _ANY,
    ),
    "output_control": dict.fromkeys(("output_tensor_meta", "detect_control", "classifier_type"), _ANY),
}
SERVER_INTEGERS = frozenset(
    [
        *("unique_id", "max_batch_size", "gpu_ids", "num_detected_classes", "operate_on_gie_id", "interval"),
        *("secondary_reinfer_interval", "output_buffer_pool_size"),
    ]
)
SERVER_BOOLEANS = frozenset(
    [
        *("output_tensor_meta", "async_mode", "maintain_aspect_ratio", "symmetric_padding", "strict_model_config"),
        *("copy_input_to_host_buffers", "disable_warmup", "is_first_dim_batch", "clip_object_outside_roi"),
    ]
)
