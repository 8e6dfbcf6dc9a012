"""An ONNX model held against nvinfer's configuration: what the header alone shows, for checker and simulator alike."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from dsconfig import layer_types
from dsconfig.onnx_header import Dimension, Model, Tensor

IMAGE_RANK = 4  # batch and three dimensions
COVERAGE, BOXES = "cov", "bbox"
"""What nvinfer's own detection parser looks for in the names of outputs."""
_CHANNELS = (1, 3, 4)
_DETECTOR, _INSTANCES = 0, 3
_NHWC = 1


class Misfit(Enum):
    """What does not fit."""

    ORDER = "order"
    SHAPE = "shape"
    SIZE_NEEDED = "size needed"
    BATCH = "batch"
    BATCH_INSIDE = "batch inside"
    PARSER = "parser"
    TYPE = "type"
    INPUTS = "inputs"


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelFault:
    """One thing that does not fit.

    Attributes:
        misfit: What it is.
        message: One sentence.
        key: The key of `[property]` that it is about.
        hint: What to type; empty where that is plain.
        fatal: Whether nvinfer fails; otherwise it goes on, or depends on the release.
    """

    misfit: Misfit
    message: str
    key: str
    hint: str = ""
    fatal: bool = True


def check(values: Mapping[str, Any], model: Model, release: str = "") -> Iterator[ModelFault]:
    """Hold a model against the values of `[property]`.

    Args:
        values: Those of `[property]`.
        model: The model's header.
        release: DeepStream's; empty where it is not known.
    """
    yield from _types(model, release)
    yield from _own_parser(values, model)
    yield from _more_inputs(values, model)
    images = [tensor for tensor in model.inputs if tensor.shape is not None and len(tensor.shape) == IMAGE_RANK]
    if len(images) == 1 and images[0].shape:
        yield from _image(values, model, images[0], images[0].shape)


def _types(model: Model, release: str) -> Iterator[ModelFault]:
    hint = "Cast it to float32 or int32 in the exported model."
    for tensor in model.outputs:
        element = tensor.element
        if not element or layer_types.is_sure(release, element):
            continue
        message = f"the output '{tensor.name}' of {model.path.name} is {element}"
        fatal = not layer_types.taken(release, element)
        if element in layer_types.NARROWED:
            message += f", and TensorRT computes in {layer_types.NARROWED[element]}"
        elif fatal:
            whose = f"nvinfer of DeepStream {release}" if release else "nvinfer"
            message += f", for which {whose} has no data type: it has {layer_types.named(release)}"
        else:
            message += ", for which NvDsInferDataType has a name in new releases alone"
        yield ModelFault(misfit=Misfit.TYPE, message=message, key="onnx-file", hint=hint, fatal=fatal)


def _more_inputs(values: Mapping[str, Any], model: Model) -> Iterator[ModelFault]:
    """Inputs besides the image: initNonImageInputLayers (nvdsinfer_context_impl.cpp) asks a native library for them."""
    if len(model.inputs) > 1 and not values.get("custom-lib-path"):
        listed = ", ".join(f"'{tensor.name}' ({tensor.text})" for tensor in model.inputs[:10])
        message = f"{model.path.name} has {len(model.inputs)} inputs, {listed}; nvinfer fills one, the image"
        hint = (
            "Make the others constants of the model, or name a library with NvDsInferInitializeInputLayers "
            "(`custom-lib-path`)."
        )
        yield ModelFault(misfit=Misfit.INPUTS, message=message, key="onnx-file", hint=hint)


def _own_parser(values: Mapping[str, Any], model: Model) -> Iterator[ModelFault]:
    """A detector whose boxes nobody would find."""
    network = values.get("network-type", int(values.get("is-classifier", 0)))
    named = {_DETECTOR: "parse-bbox-func-name", _INSTANCES: "parse-bbox-instance-mask-func-name"}.get(network)
    if named is None or values.get(named):
        return
    key = "network-type" if "network-type" in values else "onnx-file"
    hint = (
        f"Name a parser with `{named}` and its library, or write network-type=100 and output-tensor-meta=1 and parse "
        "the outputs in Python."
    )
    if network == _INSTANCES:
        message = f"network-type=3 has no parser of nvinfer's own, and '{named}' is not set"
        yield ModelFault(misfit=Misfit.PARSER, message=message, key=key, hint=hint)
        return
    names = [tensor.name for tensor in model.outputs]
    missing = [part for part in (COVERAGE, BOXES) if not any(part in name for name in names)]
    if missing:
        listed = ", ".join(f"'{name}'" for name in names[:10])
        message = (
            f"nvinfer's own parser reads an output with '{COVERAGE}' and one with '{BOXES}' in its name; "
            f"{model.path.name} has {listed}, and '{named}' is not set"
        )
        yield ModelFault(misfit=Misfit.PARSER, message=message, key=key, hint=hint)


def _image(values: Mapping[str, Any], model: Model, tensor: Tensor, shape: Sequence[Dimension]) -> Iterator[ModelFault]:
    last = values.get("network-input-order", 0) == _NHWC
    first_size, last_size = shape[1], shape[3]
    said = "NHWC (1)" if last else "NCHW (0)"
    if (first_size if last else last_size) in _CHANNELS and _large(last_size if last else first_size):
        order = "first" if last else "last"
        message = (
            f"the input '{tensor.name}' of {model.path.name} is {tensor.text}: its channels are {order}, and "
            f"'network-input-order' says {said}"
        )
        hint = f"Write network-input-order={0 if last else 1}; infer-dims stays channels;height;width."
        key = "network-input-order" if "network-input-order" in values else "onnx-file"
        yield ModelFault(misfit=Misfit.ORDER, message=message, key=key, hint=hint)
    else:
        yield from _dims(values, model, tensor, _ordered(shape, last=last))
    batch, fixed = values.get("batch-size"), shape[0]
    if batch is not None and isinstance(fixed, int) and 0 < fixed < batch:
        message = f"'batch-size' is {batch}; the input of {model.path.name} is {tensor.text}, a batch of {fixed}"
        yield ModelFault(misfit=Misfit.BATCH, message=message, key="batch-size", fatal=False)
    inside = [sizes for sizes in model.fixed_shapes if batch is not None and batch > 1 and sizes]
    if inside:
        shown = "x".join(map(str, inside[0]))
        message = (
            f"'batch-size' is {batch}; {model.path.name} takes any batch at its input, and a Reshape inside fixes it: "
            f"{shown}"
        )
        hint = "Export the model with the batch open inside too (-1 in the Reshape), or write batch-size=1."
        yield ModelFault(misfit=Misfit.BATCH_INSIDE, message=message, key="batch-size", hint=hint)


def channels_last(shape: Sequence[Dimension]) -> bool:
    """Whether an image's channels surely come last (NHWC)."""
    return shape[3] in _CHANNELS and _large(shape[1])


def _large(size: Dimension) -> bool:
    return isinstance(size, int) and size > max(_CHANNELS)


def _ordered(shape: Sequence[Dimension], *, last: bool) -> tuple[Dimension, ...]:
    """Channels, height and width, which is how `infer-dims` is written for either order."""
    return (shape[3], shape[1], shape[2]) if last else tuple(shape[1:])


def _dims(values: Mapping[str, Any], model: Model, tensor: Tensor, wanted: Sequence[Dimension]) -> Iterator[ModelFault]:
    key = "infer-dims"
    given = values.get(key)
    for old in ("input-dims", "uff-input-dims"):
        if given is None and old in values:
            key, given = old, values[old][:3]
    if given is None:
        if any(not isinstance(size, int) or size < 1 for size in wanted):
            message = f"the input '{tensor.name}' of {model.path.name} is {tensor.text}, and no size is chosen for it"
            yield ModelFault(misfit=Misfit.SIZE_NEEDED, message=message, key="onnx-file")
        return
    if any(isinstance(size, int) and size > 0 and size != own for size, own in zip(wanted, given, strict=False)):
        shown = ";".join("?" if not isinstance(size, int) else str(size) for size in wanted)
        message = (
            f"'{key}' is {';'.join(map(str, given))}; the input '{tensor.name}' of {model.path.name} is {tensor.text}"
        )
        hint = f"Write infer-dims={shown}: channels, height, width."
        yield ModelFault(misfit=Misfit.SHAPE, message=message, key=key, hint=hint)
