"""How families of detection models write objects, and which of them the shapes of layers can mean.

Shapes alone leave some open: a YOLO's boxes are in pixels or in cells of its grids, and the same columns can be an
objectness or an angle. All that are possible are candidates; what a parser makes of each says which one it reads.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from simulator.parser_run.inputs import Box, Tensors
from simulator.parser_run.job import Shape

Objects = Sequence[tuple[Box, int]]

_MOST = 300
_FEWEST_ROWS = 500
_MOST_FINAL = 300
_BOX, _FINAL = 4, 6
_SCORE = 0.9
_ANCHORS = 3
_PARTS = 3  # of the input a frame covers at least one, in a letterbox of any kind
_STRIDES = (8, 16, 32)
_STRIDE = _STRIDES[0]  # of the finest grid, which comes first
_CELLS = 21  # cells of strides 8, 16 and 32 in a square of 32 pixels


class Family(Protocol):
    """How a family of models writes objects."""

    @property
    def name(self) -> str:
        """Stands before the names of its inputs; empty for the most usual one."""

    @property
    def classes(self) -> int:
        """How many classes it has."""

    @property
    def capacity(self) -> int:
        """How many objects a scene holds at most."""

    @property
    def network(self) -> tuple[int, int] | None:
        """Width and height of the network's input; None where nobody knows."""

    @property
    def is_certain(self) -> bool:
        """Whether a parser that reads something else is wrong."""

    def write(self, objects: Objects) -> Tensors:
        """The tensors that mean these objects."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rows:
    """A YOLO's candidates: centre, size, perhaps an objectness, and a score for each class.

    Attributes:
        shape: The layer.
        across: Whether candidates are columns.
        objectness: Whether there is one.
        size: Width and height of the network.
        network: The same; None where it is a guess.
        is_certain: Whether the columns are the parser's classes, or a model gave such values.
        name: Stands before the names of its inputs.
        unit: What boxes are in: `pixels`, or `cells` of the input's grids.
    """

    shape: Shape
    across: bool
    objectness: bool
    size: tuple[int, int]
    network: tuple[int, int] | None = None
    is_certain: bool = False
    name: str = ""
    unit: str = "pixels"

    @property
    def classes(self) -> int:
        """How many classes it has."""
        return self.shape.dims[0 if self.across else 1] - _BOX - self.objectness

    @property
    def capacity(self) -> int:
        """How many objects a scene holds at most; of cells each its own, also in a letterbox."""
        most = min(_MOST, self.shape.dims[1 if self.across else 0])
        return most if self.unit != "cells" else max(1, min(most, (min(self.size) // _PARTS // _STRIDE) ** 2))

    def write(self, objects: Objects) -> Tensors:
        """The candidates of these objects; all others have the score 0."""
        count, columns = self.shape.dims[::-1] if self.across else self.shape.dims
        rows = np.zeros((count, columns))
        for number, ((left, top, right, bottom), class_id) in enumerate(objects[:count]):
            box = np.array([(left + right) / 2, (top + bottom) / 2, right - left, bottom - top])
            row = rows[self._row(number, box)]
            row[:_BOX] = self._measured(box)
            row[_BOX] = 1.0 if self.objectness else 0.0
            row[_BOX + self.objectness + class_id] = _SCORE
        array = np.ascontiguousarray(rows.T if self.across else rows, dtype=self.shape.dtype)
        return {self.shape.name: array}

    def _cell(self, box: NDArray[np.float64]) -> tuple[int, int]:
        across, down = (side // _STRIDE for side in self.size)
        return min(int(box[0] * across), across - 1), min(int(box[1] * down), down - 1)

    def _row(self, number: int, box: NDArray[np.float64]) -> int:
        if self.unit != "cells":
            return number
        column, row = self._cell(box)
        return row * (self.size[0] // _STRIDE) + column

    def _measured(self, box: NDArray[np.float64]) -> NDArray[np.float64]:
        pixels = box * (*self.size, *self.size)
        return pixels if self.unit == "pixels" else self._in_cells(box, pixels / _STRIDE)

    def _in_cells(self, box: NDArray[np.float64], cells: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.concatenate([cells[:2] - self._cell(box), np.log(cells[2:])])


@dataclass(frozen=True, kw_only=True, slots=True)
class Final:
    """Rows that the model has chosen itself: corners, score, class.

    Attributes:
        shape: The layer.
        classes: How many classes the parser has labels for.
        size: Width and height of the network.
        network: The same; None where it is a guess.
        is_certain: Whether a model gave such values.
        name: Stands before the names of its inputs.
        unit: What corners are in: `pixels` or `parts` of the input.
    """

    shape: Shape
    classes: int
    size: tuple[int, int]
    network: tuple[int, int] | None = None
    is_certain: bool = False
    name: str = ""
    unit: str = "pixels"

    @property
    def capacity(self) -> int:
        """How many objects there can be."""
        return min(_MOST, self.shape.dims[0])

    def write(self, objects: Objects) -> Tensors:
        """A row for each object; the others are zeros."""
        rows = np.zeros(self.shape.dims, dtype=self.shape.dtype)
        side = (*self.size, *self.size) if self.unit == "pixels" else (1, 1, 1, 1)
        for row, (box, class_id) in zip(rows, objects, strict=False):
            row[:] = (*np.multiply(box, side), _SCORE, class_id)
        return {self.shape.name: rows}


def families(
    shapes: Sequence[Shape], labels: int, network: tuple[int, int] | None, own: Sequence[Tensors] = ()
) -> Iterator[Rows | Final]:
    """The families that layers can belong to, the most usual one first.

    Args:
        shapes: The layers.
        labels: How many labels the parser has.
        network: Width and height of the model's input; None where nobody knows.
        own: What the model itself gave; a family that contradicts it is none.
    """
    if len(shapes) != 1 or len(shapes[0].dims) != 2 or np.dtype(shapes[0].dtype).kind != "f":  # rows, columns
        return
    shape = shapes[0]
    size = network or GUESSED
    if shape.dims[1] == _FINAL and shape.dims[0] <= _MOST_FINAL:
        final = Final(shape=shape, classes=labels, size=size, network=network, is_certain=bool(own))
        yield from (replace(final, unit=unit) for unit in (_units_of_final(shape, own) if own else ("pixels",)))
        return
    yield from _rows(shape, labels, network, own)


GUESSED = (640, 640)


def _rows(shape: Shape, labels: int, network: tuple[int, int] | None, own: Sequence[Tensors]) -> Iterator[Rows]:
    across = shape.dims[0] < shape.dims[1]
    values, candidates = sorted(shape.dims)
    known = {at_each: _is_grid(candidates, at_each, network) for at_each in (1, _ANCHORS)}
    if (candidates < _FEWEST_ROWS and not any(known.values())) or values <= _BOX:
        return
    if own and not _is_rows(shape, own, across=across):
        return
    found = []
    for objectness in (True, False):
        fits = values == _BOX + objectness + labels
        if fits or (known[_ANCHORS if objectness else 1] and values > _BOX + objectness):
            size = network or GUESSED
            rows = Rows(shape=shape, across=across, objectness=objectness, size=size, network=network)
            found.append(replace(rows, is_certain=fits or bool(own)))
            if not own and fits and objectness and not across and known[1]:
                found.append(replace(found[-1], unit="cells"))
    found.sort(key=lambda each: each.classes != labels)
    for number, each in enumerate(found):
        yield replace(each, name=f"{'o' if each.objectness else 'no-o'}bjectness-{each.unit}") if number else each


def side(shapes: Sequence[Shape]) -> tuple[int, int] | None:
    """Width and height of the square input that a YOLO's candidates come of; None where the shapes do not say."""
    if len(shapes) == 1 and len(shapes[0].dims) == 2:  # rows, columns
        count = max(shapes[0].dims)
        found = _side(count, _ANCHORS) or _side(count, 1)
        return (found, found) if found else None
    return None


def _is_grid(candidates: int, at_each: int, network: tuple[int, int] | None) -> bool:
    """Whether there is a candidate for each cell of the grids over the input."""
    if network is None:
        return _side(candidates, at_each) is not None
    return candidates == at_each * sum((network[0] // stride) * (network[1] // stride) for stride in _STRIDES)


def _side(candidates: int, at_each: int) -> int | None:
    """The side of the square input that has so many candidates at strides 8, 16 and 32."""
    found = round((candidates / at_each / _CELLS) ** 0.5)
    return found * 32 if found and found * found * _CELLS * at_each == candidates else None


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


def _units_of_final(shape: Shape, own: Sequence[Tensors]) -> tuple[str, ...]:
    """What corners of a model's own rows are in; nothing where the rows cannot be corners, a score and a class."""
    rows = np.concatenate([tensors[shape.name] for tensors in own]).astype(np.float64)
    rows = rows[rows[:, _BOX] > 0]
    if not len(rows) or not np.isfinite(rows).all() or rows[:, _BOX].max() > 1:
        return ()
    if np.any(rows[:, 2:_BOX] < rows[:, :2]) or np.any(rows[:, 5] != np.rint(rows[:, 5])) or rows[:, 5].min() < 0:
        return ()
    return ("pixels",) if rows[:, :_BOX].max() > 2 else ("parts",)  # a box a pixel wide is none
