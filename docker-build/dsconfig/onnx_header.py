"""The header of an ONNX model: inputs, outputs, opset and where its weights are.

ONNX is a protobuf message; the numbers of its fields are those of ONNX's onnx.proto. Only its outline is walked, and a
field that is not asked for (weights above all) is stepped over without being read, so a large model costs a few pages
of its file.
"""

import ast
import mmap
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from dsconfig.onnx_batch import fixed_shapes
from dsconfig.onnx_operators import Operator, operators

Data = mmap.mmap | bytes
Span = tuple[int, int]
Dimension = int | str | None

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_SKIPPED = {_FIXED64: 8, _FIXED32: 4}
_LFS = b"version https://git-lfs"
_LONGEST_TEXT = 1 << 16
_LARGEST_BATCH = 65536
# A model of many thousand layers has fewer fields in its outline; more are there to keep us busy.
_MOST_FIELDS = 500_000
_MOST_OF_A_PAIR = 16  # fields of a key with its value, which has two
_LONGEST_VARINT = 10  # bytes, of seven bits each
_LAST_BYTE = 0x80  # a byte below it ends a number
_NEGATIVE = 1 << 63
_MAPPED = 8 << 20  # bytes that are passed by before the file's pages are given back

# Field numbers of onnx.proto, by message.
_GRAPH, _OPSET, _METADATA, _FUNCTION = 7, 8, 14, 25  # ModelProto
_DOMAIN, _VERSION = 1, 2  # OperatorSetIdProto
_INITIALIZER, _INPUT, _OUTPUT = 5, 11, 12  # GraphProto
_WEIGHT_NAME, _EXTERNAL = 8, 13  # TensorProto
_KEY, _VALUE = 1, 2  # StringStringEntryProto
_NAME, _TYPE = 1, 2  # ValueInfoProto
_TENSOR = 1  # TypeProto
_ELEMENT, _SHAPE = 1, 2  # TypeProto.Tensor
_DIMENSION, _SIZE, _SIZE_NAME = 1, 1, 2  # TensorShapeProto and its Dimension
ELEMENT_TYPES = {
    1: "float32",
    2: "uint8",
    3: "int8",
    4: "uint16",
    5: "int16",
    6: "int32",
    7: "int64",
    8: "string",
    9: "bool",
    10: "float16",
    11: "float64",
    12: "uint32",
    13: "uint64",
    16: "bfloat16",
}


class ModelError(Exception):
    """A file that is not an ONNX model; the text says why."""


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
    shape: tuple[Dimension, ...] | None

    @property
    def text(self) -> str:
        """The shape as `1x3xHxW`."""
        return "unknown" if self.shape is None else "x".join("?" if d is None else str(d) for d in self.shape)


@dataclass(frozen=True, kw_only=True, slots=True)
class Model:
    """What a model's header says.

    Attributes:
        path: The file.
        inputs: Inputs that are not weights.
        outputs: Outputs.
        opset: The version of ONNX's own operators; None when it is not said.
        weight_files: Files beside the model that hold weights, in the order of their first use.
        metadata: What the exporter wrote about the model, by key.
        operators: The kinds of its nodes; empty where there are too many to look at.
        fixed_shapes: What the graph fixes inside although the batch is open outside.
    """

    path: Path
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    opset: int | None
    weight_files: tuple[str, ...]
    metadata: Mapping[str, str] = field(default_factory=dict)
    operators: tuple[Operator, ...] = ()
    fixed_shapes: tuple[tuple[int, ...], ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its classes in their order, as Ultralytics' exporter writes them; empty when it does not say."""
        try:
            found = ast.literal_eval(self.metadata.get("names", "()"))
        except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
            return ()
        if isinstance(found, dict) and all(index in found for index in range(len(found))):
            found = [found[index] for index in range(len(found))]
        return tuple(found) if isinstance(found, list) and all(isinstance(name, str) for name in found) else ()

    @property
    def batch(self) -> int | None:
        """The fixed first dimension of the first input; None when it is open or not said."""
        shape = self.inputs[0].shape if self.inputs else None
        first = shape[0] if shape else None
        return first if isinstance(first, int) and 0 < first <= _LARGEST_BATCH else None


def read(path: Path) -> Model:
    """Read the header of a model.

    Raises:
        ModelError: It cannot be read or is not an ONNX model.
    """
    with opened(path) as data:
        return parse(path, data)


@contextmanager
def opened(path: Path) -> Iterator[Data]:
    """The bytes of a model's file, which are read where they are looked at.

    Raises:
        ModelError: It cannot be read or is not an ONNX model.
    """
    try:
        # A pipe would be waited for: without a writer for ever.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode) or not status.st_size:
                raise ModelError("it is empty" if stat.S_ISREG(status.st_mode) else "it is not a file")
            if file.read(len(_LFS)) == _LFS:
                raise ModelError("it is a pointer of Git LFS, not the model: run `git lfs pull`")
            with mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ) as data:
                yield data
    except OSError as error:
        raise ModelError(f"it cannot be read: {error.strerror}") from None
    except ValueError:
        raise ModelError("no file can have its name") from None


def parse(path: Path, data: Data) -> Model:
    """Read the header from a model's bytes; `path` is what the model is called.

    Raises:
        ModelError: They are not an ONNX model.
    """
    try:
        return _model(path, Fields(data), len(data))
    except (IndexError, UnicodeDecodeError):
        raise ModelError("it is cut short, or something else than ONNX") from None


def fixed_batch(path: Path) -> int | None:
    """The fixed first dimension of a model's first input.

    Returns:
        None when that is open or not said, and when the file is not a readable ONNX model: who loads it says so.
    """
    try:
        return read(path).batch
    except ModelError:
        return None


def _model(path: Path, fields: "Fields", size: int) -> Model:
    graph, opset, metadata = _outline(fields, size)
    inputs: list[Tensor] = []
    outputs: list[Tensor] = []
    weights: set[str] = set()
    files: dict[str, None] = {}
    for number, span in fields.messages(graph):
        if number == _INITIALIZER:
            name, file = fields.weight(span)
            weights.add(name)
            if file:
                files[file] = None
        elif number in (_INPUT, _OUTPUT):
            (inputs if number == _INPUT else outputs).append(fields.tensor(span))
    if not outputs:
        raise ModelError("its graph has no outputs")
    kinds = _operators(fields, graph, size)
    # Models of old exporters list their weights among the inputs.
    own = tuple(tensor for tensor in inputs if tensor.name not in weights)
    return Model(
        path=path,
        inputs=own,
        outputs=tuple(outputs),
        opset=opset,
        weight_files=tuple(files),
        metadata=metadata,
        operators=kinds,
        fixed_shapes=_fixed(fields, graph, own),
    )


def _operators(fields: "Fields", graph: Span, size: int) -> tuple[Operator, ...]:
    """The kinds of nodes, with a limit of their own: what they are is no reason to refuse a model."""
    mine = fields.again(_MOST_FIELDS * 2)
    try:
        return operators(mine, graph, [span for number, span in mine.messages((0, size)) if number == _FUNCTION])
    except (IndexError, UnicodeDecodeError):
        return ()


def _fixed(fields: "Fields", graph: Span, inputs: tuple[Tensor, ...]) -> tuple[tuple[int, ...], ...]:
    """The shapes inside that do not grow with the batch, with a limit of its own too."""
    opened = [tensor.name for tensor in inputs if tensor.shape and not isinstance(tensor.shape[0], int)]
    try:
        return fixed_shapes(fields.again(_MOST_FIELDS * 4), graph, opened) if opened else ()
    except (IndexError, UnicodeDecodeError):
        return ()


def _outline(fields: "Fields", size: int) -> tuple[Span, int | None, Mapping[str, str]]:
    """Where the graph is, the version of ONNX's own operators, and the metadata."""
    opset: int | None = None
    graph: Span | None = None
    metadata: dict[str, str] = {}
    for number, span in fields.messages((0, size)):
        if number == _GRAPH:
            graph = span
        elif number == _OPSET:
            opset = fields.opset(span) or opset
        elif number == _METADATA:
            metadata.update(fields.pair(span))
    if graph is None:
        raise ModelError("it holds no graph")
    return graph, opset, metadata


class Fields:
    """Walks the fields of messages in bytes; raises IndexError where the bytes are not messages, or hold too many."""

    def __init__(self, data: Data, most: int = _MOST_FIELDS) -> None:
        self._data = data
        self._left = most
        self._passed = 0

    def again(self, most: int) -> "Fields":
        """Another walk over the same bytes."""
        return Fields(self._data, most)

    def messages(self, span: Span) -> Iterator[tuple[int, Span]]:
        """Number and place of each message or text."""
        return ((number, location) for number, wire, location in self._walk(span) if wire == _BYTES)

    def numbers(self, span: Span) -> dict[int, int]:
        """The fields that are numbers; a later one replaces an earlier one."""
        return {number: value for number, wire, (value, _) in self._walk(span) if wire == _VARINT}

    def repeated(self, span: Span, number: int) -> list[int]:
        """All numbers of one field, in their order."""
        return [value for each, wire, (value, _) in self._walk(span) if each == number and wire == _VARINT]

    def opset(self, span: Span) -> int | None:
        """The version, if it is that of ONNX's own operators."""
        texts = dict(self.messages(span))
        domain = self.text(texts[_DOMAIN]) if _DOMAIN in texts else ""
        return self.numbers(span).get(_VERSION) if domain in ("", "ai.onnx") else None

    def pair(self, span: Span) -> dict[str, str]:
        """A key with its value; empty where it is not a short text, which is no reason to refuse a model."""
        if span[1] - span[0] > 2 * _LONGEST_TEXT:
            return {}
        try:
            read = {number: self.text(location) for number, location in self.again(_MOST_OF_A_PAIR).messages(span)}
        except (IndexError, UnicodeDecodeError):
            return {}
        return {read[_KEY]: read.get(_VALUE, "")} if _KEY in read else {}

    def weight(self, span: Span) -> tuple[str, str | None]:
        """A weight's name, and the file that it is kept in."""
        name, file = "", None
        for number, location in self.messages(span):
            if number == _WEIGHT_NAME:
                name = self.text(location)
            elif number == _EXTERNAL:
                pair = {each: self.text(where) for each, where in self.messages(location)}
                if pair.get(_KEY) == "location":
                    file = pair.get(_VALUE)
        return name, file

    def tensor(self, span: Span) -> Tensor:
        """An input or an output."""
        name, element, shape = "", "", None
        for number, location in self.messages(span):
            if number == _NAME:
                name = self.text(location)
            elif number == _TYPE:
                for kind, inner in self.messages(location):
                    if kind == _TENSOR:
                        element, shape = self._tensor_type(inner)
        return Tensor(name=name, element=element, shape=shape)

    def _tensor_type(self, span: Span) -> tuple[str, tuple[Dimension, ...] | None]:
        number = self.numbers(span).get(_ELEMENT)
        element = "" if number is None else ELEMENT_TYPES.get(number, f"type {number}")
        shape: tuple[Dimension, ...] | None = None
        for each_field, location in self.messages(span):
            if each_field == _SHAPE:
                sizes = self.messages(location)
                shape = tuple(self._dimension(size) for each, size in sizes if each == _DIMENSION)
        return element, shape

    def _dimension(self, span: Span) -> Dimension:
        size = self.numbers(span).get(_SIZE)
        if size is not None:
            # A negative number is how some exporters write an open dimension.
            return size if size < _NEGATIVE else None
        named = dict(self.messages(span)).get(_SIZE_NAME)
        return (self.text(named) or None) if named is not None else None

    def data(self, span: Span) -> bytes:
        """The bytes themselves."""
        return bytes(self._data[span[0] : span[1]])

    def text(self, span: Span) -> str:
        """A text."""
        if span[1] - span[0] > _LONGEST_TEXT:
            raise IndexError(span[0])
        return self._data[span[0] : span[1]].decode()

    def _walk(self, span: Span) -> Iterator[tuple[int, int, Span]]:
        """Number, wire type and place of each field; of a number `(value, 0)`."""
        location, end = span
        while location < end:
            self._left -= 1
            tag, location = self._varint(location)
            number, wire = tag >> 3, tag & 7
            value, after = 0, location
            if wire in (_VARINT, _BYTES):
                value, after = self._varint(location)
            start = after
            if wire == _BYTES:
                after += value
            elif wire != _VARINT:
                after = location + _SKIPPED.get(wire, end)
            if number == 0 or after > end or self._left < 0:
                raise IndexError(location)
            if wire in (_VARINT, _BYTES):
                yield number, wire, (start, after) if wire == _BYTES else (value, 0)
            location = after
            self._pass(after - start)

    def _pass(self, length: int) -> None:
        """Give pages back now and then: a look at a large weight may map all of it, and counts as our memory."""
        self._passed += length
        if self._passed >= _MAPPED and isinstance(self._data, mmap.mmap):
            self._passed = 0
            if hasattr(mmap, "MADV_DONTNEED"):  # not on Windows
                self._data.madvise(mmap.MADV_DONTNEED)

    def _varint(self, location: int) -> tuple[int, int]:
        value = 0
        for index in range(_LONGEST_VARINT):
            byte = self._data[location + index]
            value |= (byte & 0x7F) << (7 * index)
            if byte < _LAST_BYTE:
                return value, location + index + 1
        raise IndexError(location)
