"""Boxes that are valid and yet look as if they meant something else: counted over a run, judged at its end."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# Fewer boxes than these say nothing about how a parser makes them.
_ENOUGH = 12
_MOST, _MANY, _SOME = 0.95, 0.5, 0.25
# A box that covers so much of both sides is one of the whole frame; one that reaches so far over an edge, by its own
# size, is not a rounding.
_WHOLE, _OVER = 0.9, 0.05
_FRACTION = 1.5


@dataclass(frozen=True, kw_only=True, slots=True)
class Notice:
    """What is odd.

    Attributes:
        message: A sentence with the count.
        hint: The likely cause, and what to write.
    """

    message: str
    hint: str


class Boxes:
    """Counts the boxes of a parser, as left, top, width and height, by what they look like."""

    def __init__(self) -> None:
        self._total = 0
        self._corners = 0
        self._cut = 0
        self._beyond = 0
        self._whole = 0
        self._outside = 0
        self._fractions = 0

    def add(self, boxes: NDArray[np.float64], size: tuple[int, int]) -> None:
        """Count boxes of one frame, before they are clipped to it."""
        if not len(boxes):
            return
        start, extent, frame = boxes[:, :2], boxes[:, 2:], np.asarray(size, dtype=float)
        end = start + extent
        shown = np.minimum(end, frame) - np.maximum(start, 0)
        within = extent - shown <= np.maximum(_OVER * extent, 1)
        outside = (shown <= 0).any(axis=1)
        self._total += len(boxes)
        self._fractions += int((end <= _FRACTION).all(axis=1).sum())
        self._whole += int((shown >= _WHOLE * frame).all(axis=1).sum())
        self._outside += int(outside.sum())
        self._cut += int((~within.all(axis=1)).sum())
        # Over the left or the top edge alone is what a detector gives of an object that is half out of the frame,
        # and no mistake that a notice names: as corners or as a centre such a box would leave the frame, too.
        self._beyond += int((outside | (~within & (end > frame)).any(axis=1)).sum())
        fits = (extent > start) & (start >= -_OVER * frame) & (extent <= frame * (1 + _OVER))
        self._corners += int(fits.all(axis=1).sum())

    def notice(self) -> Notice | None:
        """The likeliest thing that is wrong with them all; None when nothing is."""
        if self._total < _ENOUGH:
            return None
        if self._fractions >= _MOST * self._total:
            return Notice(
                message=f"{self._fractions} of {self._total} boxes lie within 2 pixels: they look like fractions.",
                hint="Boxes are pixels of the frame: multiply by the width and the height of config.image_size.",
            )
        if self._corners >= _MOST * self._total and self._cut - self._whole >= _SOME * self._total:
            return Notice(
                message=f"{self._cut} of {self._total} boxes reach over the frame's edge, and would fit as corners.",
                hint="Boxes are left, top, width and height: subtract left and top from right and bottom.",
            )
        if self._whole >= _MANY * self._total:
            return Notice(
                message=f"{self._whole} of {self._total} boxes cover the whole frame.",
                hint="Are pixels multiplied by the frame's size, or raw outputs taken for scores (no sigmoid)? Compare "
                "the outputs' least and greatest values with what the model's makers say.",
            )
        if self._beyond >= _MANY * self._total:
            lost = f", {self._outside} of them with nothing inside" if self._outside else ""
            return Notice(
                message=f"{self._cut} of {self._total} boxes reach over the frame's edge{lost}.",
                hint="Boxes are left, top, width and height in pixels of config.image_size: subtract half of width and "
                "height from a centre, and scale from the network's size to the frame's.",
            )
        return None
