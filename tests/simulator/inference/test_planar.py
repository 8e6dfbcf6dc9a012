"""Luma and chroma become the colours that the arithmetic says; what rounding between two steps adds is bounded."""

from itertools import product
from typing import Any

import cv2
import numpy as np
import pytest
from simulator.inference.geometry import Rectangle, place
from simulator.inference.planar import PlanarFrame, colour_matrix
from simulator.inference.preprocess import Preprocessor
from simulator.inference.settings import InputSettings

from tests.simulator.scaling import bilinear, nearest

WEIGHTS = {"bt601": (0.299, 0.114), "bt709": (0.2126, 0.0722)}


def noisy(name: str = "bt709", *, full_range: bool = False) -> PlanarFrame:
    """Colours that a camera can see: what leaves red, green or blue out of range is cut, which no average undoes."""
    random = np.random.default_rng(5)
    return PlanarFrame(
        luma=random.integers(90, 160, (90, 160), dtype=np.uint8),
        chroma=random.integers(110, 146, (45, 80, 2), dtype=np.uint8),
        matrix=colour_matrix(*WEIGHTS[name], full_range=full_range),
    )


def coloured(luma: np.ndarray, chroma: np.ndarray, red: float, blue: float, *, full_range: bool) -> np.ndarray:
    """Red, green and blue of planes of one size, written out from the definition of luma and its differences."""
    y, u, v = luma.astype(float), chroma[..., 0].astype(float) - 128, chroma[..., 1].astype(float) - 128
    if full_range:
        y, u, v = y / 255, u / 255, v / 255
    else:
        y, u, v = (y - 16) / 219, u / 224, v / 224
    r, b = y + 2 * (1 - red) * v, y + 2 * (1 - blue) * u
    g = (y - red * r - blue * b) / (1 - red - blue)
    return np.clip(np.stack([r, g, b]) * 255, 0, 255)


def in_opencv(plane: np.ndarray, width: int, height: int) -> np.ndarray:
    """What OpenCV makes of one plane: `test_preprocess` compares it with arithmetic."""
    return cv2.resize(plane, (width, height), interpolation=cv2.INTER_LINEAR)


@pytest.mark.parametrize(("name", "full_range"), list(product(WEIGHTS, (False, True))))
@pytest.mark.parametrize(
    ("scaling_filter", "reference", "levels"),
    [(0, nearest, 1), (1, in_opencv, 1), (1, bilinear, 3)],
    ids=["nearest", "bilinear over planes of whole grey levels", "bilinear without rounding between the steps"],
)
@pytest.mark.parametrize("size", [(64, 64), (80, 45), (200, 120)])
def test_a_scaled_planar_piece_equals_the_reference_within_grey_levels(  # noqa: PLR0917 # one table
    name: str, full_range: bool, scaling_filter: int, reference: Any, levels: int, size: tuple[int, int]
) -> None:
    frame = noisy(name, full_range=full_range)
    left, top, columns, rows = 20, 10, 120, 60
    piece = Rectangle(left=left, top=top, width=columns, height=rows)
    placement = place(piece, *size, keep_ratio=False, symmetric=False)
    assert placement is not None
    tensor = Preprocessor(InputSettings(scaling_filter=scaling_filter), *size).batch([(frame, placement)])[0]
    luma = frame.luma[top : top + rows, left : left + columns, np.newaxis].copy()
    chroma = frame.chroma[top // 2 : (top + rows) // 2, left // 2 : (left + columns) // 2].copy()
    scaled = reference(luma, *size).reshape(size[::-1]), reference(chroma, *size)
    wanted = coloured(*scaled, *WEIGHTS[name], full_range=full_range)
    assert np.abs(tensor - wanted).max() <= levels


def test_the_nearest_filter_repeats_the_chroma_of_an_unscaled_piece() -> None:
    frame = noisy()
    placement = place(Rectangle(left=0, top=0, width=160, height=90), 160, 90, keep_ratio=False, symmetric=False)
    assert placement is not None
    tensor = Preprocessor(InputSettings(scaling_filter=0), 160, 90).batch([(frame, placement)])[0]
    chroma = frame.chroma.repeat(2, axis=0).repeat(2, axis=1)
    assert np.abs(tensor - coloured(frame.luma, chroma, *WEIGHTS["bt709"], full_range=False)).max() <= 1


def test_known_colours_of_studio_range() -> None:
    black, white, red = ((16, 128, 128), (235, 128, 128), (63, 102, 240))
    matrix = colour_matrix(*WEIGHTS["bt709"], full_range=False)
    for (y, u, v), wanted in ((black, (0, 0, 0)), (white, (255, 255, 255)), (red, (255, 0, 0))):
        frame = PlanarFrame(
            luma=np.full((4, 4), y, np.uint8), chroma=np.full((2, 2, 2), (u, v), np.uint8), matrix=matrix
        )
        pixels = frame.coloured((0, 0, 4, 4), 4, 4, lambda plane, *_: plane.repeat(2, 0).repeat(2, 1))
        assert np.abs(pixels.astype(int) - wanted).max() <= 1
