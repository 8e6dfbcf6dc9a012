"""The C++ types that a native parser takes and fills, as ctypes and numpy see them.

Source: `nvdsinfer.h` and `nvdsinfer_custom_impl.h` of DeepStream's SDK. `std::vector` is three pointers (begin, end,
end of the storage) in libstdc++ and libc++ alike; `std::string` is libstdc++'s of GCC 5 and later ("cxx11").
"""

import ctypes
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

MAX_DIMS = 8
_TYPES = {"float32": 0, "float16": 1, "int8": 2, "int32": 3, "int64": 4, "uint8": 5, "bool": 5}
"""NvDsInferDataType; int64 and uint8 are newer (9.0 has them), and nvinfer gives bool as uint8."""
_LOCAL_TEXT = 16


class Dims(ctypes.Structure):
    """NvDsInferDims: `numElements` is the product of the dimensions."""

    _fields_ = (("numDims", ctypes.c_uint), ("d", ctypes.c_uint * MAX_DIMS), ("numElements", ctypes.c_uint))


class Layer(ctypes.Structure):
    """NvDsInferLayerInfo: an output layer of one frame, without the batch dimension."""

    _fields_ = (
        ("dataType", ctypes.c_int),
        ("inferDims", Dims),
        ("bindingIndex", ctypes.c_int),
        ("layerName", ctypes.c_char_p),
        ("buffer", ctypes.c_void_p),
        ("isInput", ctypes.c_int),
    )


class Network(ctypes.Structure):
    """NvDsInferNetworkInfo: the network's input, in pixels."""

    _fields_ = (("width", ctypes.c_uint), ("height", ctypes.c_uint), ("channels", ctypes.c_uint))


class Vector(ctypes.Structure):
    """A `std::vector`."""

    _fields_ = (("begin", ctypes.c_void_p), ("end", ctypes.c_void_p), ("storage", ctypes.c_void_p))


class Text(ctypes.Structure):
    """A `std::string`: short ones are inside it, and `data` points there."""

    _fields_ = (("data", ctypes.c_void_p), ("length", ctypes.c_size_t), ("local", ctypes.c_char * _LOCAL_TEXT))


class DetectionParams(ctypes.Structure):
    """NvDsInferParseDetectionParams; the last member is a C++ reference to the first vector."""

    _fields_ = (
        ("numClassesConfigured", ctypes.c_uint),
        ("perClassPreclusterThreshold", Vector),
        ("perClassPostclusterThreshold", Vector),
        ("perClassThreshold", ctypes.POINTER(Vector)),
    )


_BOX = [("class_id", "u4"), ("left", "f4"), ("top", "f4"), ("width", "f4"), ("height", "f4"), ("confidence", "f4")]
OBJECT = np.dtype(_BOX)
"""NvDsInferObjectDetectionInfo before DeepStream 9.0: 24 bytes, pixels of the network."""
ROTATED_OBJECT = np.dtype([*_BOX, ("rotation", "f4")])
"""The same from 9.0 on, which appended `rotation_angle`."""
INSTANCE = np.dtype(
    [*_BOX, ("mask", "u8"), ("mask_width", "u4"), ("mask_height", "u4"), ("mask_size", "u4"), ("padding", "u4")]
)
"""NvDsInferInstanceMaskInfo: `mask` is `mask_size` bytes of float32, made with `new float[]`."""
ATTRIBUTE = np.dtype([("index", "u4"), ("value", "u4"), ("confidence", "f4"), ("padding", "u4"), ("label", "u8")])
"""NvDsInferAttribute: `label` is a C string, made with `strdup`, or null."""


def layers(outputs: Mapping[str, npt.NDArray[Any]]) -> ctypes.Array[Layer]:
    """Describe the outputs of a frame; the arrays must stay alive, and be contiguous.

    Raises:
        ValueError: An output has a type or a rank that NvDsInferLayerInfo cannot say.
    """
    described = (Layer * len(outputs))()
    for index, (name, array) in enumerate(outputs.items()):
        if array.dtype.name not in _TYPES or array.ndim > MAX_DIMS:
            raise ValueError(f"output '{name}' is {array.dtype.name} of rank {array.ndim}")
        dims = Dims(array.ndim, (ctypes.c_uint * MAX_DIMS)(*array.shape), array.size)
        # nvinfer counts the bindings of the engine: the input is the first.
        described[index] = Layer(_TYPES[array.dtype.name], dims, index + 1, name.encode(), array.ctypes.data, 0)
    return described


def vector_over(array: Any, count: int, size: int) -> Vector:
    """A vector whose elements are a ctypes array's; only to be read."""
    begin = ctypes.addressof(array)
    return Vector(begin, begin + count * size, begin + count * size)


def vector_of(values: Sequence[float]) -> tuple[Vector, Any]:
    """A vector of floats, and what must stay alive with it."""
    array = (ctypes.c_float * max(len(values), 1))(*values)
    return vector_over(array, len(values), ctypes.sizeof(ctypes.c_float)), array


def elements(vector: Vector, kind: np.dtype[Any]) -> npt.NDArray[Any]:
    """What a parser pushed, copied.

    Raises:
        ValueError: The vector's size is no multiple of its elements': it was built against another release's headers.
    """
    size = (vector.end or 0) - (vector.begin or 0)
    if size % kind.itemsize:
        raise ValueError(f"the list has {size} bytes, which is no multiple of {kind.itemsize}")
    return np.frombuffer(ctypes.string_at(vector.begin, size) if size else b"", kind).copy()


def boxes(vector: Vector, kind: np.dtype[Any], classes: int) -> npt.NDArray[Any]:
    """The boxes that a parser pushed, copied.

    Args:
        vector: The list.
        kind: `OBJECT` or `ROTATED_OBJECT`, by the release.
        classes: How many classes there are. Seven boxes of one kind take as many bytes as six of the other: ids that
            are classes as the other kind alone distinguish them.

    Raises:
        ValueError: The list is of the other kind.
    """
    found = elements(vector, kind)
    other = OBJECT if kind is ROTATED_OBJECT else ROTATED_OBJECT
    if found.nbytes % other.itemsize or not (found["class_id"] >= classes).any():
        return found
    if (np.frombuffer(found.tobytes(), other)["class_id"] < classes).all():
        raise ValueError(f"the list is of boxes of {other.itemsize} bytes, and the release's have {kind.itemsize}")
    return found


def text() -> Text:
    """An empty string that C++ may fill; keep the object, since it points into itself."""
    made = Text()
    made.data = ctypes.addressof(made) + Text.local.offset
    return made
