"""Where a piece of a frame lands in a network's input, and how boxes come back.

Coordinates are pixels with the origin at the left top corner, as everywhere in DeepStream.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Boxes = npt.NDArray[np.float32]
"""Shape (n, 4), float32: left, top, width, height."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rectangle:
    """A rectangle of a frame, in pixels."""

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Placement:
    """A source rectangle and where its scaled image stands in the network's input; all in whole pixels."""

    source: tuple[int, int, int, int]
    left: int
    top: int
    width: int
    height: int

    @property
    def scale_x(self) -> float:
        """Network pixels per frame pixel, horizontally."""
        return self.width / self.source[2]

    @property
    def scale_y(self) -> float:
        """Network pixels per frame pixel, vertically."""
        return self.height / self.source[3]

    def to_source(self, boxes: Boxes, region: Rectangle | None = None, *, clip: bool = False) -> Boxes:
        """Undo scaling and padding.

        Args:
            boxes: Boxes in network pixels.
            region: The region of nvdspreprocess that was inferred on.
            clip: Whether to cut boxes to it.

        Returns:
            The boxes in frame pixels, relative to the piece that was inferred on, or to the frame if that is a region.
            As in nvinfer, left and top are not below 0, and what that cuts off is not taken from width and height.
        """
        moved = (boxes - np.array([self.left, self.top, 0, 0], np.float32)) / np.array(
            [self.scale_x, self.scale_y] * 2, np.float32
        )
        if region is not None:
            moved[:, :2] += (region.left, region.top)
            if clip:
                _cut(moved, region)
        moved[:, :2] = np.maximum(moved[:, :2], 0)
        return moved.astype(np.float32, copy=False)


def _cut(boxes: Boxes, region: Rectangle) -> None:
    """Take from each box what lies outside a region, in place; one that lies all outside has no width or height."""
    begin = np.array([region.left, region.top], np.float32)
    end = begin + np.array([region.width, region.height], np.float32)
    boxes[:, 2:] = np.maximum(np.minimum(boxes[:, 2:], end - boxes[:, :2]), 0)
    before = np.maximum(begin - boxes[:, :2], 0)
    boxes[:, 2:] = np.maximum(boxes[:, 2:] - before, 0)
    boxes[:, :2] += before


def clipped(rectangle: Rectangle, frame_width: int, frame_height: int) -> Rectangle | None:
    """Cut off what lies outside the frame; None if nothing is left."""
    left, top = max(rectangle.left, 0.0), max(rectangle.top, 0.0)
    right = min(rectangle.left + rectangle.width, float(frame_width))
    bottom = min(rectangle.top + rectangle.height, float(frame_height))
    if right <= left or bottom <= top:
        return None
    return Rectangle(left=left, top=top, width=right - left, height=bottom - top)


def place(
    rectangle: Rectangle, network_width: int, network_height: int, *, keep_ratio: bool, symmetric: bool
) -> Placement | None:
    """Decide where a piece of a frame goes in the network's input, as nvinfer's `get_converted_buffer` does.

    The piece starts at even pixels (rounded up) and has an even size (rounded down).

    Returns:
        None where less than two pixels are left of the piece, or of its image.
    """
    left, top = _up(rectangle.left), _up(rectangle.top)
    width = _down(min(rectangle.width, rectangle.left + rectangle.width - left))
    height = _down(min(rectangle.height, rectangle.top + rectangle.height - top))
    if width < 1 or height < 1:
        return None
    into_width, into_height = network_width, network_height
    if keep_ratio:
        tall = network_width * height / width
        if tall <= network_height:
            into_height = int(tall)
        else:
            into_width = int(network_height * width / height)
    if into_width < 1 or into_height < 1:
        return None
    centred = keep_ratio and symmetric
    return Placement(
        source=(left, top, width, height),
        left=(network_width - into_width) // 2 if centred else 0,
        top=(network_height - into_height) // 2 if centred else 0,
        width=into_width,
        height=into_height,
    )


def _up(position: float) -> int:
    return (int(position) + 1) // 2 * 2


def _down(length: float) -> int:
    return int(length) // 2 * 2
