"""Triton's `config.pbtxt` held against itself and its ONNX model, as Triton does when it loads the model.

From core's model_config_utils.cc (ValidateModelConfig, ValidateIOShape), model_repository_manager.cc (the folder's
name) and the ONNX Runtime backend's onnxruntime.cc and onnxruntime_utils.cc (names, types, CompareDimsSupported).
"""

from collections.abc import Iterator, Sequence
from math import prod
from typing import Any

from dsconfig.document import Fault
from dsconfig.onnx_header import Dimension, Model, Tensor
from dsconfig.protobuf_schema import Message
from dsconfig.triton_schema import TYPES

_OPEN = -1
_IMAGE_DIMS = 3
_CPU, _MODEL = 2, 3  # of InstanceKind
# Of core's constants.h; "libtorch" and "torch_aoti" came with newer releases.
_PLATFORMS = frozenset(
    {
        *("tensorflow_graphdef", "tensorflow_savedmodel", "tensorrt_plan", "onnxruntime_onnx", "ensemble"),
        *("pytorch_libtorch", "libtorch", "torch_aoti"),
    }
)
# Triton's word for an ONNX element type; what is not here Triton's backend takes as no type at all.
_TYPE_OF = {
    "float32": "TYPE_FP32",
    "float16": "TYPE_FP16",
    "float64": "TYPE_FP64",
    "bool": "TYPE_BOOL",
    "string": "TYPE_STRING",
    **{f"{sign}int{bits}": f"TYPE_{sign.upper()}INT{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)},
}


def check(config: Message, folder: str, model: Model | None) -> Iterator[Fault]:
    """What Triton refuses when it loads a model.

    Args:
        config: The file.
        folder: What the model's folder is called.
        model: The header of the model that would be loaded; None when nobody could read one.
    """
    if config.name and config.name != folder:
        message = f"the model is called '{config.name}', and its folder '{folder}'; Triton takes one name for both"
        yield Fault.at(config.location("name"), message)
    yield from _platform(config)
    if config.max_batch_size < 0:
        yield Fault.at(config.location("max_batch_size"), "'max_batch_size' is 0 for a model without batches, or more")
    for field in ("input", "output"):
        for index, entry in enumerate(getattr(config, field)):
            yield from _entry(config, field, index, entry)
    yield from _scheduling(config)
    if model is not None:
        said: set[tuple[int, int | None, str]] = set()
        for fault in (*_inputs(config, model), *_outputs(config, model)):
            if (cause := (fault.line, fault.column, fault.hint)) not in said:  # one batch, however many tensors have it
                said.add(cause)
                yield fault


def _platform(config: Message) -> Iterator[Fault]:
    """A platform that Triton does not know says nothing about the backend; a known file name says it instead."""
    if config.platform and not config.backend and config.platform not in _PLATFORMS:
        message = f"Triton knows no platform '{config.platform}'"
        hint = 'Write `platform: "onnxruntime_onnx"` for an ONNX model, or name a `backend`.'
        yield Fault.at(config.location("platform"), message, hint=hint, fatal=not config.default_model_filename)


def _entry(config: Message, field: str, index: int, entry: Message) -> Iterator[Fault]:
    """An input or an output by itself."""
    what = f"{field} '{entry.name}'" if entry.name else f"{field} {index + 1}"
    for key in ("name", "data_type", "dims"):
        if not getattr(entry, key):
            yield Fault.at(config.location(field, index), f"{what} needs '{key}'")
    if any(size < 1 and size != _OPEN for size in entry.dims):
        yield Fault.at(entry.location("dims"), f"{what}: each of 'dims' is 1 or more, or -1 where the size is open")
    if field == "input" and entry.format and len(entry.dims) != _IMAGE_DIMS:
        yield Fault.at(entry.location("dims"), f"{what} has a format, so it takes three 'dims', without the batch")
    shape = entry.reshape.shape
    fixed = _OPEN not in (*entry.dims, *shape)
    if entry.has("reshape") and fixed and prod(shape) != prod(entry.dims):
        yield Fault.at(entry.location("reshape"), f"{what}: 'reshape' must hold as many elements as 'dims'")


def _scheduling(config: Message) -> Iterator[Fault]:
    if any(size > config.max_batch_size or size < 1 for size in config.dynamic_batching.preferred_batch_size):
        message = f"each 'preferred_batch_size' is from 1 to max_batch_size, which is {config.max_batch_size}"
        yield Fault.at(config.dynamic_batching.location("preferred_batch_size"), message)
    for group in config.instance_group:
        if group.gpus and group.kind in (_CPU, _MODEL):
            kind = "KIND_CPU" if group.kind == _CPU else "KIND_MODEL"
            yield Fault.at(group.location("gpus"), f"an instance group of {kind} names no 'gpus'")


def _inputs(config: Message, model: Model) -> Iterator[Fault]:
    own = {tensor.name: tensor for tensor in model.inputs}
    given = [entry.name for entry in config.input]
    if config.input and len(given) != len(own):
        names = ", ".join(f"'{name}'" for name in own)
        message = f"the file describes {len(given)} inputs, and {model.path.name} has {len(own)}: {names}"
        yield Fault.at(config.location("input"), message)
    for entry in config.input:
        yield from _tensor(config, entry, "input", own, model)


def _outputs(config: Message, model: Model) -> Iterator[Fault]:
    own = {tensor.name: tensor for tensor in model.outputs}
    for entry in config.output:
        yield from _tensor(config, entry, "output", own, model)


def _tensor(config: Message, entry: Message, what: str, own: dict[str, Tensor], model: Model) -> Iterator[Fault]:
    tensor = own.get(entry.name)
    if tensor is None:
        if entry.name:
            names = ", ".join(f"'{name}'" for name in own)
            yield Fault.at(
                entry.location("name"), f"{model.path.name} has no {what} '{entry.name}'", hint=f"It has {names}."
            )
        return
    wanted = _TYPE_OF.get(tensor.element)
    if entry.data_type and tensor.element and wanted != TYPES[entry.data_type % len(TYPES)]:
        message = f"the {what} '{entry.name}' of {model.path.name} is {tensor.element}"
        hint = f"Write `data_type: {wanted}`." if wanted else "Triton's ONNX backend has no such type."
        yield Fault.at(entry.location("data_type"), message, hint=hint)
    if tensor.shape:
        yield from _shape(config, entry, what, tensor, tensor.shape)


def _shape(config: Message, entry: Message, what: str, tensor: Tensor, shape: Sequence[Dimension]) -> Iterator[Fault]:
    """CompareDimsSupported: with batches the first dimension is open, and the rest is as the file has it."""
    own = [size if isinstance(size, int) else _OPEN for size in shape]
    batches = config.max_batch_size > 0
    if batches and own[0] != _OPEN:
        message = (
            f"with max_batch_size {config.max_batch_size} the first dimension of the {what} '{tensor.name}' must be "
            f"open, and it is {own[0]} ({tensor.text})"
        )
        hint = "Export the model with an open batch, or write `max_batch_size: 0` and all dimensions in `dims`."
        yield Fault.at(config.location("max_batch_size"), message, hint=hint)
        return
    given: list[Any] = list(entry.reshape.shape if entry.has("reshape") else entry.dims)
    rest = own[1:] if batches else own
    fixed_differ = any(size not in (_OPEN, wanted) for size, wanted in zip(rest, given, strict=False))
    open_differ = what == "output" and any(size == _OPEN != wanted for size, wanted in zip(rest, given, strict=False))
    if len(given) != len(rest) or fixed_differ:
        without = " without the batch" if batches else ""
        message = f"the {what} '{tensor.name}' is {tensor.text}, and 'dims' say{without} {given}"
        hint = f"Write `dims: [ {', '.join(map(str, rest))} ]`."
        yield Fault.at(entry.location("reshape" if entry.has("reshape") else "dims"), message, hint=hint)
    elif open_differ:
        # Whether ONNX Runtime finds the size of its own when it loads the model is not to be seen in the header.
        message = (
            f"the output '{tensor.name}' is {tensor.text}: Triton takes only -1 where the model leaves a size open"
        )
        yield Fault.at(
            entry.location("dims"), message, fatal=False, hint=f"Write `dims: [ {', '.join(map(str, rest))} ]`."
        )
