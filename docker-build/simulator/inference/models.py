"""Which models and helpers the simulator runs, and the sentence for those that it does not."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dsconfig import model_check, onnx_header
from simulator.errors import ConfigurationError, ModelError, NotSimulatedError
from simulator.inference.settings import ClusterMode, FunctionKind, NativeFunction, NetworkType

_PARSERS = {
    NetworkType.DETECTOR: FunctionKind.BOXES,
    NetworkType.CLASSIFIER: FunctionKind.ATTRIBUTES,
    NetworkType.INSTANCE_SEGMENTATION: FunctionKind.INSTANCES,
}
_SEGMENTATION = "parse-segmentation-func-name"
_OTHER_MODELS = {
    "tlt-encoded-model": "an encrypted TAO model",
    "model-file": "a Caffe model",
    "uff-file": "a UFF model",
    "model-engine-file": "a TensorRT engine",
    "custom-network-config": "a network that native code builds",
}
_NOT_SIMULATED = (
    "stabilize-buffer-count",
    "dump-input-tensor",
    "dump-output-tensor",
    "overwrite-input-tensor",
    "overwrite-output-tensor",
    "raw-output-file-write",
    "disable-output-host-copy",
)


def refuse_what_needs_a_gpu(path: Path, values: Mapping[str, Any]) -> list[str]:
    """Check that a configuration can run on ONNX Runtime.

    Args:
        path: The configuration file, for the sentences.
        values: The checked values of `[property]`.

    Returns:
        What is ignored, a sentence each.

    Raises:
        ConfigurationError: If no model is named at all.
        NotSimulatedError: If the model, its parser or a debugging aid needs NVIDIA's libraries.
    """
    _refuse_models(path, values)
    _refuse_parsers(path, values)
    for key in _NOT_SIMULATED:
        if values.get(key):
            raise NotSimulatedError(f"{path}: '{key}' is not simulated", hint=f"Set {key}=0 to run on the simulator.")
    return _ignored(values)


def check_model(path: Path, values: Mapping[str, Any], release: str = "") -> list[str]:
    """Hold the header of the ONNX file against the configuration, by the rules of `azdacli validate-parser`.

    Args:
        path: The configuration file, for the sentences.
        values: Its checked values, paths made absolute.
        release: The DeepStream release that is simulated.

    Returns:
        What nvinfer goes on with, a sentence each.

    Raises:
        ModelError: nvinfer would fail with the model.
    """
    try:
        model = onnx_header.read(values["onnx-file"])
    except onnx_header.ModelError:
        return []  # who loads the model says what is wrong with it
    notices = []
    for fault in model_check.check(values, model, release):
        if fault.fatal:
            raise ModelError(f"{path}: {fault.message}", hint=fault.hint or None)
        notices.append(fault.message)
    return notices


def _refuse_models(path: Path, values: Mapping[str, Any]) -> None:
    if "onnx-file" in values:
        return
    for key, what in _OTHER_MODELS.items():
        if key in values:
            raise NotSimulatedError(
                f"{path}: '{key}' names {what}, which only runs on an NVIDIA GPU",
                hint="Export the model to ONNX and name it with onnx-file; nvinfer then builds the same engine "
                "from it on the device.",
            )
    if values.get("engine-create-func-name"):
        raise NotSimulatedError(
            f"{path}: '{values['engine-create-func-name']}' builds a TensorRT engine, which only runs on an NVIDIA GPU",
            hint="Name an ONNX file of the model with onnx-file.",
        )
    raise ConfigurationError(f"{path}: no model is named", hint="Set onnx-file in the group [property].")


def native_parser(path: Path, values: Mapping[str, Any]) -> NativeFunction | None:
    """Find the native function that reads the outputs.

    Args:
        path: The configuration file, for the sentences.
        values: The checked values of `[property]`, paths made absolute.

    Returns:
        The function for this network type, or None for nvinfer's own.

    Raises:
        ConfigurationError: nvinfer would not find it, or it has no such cluster mode for masks.
    """
    kind = _PARSERS.get(NetworkType(values.get("network-type", 0)))
    name = values.get(kind.value) if kind else None
    if kind is FunctionKind.INSTANCES and values.get("cluster-mode", 0) != ClusterMode.NONE:
        raise ConfigurationError(
            f"{path}: Invalid cluster mode for instance mask detection",
            hint="Set cluster-mode=4, the only one for masks.",
        )
    if kind is None or not name:
        return None
    library = values.get("custom-lib-path")
    if library is None:
        raise ConfigurationError(
            f"{path}: '{kind.value}' names {name}, and no custom-lib-path names its library",
            hint="Add custom-lib-path.",
        )
    return NativeFunction(library=library, name=name, kind=kind)


def _refuse_parsers(path: Path, values: Mapping[str, Any]) -> None:
    network = NetworkType(values.get("network-type", 0))
    if network is NetworkType.SEGMENTATION and values.get(_SEGMENTATION):
        raise NotSimulatedError(
            f"{path}: '{_SEGMENTATION}' calls the native function {values[_SEGMENTATION]}, whose C++ signature NVIDIA "
            "does not publish with the headers",
            hint="Set network-type=100 and output-tensor-meta=1 and parse the outputs in Python.",
        )
    if network is NetworkType.INSTANCE_SEGMENTATION and not values.get(FunctionKind.INSTANCES.value):
        raise ConfigurationError(
            f"{path}: network-type=3 has no built-in parser in nvinfer: it needs parse-bbox-instance-mask-func-name",
            hint="Name the function and its library, or set network-type=100 and output-tensor-meta=1 and parse "
            "boxes and masks in Python.",
        )


def _ignored(values: Mapping[str, Any]) -> list[str]:
    notices = []
    if "model-engine-file" in values:
        notices.append("'model-engine-file' is ignored: the simulator runs the ONNX file")
    network = NetworkType(values.get("network-type", 0))
    if "custom-lib-path" in values and not (network in _PARSERS and values.get(_PARSERS[network].value)):
        notices.append("'custom-lib-path' is ignored: of native code the simulator calls parsers alone")
    if "engine-create-func-name" in values:
        notices.append("'engine-create-func-name' is ignored: the simulator runs the ONNX file")
    if values.get("network-mode"):
        notices.append("'network-mode' is ignored: the simulator computes in the ONNX file's own precision")
    if values.get("classifier-async-mode"):
        notices.append("'classifier-async-mode' is approximated: results are attached in the frame that they belong to")
    return notices
