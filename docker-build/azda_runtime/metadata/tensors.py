"""Raw outputs as numpy arrays that a parser may keep."""

import ctypes
import math
from typing import Any

import numpy as np
import pyds
from numpy.typing import NDArray

# The element type of a layer by the number of its NvDsInferDataType. The bindings name the first four; INT64 and UINT8
# came with DeepStream 7 and 8 without a name in them, and their numbers have not been seen: UNVERIFIED.
_TYPES = {
    number: np.dtype(kind)
    for number, kind in enumerate((np.float32, np.float16, np.int8, np.int32, np.int64, np.uint8))
}


class TensorError(ValueError):
    """A layer cannot be read; the parser that asks for it gets the reason."""


def arrays(tensor_meta: Any) -> dict[str, NDArray[Any]]:
    """The layers of one frame or object.

    Returns:
        Layer name -> copy of its data, of the layer's own dtype, with its shape without the batch dimension.

    Raises:
        TensorError: A layer has no data, or a type that is not known.
    """
    found = {}
    for index in range(tensor_meta.num_output_layers):
        layer = pyds.get_nvds_LayerInfo(tensor_meta, index)
        found[layer.layerName] = _array(layer)
    return found


def network_size(tensor_meta: Any) -> tuple[int, int] | None:
    """Width and height of the network's input; None where the metadata do not say it."""
    info = tensor_meta.network_info
    size = (int(info.width), int(info.height))
    return size if min(size) > 0 else None


def _array(layer: Any) -> NDArray[Any]:
    number = int(layer.dataType)
    if number not in _TYPES:
        raise TensorError(f"the layer {layer.layerName!r} has the element type {number}, which is not known")
    dtype, dims = _TYPES[number], layer.inferDims
    shape = tuple(map(int, dims.d[: dims.numDims]))
    count = math.prod(shape)
    address = None if layer.buffer is None else pyds.get_ptr(layer.buffer)
    if count and not address:
        raise TensorError(f"the layer {layer.layerName!r} has no data on the host")
    if not count or address is None:
        return np.zeros(shape, dtype=dtype)
    memory = (ctypes.c_ubyte * (count * dtype.itemsize)).from_address(address)
    return np.ndarray(shape, dtype, memoryview(memory)).copy()
