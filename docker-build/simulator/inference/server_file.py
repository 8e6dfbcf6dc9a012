"""nvinferserver's protobuf text to `InferSettings`."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from dsconfig import nvinfer_values
from simulator.errors import NotSimulatedError
from simulator.inference.model_repository import RepositoryModel, find_model
from simulator.inference.server_classes import CLUSTERING, classes, policy
from simulator.inference.server_text import read_control
from simulator.inference.settings import (
    ColourFormat,
    InferSettings,
    InputSettings,
    NetworkType,
    ObjectFilter,
    ProcessMode,
)

_REINFER_INTERVAL = 90
"""nvinferserver's default, which is not nvinfer's."""
_COLOURS = {0: ColourFormat.RGB, 1: ColourFormat.RGB, 2: ColourFormat.BGR, 3: ColourFormat.GRAY}
_NHWC = 2
_CLIP_OBJECTS = 2
_NATIVE = "calls native code, which is compiled for NVIDIA's libraries"
_ADVICE = (
    "Use postprocess { other {} } with output_control { output_tensor_meta: true } and parse the outputs in Python."
)


def read_server_file(path: Path, overrides: Mapping[str, str] | None = None) -> InferSettings:
    """Read a file as nvinferserver does.

    Args:
        path: The element's `config-file-path`.
        overrides: What GObject properties replace, by nvinfer's names of the keys: `{"gie-unique-id": "2"}`.

    Raises:
        ConfigurationError: If nvinferserver would refuse the file, or the model repository lacks the model.
        NotSimulatedError: If it asks for a remote server, another backend than ONNX Runtime, or native code.
    """
    control = read_control(path)
    folder = path.resolve().parent
    infer = control.infer_config
    _refuse_native(path, infer)
    model = find_model(path, control)
    network, post = _postprocess(infer.postprocess)
    settings = InferSettings(
        model=model.file,
        unique_id=infer.unique_id or 15,
        process_mode=_mode(control.input_control),
        interval=control.input_control.interval,
        batch_size=max(min(infer.max_batch_size or 1, model.max_batch_size or 1), 1),
        network_type=network,
        input=_input(folder, infer, model),
        labels=_file(folder, infer.postprocess.labelfile_path),
        filter_out=frozenset(control.output_control.detect_control.filter_out_class_ids),
        classifier_type=control.output_control.classifier_type,
        classifier_async=control.input_control.async_mode,
        objects=_objects(control.input_control),
        output_tensor_meta=control.output_control.output_tensor_meta,
        input_tensor_from_meta=infer.has("input_tensor_from_meta"),
        outputs=tuple(layer.name for layer in infer.backend.outputs),
        classes=classes(infer.postprocess.detection, control.output_control.detect_control),
        **post,
    )
    return with_properties(settings, overrides or {})


def with_properties(settings: InferSettings, overrides: Mapping[str, str]) -> InferSettings:
    """Replace what an element's properties say, by nvinfer's names of the keys."""
    values = {key: nvinfer_values.property_value(key, text) for key, text in overrides.items()}
    fields: dict[str, Any] = {}
    for key, name in (("gie-unique-id", "unique_id"), ("batch-size", "batch_size"), ("interval", "interval")):
        if key in values:
            fields[name] = values[key]
    if "process-mode" in values:
        fields["process_mode"] = ProcessMode(values["process-mode"])
    objects = settings.objects
    if "operate-on-gie-id" in values:
        objects = replace(objects, component_id=values["operate-on-gie-id"])
    if "operate-on-class-ids" in values:
        objects = replace(objects, class_ids=frozenset(values["operate-on-class-ids"]))
    return replace(settings, objects=objects, **fields)


def _refuse_native(path: Path, infer: Any) -> None:
    post = infer.postprocess
    named = {
        "extra.custom_process_funcion": infer.extra.custom_process_funcion,
        "custom_parse_bbox_func": post.detection.custom_parse_bbox_func,
        "custom_parse_classifier_func": post.classification.custom_parse_classifier_func,
        "custom_parse_segmentation_func": post.segmentation.custom_parse_segmentation_func,
    }
    for key, function in named.items():
        if function:
            raise NotSimulatedError(f"{path}: '{key}' {_NATIVE}", hint=_ADVICE)
    if infer.has("lstm"):
        raise NotSimulatedError(f"{path}: 'lstm' loops are not simulated")
    for key in ("triton_classification", "trtis_classification"):
        if post.has(key):
            raise NotSimulatedError(
                f"{path}: '{key}' is done by the Triton server", hint="Use postprocess { classification {} } instead."
            )


def _mode(control: Any) -> ProcessMode:
    return ProcessMode.OBJECTS if control.process_mode == _CLIP_OBJECTS else ProcessMode.FRAMES


def _file(folder: Path, name: str) -> Path | None:
    return folder / name if name else None


def _input(folder: Path, infer: Any, model: RepositoryModel) -> InputSettings:
    pre = infer.preprocess
    last = pre.tensor_order == _NHWC or (pre.tensor_order == 0 and model.channels_last)
    given = tuple(infer.backend.inputs[0].dims) if infer.backend.inputs else ()
    return InputSettings(
        colours=_COLOURS[pre.network_format],
        channels_last=last,
        factor=pre.normalize.scale_factor or 1.0,
        offsets=tuple(pre.normalize.channel_offsets),
        mean_file=_file(folder, pre.normalize.mean_file),
        maintain_aspect_ratio=bool(pre.maintain_aspect_ratio),
        symmetric_padding=bool(pre.symmetric_padding),
        scaling_filter=pre.frame_scaling_filter,
        dims=_channels_first(given or model.dims, last=last),
        tensor_name=pre.tensor_name or None,
    )


def _channels_first(dims: tuple[int, ...] | None, *, last: bool) -> tuple[int, int, int] | None:
    """Give channels, height and width from dimensions in the model's order."""
    if not dims or len(dims) != 3:  # an image has three
        return None
    return (dims[2], dims[0], dims[1]) if last else (dims[0], dims[1], dims[2])


def _objects(control: Any) -> ObjectFilter:
    size = control.object_control.bbox_filter
    given = control.has("secondary_reinfer_interval")
    return ObjectFilter(
        component_id=control.operate_on_gie_id or -1,
        class_ids=frozenset(control.operate_on_class_ids),
        min_width=size.min_width,
        min_height=size.min_height,
        max_width=size.max_width,
        max_height=size.max_height,
        reinfer_interval=control.secondary_reinfer_interval if given else _REINFER_INTERVAL,
    )


def _postprocess(post: Any) -> tuple[NetworkType, dict[str, Any]]:
    if post.has("detection"):
        return NetworkType.DETECTOR, {"cluster_mode": CLUSTERING[policy(post.detection)]}
    if post.has("classification"):
        return NetworkType.CLASSIFIER, {"classifier_threshold": post.classification.threshold}
    if post.has("segmentation"):
        own = post.segmentation
        return NetworkType.SEGMENTATION, {
            "segmentation_threshold": own.threshold,
            "segmentation_classes": own.num_segmentation_classes,
        }
    return NetworkType.OTHER, {}
