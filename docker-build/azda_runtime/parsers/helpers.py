"""What parsers share, for users' parsers too: `from azda_runtime.parsers.helpers import nms, to_corners`.

It is in every image and in `simulate`: nothing is to be installed. Arrays come in, arrays go out; boxes are (N, 4) with
left, top, right, bottom, in any unit.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from azda_runtime.parsers.nms import best

__all__ = ["best_classes", "ctc_text", "grid", "nms", "sigmoid", "softmax", "table", "to_corners"]

Array = NDArray[Any]


def sigmoid(values: ArrayLike) -> Array:
    """The logistic function, of any number without an overflow."""
    result: Array = 0.5 * (1 + np.tanh(0.5 * np.asarray(values, dtype=np.float64)))
    return result


def softmax(values: ArrayLike) -> Array:
    """Probabilities from scores, along the last axis."""
    scores = np.asarray(values, dtype=np.float64)
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    result: Array = powers / powers.sum(axis=-1, keepdims=True)
    return result


def to_corners(boxes: ArrayLike) -> Array:
    """(N, 4) with centre x, centre y, width, height -> left, top, right, bottom."""
    rows = np.asarray(boxes, dtype=np.float64).reshape(-1, 4)
    return np.concatenate([rows[:, :2] - rows[:, 2:] / 2, rows[:, :2] + rows[:, 2:] / 2], axis=1)


def best_classes(scores: ArrayLike, threshold: float) -> tuple[Array, Array, Array]:
    """The best class of each candidate, for those that reach the threshold.

    Args:
        scores: (N, classes).
        threshold: The least score.

    Returns:
        The rows that stay, their classes as integers, and their scores.
    """
    table_ = np.asarray(scores)
    if table_.size == 0:
        return np.zeros(0, dtype=np.intp), np.zeros(0, dtype=np.intp), np.zeros(0)
    class_ids = table_.argmax(axis=1)
    best_scores = table_[np.arange(len(table_)), class_ids].astype(np.float64)
    rows = np.nonzero(best_scores >= threshold)[0]
    return rows, class_ids[rows], best_scores[rows]


def nms(boxes: ArrayLike, scores: ArrayLike, class_ids: ArrayLike, threshold: float = 0.45) -> Array:
    """Non-maximum suppression: the boxes to keep, the highest score first.

    Args:
        boxes: (N, 4): left, top, right, bottom.
        scores: (N,).
        class_ids: (N,): boxes of different classes never suppress each other.
        threshold: Intersection over union from which the lower score goes.

    Returns:
        Indices of the boxes that stay.
    """
    rows = np.asarray(boxes, dtype=np.float64).reshape(-1, 4)
    return best(rows, np.asarray(scores), np.asarray(class_ids), threshold)


def grid(network_size: Sequence[int], strides: Sequence[int], anchors: int = 1) -> tuple[Array, Array]:
    """The cells of grids over the network's input, in the order in which detectors write them.

    Args:
        network_size: Width and height.
        strides: Pixels for each cell of each grid.
        anchors: How often each cell stands.

    Returns:
        (N, 2) column and row of each cell, and (N, 1) its stride.
    """
    cells, sizes = [], []
    for stride in strides:
        columns, rows = network_size[0] // stride, network_size[1] // stride
        row, column = np.divmod(np.arange(rows * columns), max(columns, 1))
        cells.append(np.repeat(np.stack([column, row], axis=1), anchors, axis=0))
        sizes.append(np.full((rows * columns * anchors, 1), stride))
    return np.concatenate(cells).astype(np.float64), np.concatenate(sizes).astype(np.float64)


def table(raw_outputs: Mapping[str, Array], rank: int = 2) -> Array:
    """The one layer of a rank, whatever it is called.

    Raises:
        ValueError: No layer matches, or several do.
    """
    found = [layer for layer in raw_outputs.values() if np.ndim(layer) == rank]
    if len(found) != 1:
        layers = ", ".join(f"'{name}' {np.shape(layer)}" for name, layer in raw_outputs.items())
        raise ValueError(f"the model has no output layer that is alone with {rank} dimensions; it has {layers}")
    return found[0]


def ctc_text(steps: ArrayLike, characters: Sequence[str]) -> tuple[str, float]:
    """The text of a recogniser's output: the best of each step, repeats joined, blanks (class 0) dropped.

    Args:
        steps: (steps, classes): probabilities; class n is `characters[n - 1]`.
        characters: The dictionary; a class beyond it is a blank character.

    Returns:
        The text, and the mean probability of its characters.
    """
    rows = np.asarray(steps)
    classes = rows.argmax(axis=1)
    kept = (classes != 0) & (np.diff(classes, prepend=-1) != 0)
    names = [characters[one - 1] if one - 1 < len(characters) else " " for one in classes[kept]]
    scores = rows.max(axis=1)[kept]
    return "".join(names), float(scores.mean()) if len(scores) else 0.0
