"""What of a model its family is recognised by."""

import re
from dataclasses import dataclass
from functools import cached_property

from dsconfig import model_check
from dsconfig.onnx_graph import Graph
from dsconfig.onnx_header import Dimension, Model, Tensor

# Operators that move numbers and change none.
_MOVING = frozenset(
    [
        "Cast",
        "Concat",
        "Flatten",
        "Gather",
        "Identity",
        "Reshape",
        "Slice",
        "Split",
        "Squeeze",
        "Transpose",
        "Unsqueeze",
    ]
)
_MOST_NODES = 4000
_CHANNELS = (1, 3, 4)
_LONGEST_NAME = 24  # exporters write whole formulas as the name of a dimension


@dataclass(frozen=True, kw_only=True, slots=True)
class Layer:
    """An output as a parser gets it.

    Attributes:
        name: Its name.
        shape: Its dimensions without the batch; a name or None for one that is open.
        element: Its element type.
    """

    name: str
    shape: tuple[Dimension, ...]
    element: str

    @property
    def text(self) -> str:
        """The shape as `(84, 8400)`."""
        inner = ", ".join(str(one) if one is not None and len(str(one)) <= _LONGEST_NAME else "?" for one in self.shape)
        return f"({inner},)" if len(self.shape) == 1 else f"({inner})"

    @property
    def is_table(self) -> bool:
        """Whether it has rows and columns."""
        return len(self.shape) == 2  # rows and columns

    @property
    def is_planes(self) -> bool:
        """Whether it has planes of rows and columns."""
        return len(self.shape) == 3  # planes, rows and columns

    def size(self, index: int) -> int:
        """A dimension; 0 for one that is open or that there is not."""
        one = self.shape[index] if -len(self.shape) <= index < len(self.shape) else None
        return one if isinstance(one, int) else 0


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """A model's header and graph, as its family is asked about.

    Attributes:
        model: The header.
        graph: The graph.
    """

    model: Model
    graph: Graph

    @cached_property
    def image(self) -> Tensor | None:
        """The input that is an image; None when there is none, or when it is not clear which."""
        images = [t for t in self.model.inputs if t.shape is not None and len(t.shape) == model_check.IMAGE_RANK]
        return images[0] if len(images) == 1 else None

    @property
    def channels_last(self) -> bool:
        """Whether the image's channels come last."""
        shape = self.image.shape if self.image is not None else None
        if shape is None:
            return False
        open_ = shape[3] in _CHANNELS and not isinstance(shape[1], int) and not isinstance(shape[2], int)
        return open_ or model_check.channels_last(shape)

    @property
    def size(self) -> tuple[int, int] | None:
        """Width and height of the network's input; None when they are open."""
        if self.image is None or self.image.shape is None:
            return None
        height, width = self.image.shape[1:3] if self.channels_last else self.image.shape[2:4]
        return (width, height) if isinstance(width, int) and isinstance(height, int) and width and height else None

    @property
    def exported_size(self) -> tuple[int, int] | None:
        """Width and height as Ultralytics' exporter wrote them, `imgsz: [height, width]`; None when it did not."""
        found = re.fullmatch(r"\[(\d{1,5}), (\d{1,5})\]", self.model.metadata.get("imgsz", ""))
        return (int(found[2]), int(found[1])) if found else None

    @property
    def channels(self) -> int:
        """The channels of the image; 3 where that is open."""
        if self.image is None or self.image.shape is None:
            return 3
        found = self.image.shape[3 if self.channels_last else 1]
        return found if isinstance(found, int) else 3

    @cached_property
    def layers(self) -> tuple[Layer, ...]:
        """The outputs without their batch."""
        return tuple(
            Layer(name=t.name, shape=tuple((t.shape or ())[1:]), element=t.element) for t in self.model.outputs
        )

    @cached_property
    def operators(self) -> frozenset[str]:
        """The types of the model's nodes."""
        return frozenset(one.name for one in self.model.operators)

    @property
    def names(self) -> tuple[str, ...]:
        """The classes that the exporter wrote."""
        return self.model.names

    def cells(self, *strides: int) -> int:
        """How many cells grids of some strides have over the input; 0 when its size is open."""
        if self.size is None:
            return 0
        width, height = self.size
        return sum((width // stride) * (height // stride) for stride in strides)

    def named(self, *parts: str) -> Layer | None:
        """The one output with one of some texts for its name, or else in it, in any case."""
        plain = {layer.name.lower().split(":")[0].rsplit("/", 1)[-1]: layer for layer in self.layers}
        for part in parts:
            if part in plain:
                return plain[part]
        for part in parts:
            found = [layer for layer in self.layers if part in layer.name.lower()]
            if len(found) == 1:
                return found[0]
        return None

    @property
    def has_batches(self) -> bool:
        """Whether the outputs begin with the batch, as far as sizes show it."""
        first = self.image.shape[0] if self.image is not None and self.image.shape else None
        starts = [tensor.shape[0] for tensor in self.model.outputs if tensor.shape]
        return not isinstance(first, int) or all(one == first for one in starts)

    def computed_by(self, name: str) -> frozenset[str]:
        """The operators that an output's numbers come from, behind all that only moves them."""
        writers = self.graph.writers()
        open_, seen, found = [name], set[str](), set[str]()
        while open_ and len(seen) < _MOST_NODES:
            each = open_.pop()
            node = writers.get(each)
            if node is None or each in seen:
                continue
            seen.add(each)
            if node.operator in _MOVING:
                open_.extend(node.inputs)
            else:
                found.add(node.operator)
        return frozenset(found)
