"""The header of an ONNX model: inputs, outputs, opset and where its weights are.

ONNX is a protobuf message. Only its outline is walked; a field that is not asked for (weights above all) is stepped
over without being read, so a large model costs a few pages of its file.
"""

import mmap
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_LFS = b"version https://git-lfs"
_ELEMENT_TYPES = {
    1: "float32",
    2: "uint8",
    3: "int8",
    6: "int32",
    7: "int64",
    9: "bool",
    10: "float16",
    11: "float64",
    16: "bfloat16",
}


class ModelError(Exception):
    """A file that is no ONNX model; the text says why."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Tensor:
    """An input or output of a model.

    Attributes:
        name: The layer's name.
        element: Its element type, as `float32`; empty when the model does not say.
        shape: Its dimensions with the batch first: a number, a name for one that is open, or None for one without a
            name. None for a shape that is not said.
    """

    name: str
    element: str
    shape: tuple[int | str | None, ...] | None

    @property
    def text(self) -> str:
        """The shape as `1x3xHxW`."""
        return "unknown" if self.shape is None else "x".join("?" if d is None else str(d) for d in self.shape)


@dataclass(frozen=True, kw_only=True, slots=True)
class Model:
    """What a model's header says.

    Attributes:
        path: The file.
        inputs: Inputs that are no weights.
        outputs: Outputs.
        opset: The version of ONNX's own operators; None when it is not said.
        weight_files: Files beside the model that hold weights, in the order of their first use.
    """

    path: Path
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    opset: int | None
    weight_files: tuple[str, ...]


def read(path: Path) -> Model:
    """Read the header of a model.

    Raises:
        ModelError: It cannot be read or is no ONNX model.
    """
    try:
        with path.open("rb") as file:
            if file.read(len(_LFS)) == _LFS:
                raise ModelError("it is a pointer of Git LFS, not the model: run `git lfs pull`")
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                return _model(path, data)
    except OSError as error:
        raise ModelError(f"it cannot be read: {error.strerror}") from None
    except ValueError:
        raise ModelError("it is empty") from None
    except (IndexError, struct.error, UnicodeDecodeError):
        raise ModelError("it is cut short, or something else than ONNX") from None


def _model(path: Path, data: mmap.mmap) -> Model:  # noqa: C901 # one arm per field that is asked for
    opset: int | None = None
    graph: tuple[int, int] | None = None
    for number, wire, value in _fields(data, 0, len(data)):
        if number == 7 and wire == _BYTES:  # noqa: PLR2004 # ModelProto.graph
            graph = value
        elif number == 8 and wire == _BYTES:  # noqa: PLR2004 # ModelProto.opset_import
            version = _opset(data, value)
            opset = version if version is not None else opset
    if graph is None:
        raise ModelError("it holds no graph")
    inputs: list[Tensor] = []
    outputs: list[Tensor] = []
    weights: set[str] = set()
    files: dict[str, None] = {}
    for number, wire, value in _fields(data, *graph):
        if wire != _BYTES:
            continue
        if number == 5:  # noqa: PLR2004 # GraphProto.initializer
            name, file = _weight(data, value)
            weights.add(name)
            if file:
                files[file] = None
        elif number in {11, 12}:  # GraphProto.input, GraphProto.output
            (inputs if number == 11 else outputs).append(_tensor(data, value))  # noqa: PLR2004 # as above
    if not outputs:
        raise ModelError("its graph has no outputs")
    return Model(
        path=path,
        inputs=tuple(t for t in inputs if t.name not in weights),
        outputs=tuple(outputs),
        opset=opset,
        weight_files=tuple(files),
    )


def _fields(data: mmap.mmap, start: int, end: int) -> Iterator[tuple[int, int, tuple[int, int]]]:
    """Yield number, wire type and value of each field: where its bytes are, or for a number `(number, 0)`."""
    place = start
    while place < end:
        tag, place = _varint(data, place)
        number, wire = tag >> 3, tag & 7
        if wire == _VARINT:
            value, place = _varint(data, place)
            yield number, wire, (value, 0)
        elif wire == _BYTES:
            size, place = _varint(data, place)
            if place + size > end:
                raise IndexError(place)
            yield number, wire, (place, place + size)
            place += size
        elif wire in {_FIXED64, _FIXED32}:
            place += 8 if wire == _FIXED64 else 4
            if place > end:
                raise IndexError(place)
        else:
            raise IndexError(place)
        if number == 0:
            raise IndexError(place)


def _varint(data: mmap.mmap, place: int) -> tuple[int, int]:
    value = shift = 0
    while shift < 70:  # noqa: PLR2004 # ten bytes of seven bits are the longest number
        byte = data[place]
        place += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:  # noqa: PLR2004 # the last byte has no high bit
            return value, place
        shift += 7
    raise IndexError(place)


def _text(data: mmap.mmap, span: tuple[int, int]) -> str:
    if span[1] - span[0] > 1 << 16:
        raise IndexError(span[0])
    return data[span[0] : span[1]].decode()


def _opset(data: mmap.mmap, span: tuple[int, int]) -> int | None:
    domain, version = "", None
    for number, wire, value in _fields(data, *span):
        if number == 1 and wire == _BYTES:
            domain = _text(data, value)
        elif number == 2 and wire == _VARINT:  # noqa: PLR2004 # OperatorSetIdProto.version
            version = value[0]
    return version if domain in {"", "ai.onnx"} else None


def _weight(data: mmap.mmap, span: tuple[int, int]) -> tuple[str, str | None]:
    """A weight's name, and the file that it is kept in."""
    name, file = "", None
    for number, wire, value in _fields(data, *span):
        if wire == _BYTES and number == 8:  # noqa: PLR2004 # TensorProto.name
            name = _text(data, value)
        elif wire == _BYTES and number == 13:  # noqa: PLR2004 # TensorProto.external_data
            pair = {n: _text(data, v) for n, w, v in _fields(data, *value) if w == _BYTES}
            if pair.get(1) == "location":
                file = pair.get(2)
    return name, file


def _tensor(data: mmap.mmap, span: tuple[int, int]) -> Tensor:
    name, element, shape = "", "", None
    for number, wire, value in _fields(data, *span):
        if wire == _BYTES and number == 1:
            name = _text(data, value)
        elif wire == _BYTES and number == 2:  # noqa: PLR2004 # ValueInfoProto.type
            for inner, inner_wire, place in _fields(data, *value):
                if inner == 1 and inner_wire == _BYTES:  # TypeProto.tensor_type
                    element, shape = _type(data, place)
    return Tensor(name=name, element=element, shape=shape)


def _type(data: mmap.mmap, span: tuple[int, int]) -> tuple[str, tuple[int | str | None, ...] | None]:
    element, shape = "", None
    for number, wire, value in _fields(data, *span):
        if number == 1 and wire == _VARINT:
            element = _ELEMENT_TYPES.get(value[0], f"type {value[0]}")
        elif number == 2 and wire == _BYTES:  # noqa: PLR2004 # TypeProto.Tensor.shape
            shape = tuple(_dimension(data, place) for n, w, place in _fields(data, *value) if n == 1 and w == _BYTES)
    return element, shape


def _dimension(data: mmap.mmap, span: tuple[int, int]) -> int | str | None:
    for number, wire, value in _fields(data, *span):
        if number == 1 and wire == _VARINT:
            # A negative number is how some exporters write an open dimension.
            return value[0] if value[0] < 1 << 63 else None
        if number == 2 and wire == _BYTES:  # noqa: PLR2004 # Dimension.dim_param
            return _text(data, value) or None
    return None
