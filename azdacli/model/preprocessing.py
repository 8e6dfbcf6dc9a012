"""What a model expects of the pictures that it is given, and how we know."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from dsconfig.onnx_graph import Graph, Node

_PASSED = frozenset({"Cast", "Identity", "Transpose"})
_MOST_STEPS = 6
_SIGNS = {"Sub": "-", "Div": "/", "Mul": "*", "Add": "+"}


class Known(Enum):
    """Where a fact about preprocessing comes from."""

    METADATA = "the exporter's metadata"
    GRAPH = "a normalising layer in the graph"
    PUBLISHED = "what the family's authors publish"
    UNKNOWN = "nothing"


class Letterbox(Enum):
    """How a picture of another shape gets into the network's input."""

    CENTRE = "centre"
    CORNER = "corner"
    STRETCH = "stretch"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True, slots=True)
class Preprocessing:
    """What is done to a picture before the model: `scale * (pixel - offset)` for each channel.

    Attributes:
        known: Where this is from.
        scale: nvinfer's `net-scale-factor`; None when it is not known.
        offsets: What is subtracted from each channel, in the order of `colours`.
        colours: `RGB`, `BGR`, or empty when it is not known.
        letterbox: Where the picture lies in the network's input.
        note: What nvinfer does otherwise, or what else is to know.
    """

    known: Known = Known.UNKNOWN
    scale: float | None = None
    offsets: tuple[float, ...] = ()
    colours: str = ""
    letterbox: Letterbox = Letterbox.UNKNOWN
    note: str = ""

    @property
    def text(self) -> str:
        """One line for people."""
        if self.known is Known.UNKNOWN:
            return "unknown: neither the metadata nor the graph says it; take it from the training code"
        parts = [f"scale {self.scale:.10g}" if self.scale is not None else "scale unknown"]
        parts.append("offsets " + ";".join(f"{one:g}" for one in self.offsets) if self.offsets else "no offsets")
        parts.append(self.colours or "colour order unknown")
        words = {
            Letterbox.CENTRE: "letterbox with the picture in the centre",
            Letterbox.CORNER: "letterbox with the picture at the top left",
            Letterbox.STRETCH: "stretched to the network's size",
            Letterbox.UNKNOWN: "letterbox unknown",
        }
        return f"{', '.join([*parts, words[self.letterbox]])} (from {self.known.value})"


def normalising(graph: Graph, image: str) -> tuple[str, ...]:
    """What the graph itself computes of the picture at its start, as `- 127.5` and `/ 128`; empty for nothing."""
    steps: list[str] = []
    name = image
    for _ in range(_MOST_STEPS):
        readers = list(graph.readers(name))
        if len(readers) != 1 or not readers[0].outputs:
            break
        node = readers[0]
        step = _step(graph, node, name)
        if step is None and node.operator not in _PASSED:
            break
        if step:
            steps.append(step)
        name = node.outputs[0]
    return tuple(steps)


def _step(graph: Graph, node: Node, name: str) -> str | None:
    if node.operator == "BatchNormalization":
        return "BatchNormalization"
    others = [each for each in node.inputs if each != name]
    if node.operator not in _SIGNS or len(others) != 1 or others[0] not in graph.values:
        return None
    if node.operator in ("Sub", "Div") and node.inputs[0] != name:
        return None
    return f"{_SIGNS[node.operator]} {_numbers(graph.values[others[0]])}"


def _numbers(values: Sequence[float]) -> str:
    shown = [f"{one:.6g}" for one in values]
    return shown[0] if len(set(shown)) == 1 else f"({', '.join(shown)})"
