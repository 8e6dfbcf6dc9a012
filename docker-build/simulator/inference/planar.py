"""Frames as decoders give them, luma beside half-sized chroma: pieces are scaled first and coloured afterwards.

That is less than half the work of colouring whole frames; the device's own order is not published. Chroma is taken to
lie in the middle of its four pixels. With the nearest filter the result is that of repeating chroma and colouring
first, because pieces start and end at even pixels. Nothing is rounded to grey levels on the way.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]
Plane = npt.NDArray[np.float32]
"""Shape (height, width): one channel in grey levels, 0 to 255."""
Scale = Callable[[Bytes, int, int], Sequence[Plane]]
"""Scales an array of shape (height, width) or (height, width, channels) to a width and a height, channel by channel."""

STUDIO_BLACK, STUDIO_LUMA, STUDIO_CHROMA, CHROMA_ZERO, TOP = 16, 219, 224, 128, 255


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanarFrame:
    """A frame in two planes, as NV12 has them; the origin is the top left corner.

    Attributes:
        luma: Shape (height, width), uint8.
        chroma: Shape (height / 2, width / 2, 2), uint8: blue difference, red difference.
        matrix: Shape (3, 4), float32: what makes red, green and blue of luma, the two differences and 1. Red has no
            part of the blue difference, nor blue of the red one.
    """

    luma: Bytes
    chroma: Bytes
    matrix: npt.NDArray[np.float32]

    @property
    def shape(self) -> tuple[int, ...]:
        """Height and width in pixels."""
        return self.luma.shape

    def paint(self, source: tuple[int, int, int, int], planes: Sequence[Plane], scale: Scale) -> None:
        """Cut out a piece, scale it, and give it its colours.

        Args:
            source: Left, top, width and height of the piece; even pixels.
            planes: Red, green and blue, which are written; all of the size that the piece is scaled to.
            scale: The filter, also for chroma.
        """
        left, top, columns, rows = source
        red, green, blue = planes
        height, width = red.shape
        chroma = self.chroma[top // 2 : (top + rows) // 2, left // 2 : (left + columns) // 2]
        (y,) = scale(self.luma[top : top + rows, left : left + columns], width, height)
        u, v = scale(chroma, width, height)
        of_red, of_green, of_blue = self.matrix.tolist()
        cv2.addWeighted(y, of_red[0], v, of_red[2], of_red[3], dst=red)
        cv2.addWeighted(y, of_blue[0], u, of_blue[1], of_blue[3], dst=blue)
        cv2.addWeighted(u, of_green[1], v, of_green[2], of_green[3], dst=green)
        cv2.scaleAdd(y, of_green[0], green, dst=green)
        for plane in planes:
            cut(plane)


def cut(plane: Plane) -> None:
    """Bring what left the range back to black or full, in place."""
    cv2.threshold(plane, TOP, 0, cv2.THRESH_TRUNC, dst=plane)  # several times as fast as numpy's clip
    cv2.threshold(plane, 0, 0, cv2.THRESH_TOZERO, dst=plane)


def interleave(blue: Bytes, red: Bytes, chroma: Bytes) -> None:
    """Write two colour differences of shape (rows, columns) as NV12's chroma, shape (rows, columns, 2)."""
    cv2.merge([blue, red], dst=chroma)


def colour_matrix(red: float, blue: float, *, full_range: bool) -> npt.NDArray[np.float32]:
    """Give the matrix of a `PlanarFrame`.

    Args:
        red: What red weighs in luma: 0.299 for BT.601, 0.2126 for BT.709.
        blue: What blue weighs: 0.114 for BT.601, 0.0722 for BT.709.
        full_range: Whether luma goes from 0 to 255; else from 16 to 235, and chroma from 16 to 240.
    """
    green = 1 - red - blue
    bright = 1.0 if full_range else TOP / STUDIO_LUMA
    vivid = 1.0 if full_range else TOP / STUDIO_CHROMA
    rows = np.array(
        [
            [bright, 0, 2 * (1 - red) * vivid],
            [bright, -2 * (1 - blue) * blue / green * vivid, -2 * (1 - red) * red / green * vivid],
            [bright, 2 * (1 - blue) * vivid, 0],
        ]
    )
    zero = np.array([0 if full_range else STUDIO_BLACK, CHROMA_ZERO, CHROMA_ZERO])
    return np.column_stack([rows, -rows @ zero]).astype(np.float32)
