"""Layers as nvinfer describes them, and the rules that a model's own description must pass."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from simulator.errors import ModelError, NotSimulatedError

IMAGE_RANK = 4


class DataType(IntEnum):
    """NvDsInferDataType."""

    FLOAT = 0
    HALF = 1
    INT8 = 2
    INT32 = 3
    INT64 = 4
    UINT8 = 5


_TYPES: dict[str, tuple[DataType, type[np.generic]]] = {
    "tensor(float)": (DataType.FLOAT, np.float32),
    "tensor(float16)": (DataType.HALF, np.float16),
    "tensor(int8)": (DataType.INT8, np.int8),
    "tensor(int32)": (DataType.INT32, np.int32),
    "tensor(int64)": (DataType.INT64, np.int64),
    "tensor(uint8)": (DataType.UINT8, np.uint8),
    "tensor(bool)": (DataType.UINT8, np.uint8),  # TrtEngine::getLayerInfo of gst-nvinfer 9.1
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Layer:
    """A bound layer, as NvDsInferLayerInfo describes it.

    Attributes:
        name: The tensor's name in the ONNX file.
        dims: Its shape without the batch dimension.
        data_type: NvDsInferDataType.
        dtype: The same for numpy.
        index: The binding's number: inputs first, then outputs, in the file's order.
    """

    name: str
    dims: tuple[int, ...]
    data_type: DataType
    dtype: type[np.generic]
    index: int


def known_type(path: Path, name: str, kind: str) -> tuple[DataType, type[np.generic]]:
    """Give NvDsInferDataType and numpy's type for ONNX Runtime's word.

    Raises:
        NotSimulatedError: If nvinfer has no such type.
    """
    if kind not in _TYPES:
        raise NotSimulatedError(
            f"{path}: layer '{name}' is a {kind}, which nvinfer has no data type for",
            hint="Cast it to float32 or int32 in the exported model.",
        )
    return _TYPES[kind]


def output_type(path: Path, name: str, kind: str) -> tuple[DataType, type[np.generic]]:
    """Give the types of an output as it is handed over; `known_type`'s, but for double.

    Raises:
        NotSimulatedError: If nvinfer has no such type.
    """
    return known_type(path, name, "tensor(float)" if kind == "tensor(double)" else kind)


def handed_over(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """An output as the engine gives it: bool as uint8, double as float, clamped (onnx-tensorrt, docs/operators.md)."""
    if array.dtype == np.bool_:
        return array.view(np.uint8)
    if array.dtype != np.float64:
        return array
    most = np.finfo(np.float32).max
    return np.where(np.isfinite(array), np.clip(array, -most, most), array).astype(np.float32)


@dataclass(frozen=True, kw_only=True, slots=True)
class Described:
    """An input as the model file describes it.

    Attributes:
        name: The tensor's name.
        kind: Its type as ONNX Runtime names it.
        shape: Its dimensions, the batch first; dynamic ones are names or None.
    """

    name: str
    kind: str
    shape: tuple[Any, ...]


def input_layer(
    path: Path, inputs: Sequence[Described], dims: tuple[int, int, int] | None, *, last: bool
) -> tuple[int | None, Layer]:
    """Check a model's inputs.

    Args:
        path: The model, for the sentences.
        inputs: All that it has.
        dims: Channels, height and width where the model's own are dynamic.
        last: Whether channels are last.

    Returns:
        The fixed batch size, if there is one, and the input with all its dimensions known.

    Raises:
        ModelError: If the dimensions are unknown, or not those that are asked for.
        NotSimulatedError: If there is not exactly one image input.
    """
    if len(inputs) != 1 or len(inputs[0].shape) != IMAGE_RANK:
        shapes = ", ".join(f"{node.name}{list(node.shape)}" for node in inputs)
        raise NotSimulatedError(
            f"{path}: nvinfer fills one image input of four dimensions, and this model has {shapes}",
            hint="Further inputs need a native library on the device (custom-lib-path); "
            "fold them into the model as constants.",
        )
    batch, *own = inputs[0].shape
    data_type, dtype = known_type(path, inputs[0].name, inputs[0].kind)
    shape = _full_dims(path, own, dims, last)
    layer = Layer(name=inputs[0].name, dims=shape, data_type=data_type, dtype=dtype, index=0)
    return (batch if isinstance(batch, int) else None), layer


def _full_dims(path: Path, own: list[Any], dims: tuple[int, int, int] | None, last: bool) -> tuple[int, ...]:
    wanted: list[Any] = list(own)
    if dims is not None:
        wanted = [dims[1], dims[2], dims[0]] if last else list(dims)
    if not all(isinstance(size, int) and size > 0 for size in wanted):
        raise ModelError(
            f"{path}: the input has dynamic dimensions {own}",
            hint="Set infer-dims=channels;height;width in the configuration.",
        )
    if any(isinstance(size, int) and size != want for size, want in zip(own, wanted, strict=True)):
        raise ModelError(
            f"{path}: infer-dims asks for {tuple(wanted)}, and the model's input is fixed at {own}",
            hint="Check network-input-order, and that infer-dims is channels;height;width.",
        )
    return tuple(wanted)
