"""nvinfer's configuration file, key file or YAML, to `InferSettings`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dsconfig import nvinfer
from dsconfig.document import ConfigError, Fault, FaultKind
from dsconfig.keys import PROPERTY
from simulator.inference.models import check_model, native_parser, refuse_what_needs_a_gpu
from simulator.inference.settings import (
    FOREVER,
    ClassSettings,
    ClusterMode,
    ColourFormat,
    InferSettings,
    InputSettings,
    NetworkType,
    ObjectFilter,
    ProcessMode,
)
from simulator.keyfile import bytes_of, refused

Values = Mapping[str, Any]

CLASS_FIELDS = {
    "pre-cluster-threshold": "pre_cluster_threshold",
    "threshold": "pre_cluster_threshold",
    "post-cluster-threshold": "post_cluster_threshold",
    "eps": "eps",
    "group-threshold": "group_threshold",
    "minBoxes": "min_boxes",
    "dbscan-min-score": "min_score",
    "nms-iou-threshold": "nms_iou_threshold",
    "topk": "topk",
    "roi-top-offset": "roi_top_offset",
    "roi-bottom-offset": "roi_bottom_offset",
    "detected-min-w": "min_width",
    "detected-min-h": "min_height",
    "detected-max-w": "max_width",
    "detected-max-h": "max_height",
    "border-color": "border_colour",
    "bg-color": "background",
}


def read_nvinfer_file(path: Path, overrides: Mapping[str, str] | None = None, release: str = "") -> InferSettings:
    """Read a file as nvinfer does.

    Args:
        path: The element's `config-file-path`.
        overrides: Keys of `[property]` that GObject properties replace, as text: `{"gie-unique-id": "2"}`.
        release: The DeepStream release that is simulated.

    Raises:
        ConfigurationError: If nvinfer would refuse the file.
        NotSimulatedError: If it needs a TensorRT engine or a debugging aid of NVIDIA's.
    """
    config = nvinfer.read(nvinfer.parse(bytes_of(path), yaml=nvinfer.is_yaml(path)), overrides)
    try:
        config.refuse()
    except ConfigError as error:
        raise refused(path, error) from error
    notices = [_notice(fault) for fault in config.faults]
    values = _resolved(path, _without_legacy(dict(config.values), notices))
    notices += refuse_what_needs_a_gpu(path, values)
    notices += check_model(path, values, release)
    return InferSettings(
        **_fields(values),
        classes=_classes(config.classes, values, notices),
        native=native_parser(path, values),
        notices=tuple(notices),
    )


def _notice(fault: Fault) -> str:
    """What is ignored; unknown keys are reported as in a device's log."""
    if fault.kind is not FaultKind.UNKNOWN_KEY:
        return f"line {fault.line}: {fault.message}"
    word = "Unknown or legacy key specified" if fault.group == "property" else "Unknown key"
    return f"{word} '{fault.key}' for group [{fault.group}]"


def _without_legacy(values: dict[str, Any], notices: list[str]) -> dict[str, Any]:
    """Turn deprecated keys into today's, which win where both are given."""
    if "is-classifier" in values:
        values.setdefault("network-type", int(values["is-classifier"]))
    if "enable-dbscan" in values:
        notices.append("Warn: 'enable-dbscan' parameter has been deprecated. Use 'cluster-mode' instead.")
        if values["enable-dbscan"]:
            values.setdefault("cluster-mode", int(ClusterMode.DBSCAN))
    for key in ("input-dims", "uff-input-dims"):
        if key in values:
            notices.append(f"Warning: '{key}' parameter has been deprecated. Use 'infer-dims' instead.")
            values.setdefault("infer-dims", values[key][:3])
    return values


def _resolved(path: Path, values: dict[str, Any]) -> dict[str, Any]:
    """Make paths absolute; they are relative to the configuration file, not to the working directory."""
    folder = path.resolve().parent
    found = dict(values)
    for key, item in values.items():
        if PROPERTY[key].type == "path":
            found[key] = folder / item
        elif PROPERTY[key].type == "paths":
            found[key] = tuple(folder / each for each in item)
    return found


def _fields(values: Values) -> dict[str, Any]:
    network = NetworkType(values.get("network-type", 0))
    return {
        "model": values["onnx-file"],
        "unique_id": values.get("gie-unique-id", 15),
        "process_mode": ProcessMode(values.get("process-mode", 1)),
        "interval": values.get("interval", 0),
        "batch_size": values.get("batch-size", 1),
        "network_type": network,
        "input": _input(values),
        "labels": values.get("labelfile-path"),
        "cluster_mode": ClusterMode(values.get("cluster-mode", 0)),
        "filter_out": frozenset(values.get("filter-out-class-ids", ())),
        "crop_to_roi": values.get("crop-objects-to-roi-boundary", False),
        "classifier_threshold": values.get("classifier-threshold", 0.0),
        "classifier_type": values.get("classifier-type", ""),
        "classifier_async": values.get("classifier-async-mode", False),
        "segmentation_threshold": values.get("segmentation-threshold", 0.0),
        "segmentation_classes": values.get("num-detected-classes", 0) if network is NetworkType.SEGMENTATION else 0,
        "segmentation_channels_last": bool(values.get("segmentation-output-order", 0)),
        "objects": _objects(values),
        "output_tensor_meta": values.get("output-tensor-meta", False),
        "output_instance_mask": values.get("output-instance-mask", False),
        "input_tensor_from_meta": values.get("input-tensor-from-meta", False),
    }


def _input(values: Values) -> InputSettings:
    return InputSettings(
        colours=ColourFormat(values.get("model-color-format", 0)),
        channels_last=bool(values.get("network-input-order", 0)),
        factor=values.get("net-scale-factor", 1.0),
        offsets=values.get("offsets", ()),
        mean_file=values.get("mean-file"),
        maintain_aspect_ratio=values.get("maintain-aspect-ratio", False),
        symmetric_padding=values.get("symmetric-padding", False),
        scaling_filter=values.get("scaling-filter", 0),
        dims=values.get("infer-dims"),
    )


def _objects(values: Values) -> ObjectFilter:
    return ObjectFilter(
        component_id=values.get("operate-on-gie-id", -1),
        class_ids=frozenset(values.get("operate-on-class-ids", ())),
        min_width=values.get("input-object-min-width", 0),
        min_height=values.get("input-object-min-height", 0),
        max_width=values.get("input-object-max-width", 0),
        max_height=values.get("input-object-max-height", 0),
        reinfer_interval=values.get("secondary-reinfer-interval", FOREVER),
    )


def _classes(groups: Mapping[str, Values], values: Values, notices: list[str]) -> tuple[ClassSettings, ...]:
    """Give each class its settings: `[class-attrs-all]`, then what `[class-attrs-<id>]` changes."""
    if values.get("network-type", 0) not in (NetworkType.DETECTOR, NetworkType.INSTANCE_SEGMENTATION):
        return ()
    if any("threshold" in keys for keys in groups.values()):
        notices.append("Warn: 'threshold' parameter has been deprecated. Use 'pre-cluster-threshold' instead.")
    common = groups.get(nvinfer.ALL_CLASSES, {})
    count = values.get("num-detected-classes", 0)
    own = {int(name.rpartition("-")[2]): keys for name, keys in groups.items() if name != nvinfer.ALL_CLASSES}
    return tuple(ClassSettings(**_class_fields({**common, **own.get(index, {})})) for index in range(count))


def _class_fields(keys: Values) -> dict[str, Any]:
    return {CLASS_FIELDS[key]: item for key, item in keys.items()}
