"""A batch that is open at a model's input and fixed inside: a Reshape to sizes that are all numbers.

The input is followed through operators whose results grow with the batch, so that such a Reshape surely fails for any
other batch. The numbers of fields are those of onnx.proto.
"""

import struct
from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol

Span = tuple[int, int]

_NODE, _INITIALIZER = 1, 5  # GraphProto
_INPUT, _OUTPUT, _OPERATOR, _ATTRIBUTE = 1, 2, 4, 5  # NodeProto
_TENSOR = 5  # AttributeProto
_TYPE, _INT64_DATA, _NAME, _RAW = 2, 7, 8, 9  # TensorProto
_INT64 = 7
_MOST_SIZES = 16  # of a shape
_LONGEST_NUMBER = 10  # bytes
_LAST_BYTE = 0x80  # a byte below it ends a number
_GROWING = frozenset(
    [
        "Abs",
        "Add",
        "AveragePool",
        "BatchNormalization",
        "Cast",
        "Ceil",
        "Clip",
        "Concat",
        "Conv",
        "ConvTranspose",
        "DepthToSpace",
        "Div",
        "Dropout",
        "Elu",
        "Erf",
        "Exp",
        "Flatten",
        "Floor",
        "GlobalAveragePool",
        "GlobalMaxPool",
        "HardSigmoid",
        "HardSwish",
        "Identity",
        "InstanceNormalization",
        "LayerNormalization",
        "LeakyRelu",
        "Log",
        "MatMul",
        "MaxPool",
        "Mul",
        "Neg",
        "PRelu",
        "Pad",
        "Pow",
        "Relu",
        "Resize",
        "Sigmoid",
        "Softmax",
        "Softplus",
        "SpaceToDepth",
        "Sqrt",
        "Squeeze",
        "Sub",
        "Tanh",
        "Transpose",
        "Unsqueeze",
        "Upsample",
    ]
)


class Fields(Protocol):
    """What walks the fields of protobuf messages."""

    def messages(self, span: Span) -> Iterator[tuple[int, Span]]:
        """Number and place of each message or text."""
        ...

    def numbers(self, span: Span) -> dict[int, int]:
        """The fields that are numbers."""
        ...

    def text(self, span: Span) -> str:
        """A text."""
        ...

    def data(self, span: Span) -> bytes:
        """The bytes themselves."""
        ...


def fixed_shapes(fields: Fields, graph: Span, inputs: Iterable[str]) -> tuple[tuple[int, ...], ...]:
    """The shapes, all numbers, that something which grows with the batch is brought into.

    Args:
        fields: The walk over the model's bytes.
        graph: Where the graph is.
        inputs: The inputs whose batch is open.
    """
    growing = set(inputs)
    shapes: dict[str, tuple[int, ...]] = {}
    for number, span in fields.messages(graph):
        if number == _INITIALIZER:
            shapes.update(_shape(fields, span, ""))
    found: list[tuple[int, ...]] = []
    for number, span in fields.messages(graph):  # nodes stand in the order in which they run
        if number == _NODE and growing:
            found.extend(_node(fields, span, growing, shapes))
    return tuple(found)


def _node(
    fields: Fields, span: Span, growing: set[str], shapes: dict[str, tuple[int, ...]]
) -> Iterator[tuple[int, ...]]:
    parts = list(fields.messages(span))
    inputs = [fields.text(location) for number, location in parts if number == _INPUT]
    outputs = [fields.text(location) for number, location in parts if number == _OUTPUT]
    kind = next((fields.text(location) for number, location in parts if number == _OPERATOR), "")
    if kind == "Constant" and outputs:
        for number, location in parts:
            if number == _ATTRIBUTE:
                for each, tensor in fields.messages(location):
                    if each == _TENSOR:
                        shapes.update(_shape(fields, tensor, outputs[0]))
    elif kind == "Reshape" and inputs and inputs[0] in growing:
        shape = shapes.get(inputs[1], ()) if len(inputs) > 1 else ()
        if shape and all(size > 0 for size in shape):
            yield shape
        elif any(size <= 0 for size in shape):
            growing.update(outputs)
    elif kind in _GROWING and growing.intersection(inputs):
        growing.update(outputs)


def _shape(fields: Fields, tensor: Span, name: str) -> Mapping[str, tuple[int, ...]]:
    """A small tensor of int64 by its name."""
    if fields.numbers(tensor).get(_TYPE) != _INT64:
        return {}
    data = b""
    packed = b""
    for number, location in fields.messages(tensor):
        if number == _NAME:
            name = name or fields.text(location)
        elif number == _RAW and location[1] - location[0] <= 8 * _MOST_SIZES:
            data = fields.data(location)
        elif number == _INT64_DATA and location[1] - location[0] <= _LONGEST_NUMBER * _MOST_SIZES:
            packed = fields.data(location)
    if packed:
        return {name: tuple(_numbers(packed))}
    return {name: struct.unpack(f"<{len(data) // 8}q", data)} if data and len(data) % 8 == 0 else {}


def _numbers(packed: bytes) -> Iterator[int]:
    """Numbers of seven bits a byte, as protobuf packs them; one above 63 bits is negative."""
    value = shift = 0
    for byte in packed:
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < _LAST_BYTE:
            yield value - (1 << 64) if value >> 63 else value
            value = shift = 0
