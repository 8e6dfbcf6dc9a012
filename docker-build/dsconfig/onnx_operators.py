"""The operators of an ONNX graph, with those of its inner graphs; the numbers of fields are those of onnx.proto."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

Span = tuple[int, int]

_NODE = 1  # GraphProto
_OPERATOR, _ATTRIBUTE, _DOMAIN = 4, 5, 7  # NodeProto
_GRAPH, _GRAPHS = 6, 11  # AttributeProto
_FUNCTION_NAME = 1  # FunctionProto
_DEEPEST = 16  # graphs within graphs
_OWN_DOMAINS = ("", "ai.onnx")


class Fields(Protocol):
    """What walks the fields of protobuf messages."""

    def messages(self, span: Span) -> Iterator[tuple[int, Span]]:
        """Number and place of each message or text."""
        ...

    def text(self, span: Span) -> str:
        """A text."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class Operator:
    """One kind of node.

    Attributes:
        domain: Whose operator it is; empty for ONNX's own.
        name: Its type.
    """

    domain: str
    name: str

    @property
    def text(self) -> str:
        """As `Relu`, or `acme::MyNms`."""
        return f"{self.domain}::{self.name}" if self.domain else self.name


def operators(fields: Fields, graph: Span, functions: list[Span]) -> tuple[Operator, ...]:
    """The kinds of nodes of a graph in a stable order; functions that the model brings along do not count."""
    own = {fields.text(dict(fields.messages(span)).get(_FUNCTION_NAME, (0, 0))) for span in functions}
    return tuple(sorted({one for one in _nodes(fields, graph, _DEEPEST) if one.name not in own}))


def _nodes(fields: Fields, graph: Span, depth: int) -> Iterator[Operator]:
    for number, node in fields.messages(graph):
        if number != _NODE:
            continue
        name, domain = "", ""
        for part, span in fields.messages(node):
            if part == _OPERATOR:
                name = fields.text(span)
            elif part == _DOMAIN:
                domain = fields.text(span)
            elif part == _ATTRIBUTE and depth:
                for kind, inner in fields.messages(span):
                    if kind in (_GRAPH, _GRAPHS):
                        yield from _nodes(fields, inner, depth - 1)
        yield Operator(domain="" if domain in _OWN_DOMAINS else domain, name=name)
