"""Boxes with classes and scores, and the built-in parser that finds them in a coverage grid."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simulator.errors import ModelError
from simulator.inference.geometry import Boxes
from simulator.inference.session import Tensors
from simulator.inference.settings import ClassSettings

_NORM = np.float32(35.0)
"""What DetectNet_v2's training divides box coordinates by."""
_GRID_RANK = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Detections:
    """Boxes of one frame, as arrays of one length n.

    Attributes:
        class_ids: Shape (n,), int32.
        boxes: Shape (n, 4), float32: left, top, width, height in pixels.
        confidences: Shape (n,), float32.
        masks: Shape (n,), of float32 arrays (height, width) or None: the instance masks of a native parser; None
            where no box has one.
    """

    class_ids: npt.NDArray[np.int32]
    boxes: Boxes
    confidences: npt.NDArray[np.float32]
    masks: npt.NDArray[np.object_] | None = None

    def __len__(self) -> int:
        return len(self.class_ids)

    def take(self, chosen: npt.NDArray[np.bool_] | npt.NDArray[np.intp]) -> "Detections":
        """Keep what a mask or a list of indices chooses."""
        return Detections(
            class_ids=self.class_ids[chosen],
            boxes=self.boxes[chosen],
            confidences=self.confidences[chosen],
            masks=None if self.masks is None else self.masks[chosen],
        )


NOTHING = Detections(
    class_ids=np.zeros(0, np.int32), boxes=np.zeros((0, 4), np.float32), confidences=np.zeros(0, np.float32)
)


def joined(parts: Sequence[Detections]) -> Detections:
    """Put several lists after each other."""
    if not parts:
        return NOTHING
    masks = [part.masks for part in parts if part.masks is not None]
    return Detections(
        class_ids=np.concatenate([part.class_ids for part in parts]),
        boxes=np.concatenate([part.boxes for part in parts]),
        confidences=np.concatenate([part.confidences for part in parts]),
        masks=np.concatenate(masks) if len(masks) == len(parts) else None,
    )


def parse_coverage(outputs: Tensors, width: int, height: int, classes: Sequence[ClassSettings]) -> Detections:
    """Read boxes as nvinfer's built-in parser does (DetectNet_v2, ResNet10).

    The layer with `cov` in its name has shape (classes, rows, columns), the one with `bbox` (4 * classes, rows,
    columns): distances from a cell's centre to the four edges, divided by 35.

    Args:
        outputs: The frame's outputs.
        width: The network's width in pixels.
        height: Its height.
        classes: The classes' settings; their pre-cluster thresholds apply here.

    Returns:
        Boxes in network pixels, cut to the network's area, class by class, row by row.

    Raises:
        ModelError: If one of the two layers is away or is not a grid.
    """
    coverage = _grid(outputs, "cov", "coverage")
    edges = _grid(outputs, "bbox", "bbox")
    count = min(len(coverage), len(classes))
    _, rows, columns = coverage.shape
    if edges.shape[1:] != (rows, columns) or len(edges) < 4 * count:
        raise ModelError(f"The bbox layer's shape {edges.shape} does not fit the coverage layer's {coverage.shape}")
    thresholds = np.array([one.pre_cluster_threshold for one in classes[:count]], np.float32)
    class_ids, row, column = np.nonzero(coverage[:count] >= thresholds[:, None, None])
    if not len(class_ids):
        return NOTHING
    stride_x, stride_y = -(-width // columns), -(-height // rows)
    near = edges.reshape(-1, 4, rows, columns)[class_ids, :, row, column].astype(np.float32)
    centres = np.stack([column * stride_x + 0.5, row * stride_y + 0.5], axis=1).astype(np.float32)
    corners = np.concatenate([centres - near[:, :2] * _NORM, centres + near[:, 2:] * _NORM], axis=1)
    limit = np.array([width, height, width, height], np.float32)
    corners = np.maximum(np.where(corners >= limit, limit - 1, corners), 0)
    boxes = np.concatenate([corners[:, :2], corners[:, 2:] - corners[:, :2]], axis=1).astype(np.float32)
    found = Detections(
        class_ids=class_ids.astype(np.int32),
        boxes=boxes,
        confidences=coverage[class_ids, row, column].astype(np.float32),
    )
    return found.take((boxes[:, 2:] >= 0).all(axis=1))


def _grid(outputs: Tensors, part: str, what: str) -> npt.NDArray[np.float32]:
    names = [name for name in outputs if part in name]
    if not names:
        raise ModelError(
            f"Could not find output {what} layer for parsing objects; the model has {', '.join(outputs)}",
            hint="The built-in parser reads layers named like 'cov' and 'bbox'; for other detectors set "
            "network-type=100 and "
            "output-tensor-meta=1 and parse the outputs in Python.",
        )
    grid = outputs[names[-1]]
    if grid.ndim != _GRID_RANK:
        raise ModelError(f"The {what} layer '{names[-1]}' has shape {grid.shape}, not channels x rows x columns")
    return grid
