"""Objects as a family of models gives them: nothing, one in each corner, one that covers the frame, as many as fit.

Only where the shapes say what the family is; of other models the values of such tensors would be a guess.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from simulator.parser_run.inputs import Input, Tensors, Trust
from simulator.parser_run.job import Shape

Box = tuple[float, float, float, float]
"""Left, top, right, bottom, from 0 to 1."""

_MOST = 300
_FEWEST_ROWS = 500
_MOST_FINAL = 300
_BOX, _FINAL = 4, 6
_SCORE = 0.9
_WHOLE: Box = (0.0, 0.0, 1.0, 1.0)
_CORNERS: tuple[tuple[str, Box], ...] = (
    ("top-left", (0.0, 0.0, 0.2, 0.2)),
    ("top-right", (0.8, 0.0, 1.0, 0.2)),
    ("bottom-left", (0.0, 0.8, 0.2, 1.0)),
    ("bottom-right", (0.8, 0.8, 1.0, 1.0)),
)


class Family(Protocol):
    """How a family of models writes objects."""

    @property
    def classes(self) -> int:
        """How many classes it has."""

    @property
    def capacity(self) -> int:
        """How many objects a scene holds at most."""

    def write(self, objects: Sequence[tuple[Box, int]]) -> Tensors:
        """The tensors that mean these objects."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rows:
    """A YOLO's candidates: centre, size, perhaps an objectness, and a score for each class.

    Attributes:
        shape: The layer.
        across: Whether candidates are columns.
        objectness: Whether there is one.
        size: Width and height of the network.
    """

    shape: Shape
    across: bool
    objectness: bool
    size: tuple[int, int]

    @property
    def classes(self) -> int:
        """How many classes it has."""
        return self.shape.dims[0 if self.across else 1] - _BOX - self.objectness

    @property
    def capacity(self) -> int:
        """How many objects a scene holds at most."""
        return min(_MOST, self.shape.dims[1 if self.across else 0])

    def write(self, objects: Sequence[tuple[Box, int]]) -> Tensors:
        """The candidates of these objects; all others have the score 0."""
        count, columns = self.shape.dims[::-1] if self.across else self.shape.dims
        rows = np.zeros((count, columns))
        width, height = self.size
        for row, ((left, top, right, bottom), class_id) in zip(rows, objects, strict=False):
            row[:_BOX] = (left + right) / 2, (top + bottom) / 2, right - left, bottom - top
            row[:_BOX] *= (width, height, width, height)
            row[_BOX] = 1.0 if self.objectness else 0.0
            row[_BOX + self.objectness + class_id] = _SCORE
        array = np.ascontiguousarray(rows.T if self.across else rows, dtype=self.shape.dtype)
        return {self.shape.name: array}


@dataclass(frozen=True, kw_only=True, slots=True)
class Final:
    """Rows that the model has chosen itself: corners in its own pixels, score, class.

    Attributes:
        shape: The layer.
        classes: How many classes the parser has labels for.
        size: Width and height of the network.
    """

    shape: Shape
    classes: int
    size: tuple[int, int]

    @property
    def capacity(self) -> int:
        """How many objects there can be."""
        return min(_MOST, self.shape.dims[0])

    def write(self, objects: Sequence[tuple[Box, int]]) -> Tensors:
        """A row for each object; the others are zeros."""
        rows = np.zeros(self.shape.dims, dtype=self.shape.dtype)
        width, height = self.size
        for row, (box, class_id) in zip(rows, objects, strict=False):
            row[:] = (*np.multiply(box, (width, height, width, height)), _SCORE, class_id)
        return {self.shape.name: rows}


def family(
    shapes: Sequence[Shape], labels: int, network: tuple[int, int], own: Sequence[Tensors] = ()
) -> Family | None:
    """The family that layers belong to; None when their shapes do not say.

    Args:
        shapes: The layers.
        labels: How many labels the parser has.
        network: Width and height of the model's input.
        own: What the model itself gave; a family that contradicts it is none.
    """
    if len(shapes) != 1 or len(shapes[0].dims) != 2 or np.dtype(shapes[0].dtype).kind != "f":  # rows, columns
        return None
    shape = shapes[0]
    rows, columns = shape.dims
    if columns == _FINAL and rows <= _MOST_FINAL:
        return Final(shape=shape, classes=labels, size=network) if not own else None
    across = rows < columns
    candidates, values = (columns, rows) if across else (rows, columns)
    if candidates < _FEWEST_ROWS or values <= _BOX or (own and not _is_rows(shape, own, across=across)):
        return None
    for objectness, at_each in ((True, _ANCHORS), (False, 1)):
        fits = values == _BOX + objectness + labels
        known = _side(candidates, at_each) is not None and values > _BOX + objectness
        if fits or (known and values != _BOX + (not objectness) + labels):
            return Rows(shape=shape, across=across, objectness=objectness, size=network)
    return None


_ANCHORS = 3
_CELLS = 21  # cells of strides 8, 16 and 32 in a square of 32 pixels


def side(shapes: Sequence[Shape]) -> tuple[int, int] | None:
    """Width and height of the square input that a YOLO's candidates come of; None where the shapes do not say."""
    if len(shapes) == 1 and len(shapes[0].dims) == 2:  # rows, columns
        count = max(shapes[0].dims)
        found = _side(count, _ANCHORS) or _side(count, 1)
        return (found, found) if found else None
    return None


def _side(candidates: int, at_each: int) -> int | None:
    """The side of the square input that has so many candidates at strides 8, 16 and 32."""
    side = round((candidates / at_each / _CELLS) ** 0.5)
    return side * 32 if side * side * _CELLS * at_each == candidates else None


def _is_rows(shape: Shape, own: Sequence[Tensors], *, across: bool) -> bool:
    """Whether what a model gave can be centres, sizes in pixels and scores."""
    for tensors in own:
        rows = tensors[shape.name].astype(np.float64)
        rows = rows.T if across else rows
        scores, boxes = rows[:, _BOX:], rows[:, :_BOX]
        if scores.min() < 0 or scores.max() > 1 or boxes.min() < -1 or boxes.max() <= 2:  # pixels, not parts
            return False
        if np.all(boxes[:, 2:] >= boxes[:, :2]):
            return False  # corners
    return True


def scenes(kind: Family, area: Box = _WHOLE) -> Iterator[Input]:
    """The inputs of a family.

    Args:
        kind: The family.
        area: Where the frame is in the network's input; the rest is padding, where nothing is found.
    """
    classes = max(1, kind.classes)
    yield _scene(kind, area, "nothing-found", "nothing found", ())
    for number, (name, box) in enumerate(_CORNERS):
        yield _scene(kind, area, name, f"one object at the {name.replace('-', ' ')}", [(box, number % classes)])
    yield _scene(kind, area, "whole-frame", "one object that covers the frame", [(_WHOLE, 0)])
    side = int(kind.capacity**0.5)
    step = 1 / side
    grid = [
        ((x * step, y * step, (x + 0.8) * step, (y + 0.8) * step), (y * side + x) % classes)
        for y in range(side)
        for x in range(side)
    ]
    yield _scene(kind, area, "many", f"{len(grid)} objects", grid)
    every = [(grid[n % len(grid)][0], n) for n in range(classes)]
    for start in range(0, classes, len(grid)):
        some = every[start : start + len(grid)]
        yield _scene(kind, area, f"classes-{start}", f"objects of {min(classes, len(grid))} classes", some)


def _scene(kind: Family, area: Box, name: str, about: str, objects: Sequence[tuple[Box, int]]) -> Input:
    left, top, right, bottom = area
    wide, high = right - left, bottom - top
    placed = [((left + b[0] * wide, top + b[1] * high, left + b[2] * wide, top + b[3] * high), i) for b, i in objects]
    return Input(name=name, tensors=kind.write(placed), trust=Trust.SCENE, about=about, inside=True)
