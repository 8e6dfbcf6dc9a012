"""Rectangles, lines, arrows, circles and masks as nvdsosd draws them.

A border lies half outside and half inside of its rectangle or circle, as NVIDIA's library strokes it (nvll_osd, public
since DeepStream 9.0): its corners are square, and a rectangle that leaves the frame ends a border's width before the
edge. Approximations: edges are hard, the odd pixel of a border lies inside, an arrow's head is a
fifth of its length and at most 20 pixels, a mask takes its colour by half, and a blur averages over a quarter of the
shorter side, so that nothing in it can be read.
"""

from collections.abc import Callable
from functools import partial

import cv2
import numpy as np
import numpy.typing as npt

from simulator.drawing.blending import Colour, Frame, Mask, fill, stamp

START_HEAD = 1
"""NvOSD_Arrow_Head_Direction: a head at the first point."""
END_HEAD = 2
"""The same at the second point."""
BOTH_HEADS = 3
"""The same at both."""

_FULL = (255,)
_SHIFT = 4
_HEAD = 0.2
_LONGEST_HEAD = 20.0
_MASK_SHARE = 0.5
_MOST_PIXELS = 1 << 15


def rectangle(
    frame: Frame,
    box: tuple[float, float, float, float],
    border_width: int,
    colour: Colour,
    background: Colour | None = None,
) -> None:
    """Draw a rectangle.

    Args:
        frame: Drawn on in place.
        box: Left, top, width and height in pixels.
        border_width: Pixels; 0 draws no border.
        colour: The border's.
        background: Fills the rectangle if there is one.
    """
    left, top, width, height = _whole(box)
    if width <= 0 or height <= 0:
        return
    if border_width > 0:
        _border(frame, (left, top, width, height), border_width, colour)
    if background is not None:
        fill(frame, (left, top, width, height), background)


def _border(frame: Frame, box: tuple[int, int, int, int], border_width: int, colour: Colour) -> None:
    """Stroke a rectangle's edge: half of the border's width lies outside."""
    left, top, width, height = box
    rows, columns = frame.shape[:2]
    if left + width > columns:
        width = columns - left - border_width
    if top + height > rows:
        height = rows - top - border_width
    if width <= 0 or height <= 0:
        return
    outside = border_width // 2
    left, top, width, height = left - outside, top - outside, width + 2 * outside, height + 2 * outside
    inner_width, inner_height = width - 2 * border_width, height - 2 * border_width
    if min(inner_width, inner_height) <= 0:
        fill(frame, (left, top, width, height), colour)
        return
    for edge in (top, top + height - border_width):
        fill(frame, (left, edge, width, border_width), colour)
    for edge in (left, left + width - border_width):
        fill(frame, (edge, top + border_width, border_width, inner_height), colour)


def line(frame: Frame, start: tuple[float, float], end: tuple[float, float], width: int, colour: Colour) -> None:
    """Draw a line between two points of a width in pixels."""
    points = _points(start, end)
    _paint(frame, points, width, colour, lambda mask, own: _stroke(mask, own[0], own[1], width))


def arrow(  # fields of NvOSD_ArrowParams
    frame: Frame,
    start: tuple[float, float],
    end: tuple[float, float],
    width: int,
    colour: Colour,
    *,
    heads: int = END_HEAD,
) -> None:
    """Draw a line with a head at its end, its start or both.

    Args:
        frame: Drawn on in place.
        start: The first point, x and y in pixels.
        end: The second.
        width: The line's, in pixels.
        colour: The line's and the heads'.
        heads: START_HEAD, END_HEAD or BOTH_HEADS.
    """
    points = _points(start, end)
    length = float(np.hypot(*(points[1] - points[0])))
    size = max(min(length * _HEAD, _LONGEST_HEAD), float(width))

    def draw(mask: Mask, own: npt.NDArray[np.float64]) -> None:
        _stroke(mask, own[0], own[1], width)
        for flag, tip, tail in ((START_HEAD, own[0], own[1]), (END_HEAD, own[1], own[0])):
            if heads & flag and length > 0:
                along = (tip - tail) / length * size
                across = np.array([-along[1], along[0]]) / 2
                corners = np.rint([tip, tip - along + across, tip - along - across]).astype(np.int32)
                cv2.fillPoly(mask, [corners], _FULL, cv2.LINE_8)

    _paint(frame, points, width + int(size), colour, draw)


def circle(  # fields of NvOSD_CircleParams
    frame: Frame,
    centre: tuple[float, float],
    radius: float,
    width: int,
    colour: Colour,
    *,
    background: Colour | None = None,
) -> None:
    """Draw a circle.

    Args:
        frame: Drawn on in place.
        centre: x and y in pixels.
        radius: Pixels.
        width: The border's, in pixels; 0 draws no border.
        colour: The border's.
        background: Fills the circle if there is one.
    """
    middle = np.array([centre, centre], np.float64)
    reach = int(radius) + width
    for thickness, paint in ((-1, background), (width, colour)):
        if paint is not None and thickness and radius > 0:
            _paint(frame, middle, reach, paint, partial(_ring, radius=radius, thickness=thickness))


def overlay(
    frame: Frame,
    box: tuple[float, float, float, float],
    scores: npt.NDArray[np.float32],
    threshold: float,
    colour: Colour,
) -> None:
    """Colour an object's mask.

    Args:
        frame: Drawn on in place.
        box: The object's left, top, width and height in pixels; the mask is stretched over it.
        scores: Shape (rows, columns), float32, as in NvOSD_MaskParams.
        threshold: Scores above it are coloured.
        colour: The colour; half of it is mixed in.
    """
    left, top, width, height = _whole(box)
    if width <= 0 or height <= 0 or scores.size == 0:
        return
    scaled = cv2.resize(scores.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
    full = np.asarray(scaled, np.float32)  # OpenCV 4.9 states no element type
    mask = np.where(full > threshold, 255, 0).astype(np.uint8)
    stamp(frame, left, top, mask, (*colour[:3], colour[3] * _MASK_SHARE))


def blur(frame: Frame, box: tuple[float, float, float, float]) -> None:
    """Make what is in a rectangle unreadable."""
    left, top, width, height = _whole(box)
    area = frame[max(top, 0) : max(top + height, 0), max(left, 0) : max(left + width, 0), :3]
    if area.size == 0:
        return
    reach = max(min(area.shape[:2]) // 4, 3)
    area[...] = cv2.blur(cv2.blur(np.ascontiguousarray(area), (reach, reach)), (reach, reach))


def _whole(box: tuple[float, float, float, float]) -> tuple[int, int, int, int]:
    left, top, width, height = box
    return int(left), int(top), int(width), int(height)


def _points(start: tuple[float, float], end: tuple[float, float]) -> npt.NDArray[np.float64]:
    return np.array([start, end], np.float64)


def _paint(
    frame: Frame,
    points: npt.NDArray[np.float64],
    reach: int,
    colour: Colour,
    draw: Callable[[Mask, npt.NDArray[np.float64]], None],
) -> None:
    """Draw on a mask that covers what of the shape is inside the frame, and stamp it."""
    limit = np.array([frame.shape[1], frame.shape[0]])
    start = np.clip(np.floor(points.min(axis=0)) - reach - 1, 0, limit).astype(int)
    end = np.clip(np.ceil(points.max(axis=0)) + reach + 2, 0, limit).astype(int)
    if (end <= start).any() or (np.abs(points) > _MOST_PIXELS).any():
        return
    mask = np.zeros((int(end[1] - start[1]), int(end[0] - start[0])), np.uint8)
    draw(mask, points - start)
    stamp(frame, int(start[0]), int(start[1]), mask, colour)


def _stroke(mask: Mask, start: npt.NDArray[np.float64], end: npt.NDArray[np.float64], width: int) -> None:
    """Fill the strip around a line: OpenCV's own thick lines come out wider than asked."""
    if width <= 0:
        return
    along = end - start
    length = float(np.hypot(*along))
    across = np.array([-along[1], along[0]]) / length * (width - 1) / 2 if length > 0 else np.zeros(2)
    corners = np.array([start + across, end + across, end - across, start - across])
    cv2.fillConvexPoly(mask, np.rint(corners * (1 << _SHIFT)).astype(np.int32), _FULL, cv2.LINE_8, _SHIFT)


def _ring(mask: Mask, points: npt.NDArray[np.float64], *, radius: float, thickness: int) -> None:
    """Fill a circle, and empty it up to a border on its edge if there is a thickness."""
    centre = round(float(points[0][0])), round(float(points[0][1]))
    outside = thickness // 2 if thickness > 0 else 0
    outer = round(radius) + outside
    cv2.circle(mask, centre, outer, _FULL, -1)
    if 0 < thickness < outer:
        cv2.circle(mask, centre, outer - thickness, (0,), -1)
