"""Colours onto frames, in place; whatever lies outside the frame is left out."""

import functools

import numpy as np
import numpy.typing as npt

Frame = npt.NDArray[np.uint8]
"""Shape (height, width, 4), uint8: red, green, blue, alpha. Rows may have padding; drawing writes into it in place."""
Colour = tuple[float, ...]
"""Red, green, blue and alpha between 0 and 1, as NvOSD_ColorParams holds them."""
Mask = npt.NDArray[np.uint8]
"""Shape (height, width), uint8: how much of a colour each pixel takes, 255 for all."""


def fill(frame: Frame, box: tuple[int, int, int, int], colour: Colour) -> None:
    """Paint a rectangle of left, top, width and height in whole pixels; the frame's own alpha stays as it is."""
    left, top, width, height = box
    area = frame[max(top, 0) : max(top + height, 0), max(left, 0) : max(left + width, 0), :3]
    if area.size == 0 or colour[3] <= 0:
        return
    paint = _levels(colour)
    if colour[3] >= 1:
        area[...] = paint
    else:
        area[...] = np.rint(area + (paint - area.astype(np.float32)) * np.float32(colour[3]))


def stamp(frame: Frame, left: int, top: int, mask: Mask, colour: Colour) -> None:
    """Paint through a mask whose left top corner stands at a pixel of the frame."""
    area = frame[max(top, 0) : max(top + mask.shape[0], 0), max(left, 0) : max(left + mask.shape[1], 0), :3]
    if area.size == 0 or colour[3] <= 0:
        return
    start_row, start_column = max(-top, 0), max(-left, 0)
    part = mask[start_row : start_row + area.shape[0], start_column : start_column + area.shape[1]]
    # A line's mask is nearly empty: mixing only where it is not is thirty times as fast.
    rows, columns = np.nonzero(part)
    share = part[rows, columns, np.newaxis] * np.float32(min(colour[3], 1.0) / 255)
    below = area[rows, columns].astype(np.float32)
    area[rows, columns] = np.rint(below + (_levels(colour) - below) * share)


@functools.lru_cache(1024)
def _levels(colour: Colour) -> npt.NDArray[np.float32]:
    """The colour's grey levels; a frame's objects share a few colours, and each takes five rectangles."""
    levels: npt.NDArray[np.float32] = np.rint(np.clip(np.array(colour[:3], np.float32), 0, 1) * 255)
    levels.flags.writeable = False
    return levels
