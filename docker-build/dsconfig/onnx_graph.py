"""The graph of an ONNX model: its nodes and what its weights are, without the weights themselves.

The numbers of fields are those of onnx.proto. Weights are stepped over; those of a few numbers, which scale an image or
shift it, are read.
"""

import math
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dsconfig.onnx_header import ELEMENT_TYPES, Data, Fields, ModelError, Span, opened

_MOST_FIELDS = 4_000_000  # a node has some ten, and the largest exports some hundred thousand nodes
_MOST_VALUES = 16  # of a small weight

_IR, _PRODUCER, _PRODUCER_VERSION, _GRAPH = 1, 2, 3, 7  # ModelProto
_NODE, _INITIALIZER = 1, 5  # GraphProto
_INPUT, _OUTPUT, _OPERATOR, _ATTRIBUTE = 1, 2, 4, 5  # NodeProto
_TENSOR = 5  # AttributeProto
_DIMS, _TYPE, _FLOATS, _NAME, _RAW = 1, 2, 4, 8, 9  # TensorProto
_FLOAT32, _DOUBLE = 1, 11


@dataclass(frozen=True, kw_only=True, slots=True)
class Node:
    """One node.

    Attributes:
        operator: Its type.
        inputs: What it reads, by name; empty for what is left out.
        outputs: What it writes.
    """

    operator: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Graph:
    """A model's graph.

    Attributes:
        nodes: In the order in which they run.
        weights: Numbers of weights by element type.
        values: The numbers of small weights and constants, by name.
        ir_version: The version of the format itself.
        producer: What exported the model, with its version.
    """

    nodes: tuple[Node, ...] = ()
    weights: Mapping[str, int] = field(default_factory=dict)
    values: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    ir_version: int | None = None
    producer: str = ""

    def readers(self, name: str) -> Iterator[Node]:
        """The nodes that read a tensor."""
        return (node for node in self.nodes if name in node.inputs)

    def writers(self) -> Mapping[str, Node]:
        """Which node writes each tensor."""
        return {name: node for node in self.nodes for name in node.outputs}


def read(path: Path) -> Graph:
    """Read the graph of a model.

    Raises:
        ModelError: It cannot be read or is not an ONNX model.
    """
    with opened(path) as data:
        return parse(data)


def parse(data: Data) -> Graph:
    """Read the graph from a model's bytes.

    Raises:
        ModelError: They are not an ONNX model.
    """
    fields = Fields(data, _MOST_FIELDS)
    try:
        parts = dict(fields.messages((0, len(data))))
        graph = parts.get(_GRAPH, (0, 0))
        named = (fields.text(parts[number]) for number in (_PRODUCER, _PRODUCER_VERSION) if number in parts)
        return _graph(fields, graph, fields.numbers((0, len(data))).get(_IR), " ".join(filter(None, named)))
    except (IndexError, UnicodeDecodeError, struct.error):
        raise ModelError("it is cut short, or something else than ONNX") from None


def _graph(fields: Fields, graph: Span, ir_version: int | None, producer: str) -> Graph:
    nodes: list[Node] = []
    weights: dict[str, int] = {}
    values: dict[str, tuple[float, ...]] = {}
    for number, span in fields.messages(graph):
        if number == _NODE:
            nodes.append(_node(fields, span))
        for tensor, name in _tensors(fields, number, span, nodes):
            element, count = _weight(fields, tensor, name, values)
            weights[element] = weights.get(element, 0) + count
    return Graph(nodes=tuple(nodes), weights=weights, values=values, ir_version=ir_version, producer=producer)


def _node(fields: Fields, span: Span) -> Node:
    parts = list(fields.messages(span))
    inputs = tuple(fields.text(location) for number, location in parts if number == _INPUT)
    outputs = tuple(fields.text(location) for number, location in parts if number == _OUTPUT)
    operator = next((fields.text(location) for number, location in parts if number == _OPERATOR), "")
    return Node(operator=operator, inputs=inputs, outputs=outputs)


def _tensors(fields: Fields, number: int, span: Span, nodes: list[Node]) -> Iterator[tuple[Span, str]]:
    """The weights at a field of the graph: an initializer, or the value of a node that is a constant."""
    if number == _INITIALIZER:
        yield span, ""
    elif number == _NODE and nodes[-1].operator == "Constant" and nodes[-1].outputs:
        for each, attribute in fields.messages(span):
            if each == _ATTRIBUTE:
                yield from ((t, nodes[-1].outputs[0]) for kind, t in fields.messages(attribute) if kind == _TENSOR)


def _weight(fields: Fields, span: Span, name: str, values: dict[str, tuple[float, ...]]) -> tuple[str, int]:
    """The element type of a weight and how many numbers it has; the numbers themselves where they are few."""
    count = math.prod(fields.repeated(span, _DIMS))
    kind = fields.numbers(span).get(_TYPE, 0)
    if count <= _MOST_VALUES and kind in (_FLOAT32, _DOUBLE):
        letter, size = ("f", 4) if kind == _FLOAT32 else ("d", 8)
        for number, location in fields.messages(span):
            length = location[1] - location[0]
            if number == _NAME:
                name = name or fields.text(location)
            elif number in (_RAW, _FLOATS) and length == count * size:
                values[name or _named(fields, span)] = struct.unpack(f"<{count}{letter}", fields.data(location))
    return ELEMENT_TYPES.get(kind, f"type {kind}"), count


def _named(fields: Fields, span: Span) -> str:
    """The name of a weight whose numbers stand before it."""
    return next((fields.text(location) for number, location in fields.messages(span) if number == _NAME), "")
