"""Every filter over frames of both formats is within one grey level of plain arithmetic that rounds nothing."""

from itertools import product

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from simulator.inference.geometry import Placement, Rectangle, place
from simulator.inference.planar import PlanarFrame, colour_matrix
from simulator.inference.preprocess import Preprocessor
from simulator.inference.settings import ColourFormat, InputSettings

from tests.simulator.scaling import REFERENCES

WEIGHTS = {"bt601": (0.299, 0.114), "bt709": (0.2126, 0.0722)}


def noisy(
    name: str = "bt709", *, full_range: bool = False, size: tuple[int, int] = (160, 90), seed: int = 5
) -> PlanarFrame:
    """Any luma beside any chroma, also what no camera can see."""
    random, (width, height) = np.random.default_rng(seed), size
    return PlanarFrame(
        luma=random.integers(0, 256, (height, width), dtype=np.uint8),
        chroma=random.integers(0, 256, (height // 2, width // 2, 2), dtype=np.uint8),
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


def cut_out(plane: np.ndarray, source: tuple[int, int, int, int], *, half: bool = False) -> np.ndarray:
    left, top, width, height = (side // 2 for side in source) if half else source
    return plane[top : top + height, left : left + width]


def of_the_model(rgb: np.ndarray, colours: ColourFormat) -> np.ndarray:
    """The channels that a model was trained on; shape (channels, height, width)."""
    if colours is ColourFormat.GRAY:
        return np.einsum("c,chw->hw", (0.299, 0.587, 0.114), rgb)[np.newaxis]
    return rgb[::-1] if colours is ColourFormat.BGR else rgb


@st.composite
def pieces(draw: st.DrawFn) -> tuple[tuple[int, int], Placement, tuple[int, int]]:
    """Sides of a frame, a piece of it, and where that stands in a network's input of some size."""
    width, height = (2 * draw(st.integers(2, 150)) for _ in range(2))
    network = (draw(st.integers(1, 200)), draw(st.integers(1, 200)))
    left, top = 2 * draw(st.integers(0, width // 2 - 1)), 2 * draw(st.integers(0, height // 2 - 1))
    piece = Rectangle(left=left, top=top, width=width - left, height=height - top)
    keep, symmetric = draw(st.booleans()), draw(st.booleans())
    placement = place(piece, *network, keep_ratio=keep, symmetric=symmetric)
    if placement is None:
        placement = place(piece, *network, keep_ratio=False, symmetric=False)
    assert placement is not None
    return (width, height), placement, network


def standing(image: np.ndarray, placement: Placement, network: tuple[int, int]) -> np.ndarray:
    """An image of shape (channels, height, width) at its place on black."""
    whole = np.zeros((len(image), network[1], network[0]))
    whole[:, placement.top :, placement.left :][:, : placement.height, : placement.width] = image
    return whole


Piece = tuple[tuple[int, int], Placement, tuple[int, int]]


@given(pieces(), st.sampled_from(range(7)), st.sampled_from(ColourFormat), st.integers(0, 2**32 - 1), st.data())
def test_any_piece_of_a_planar_frame_is_within_a_grey_level_of_the_reference(
    piece: Piece, scaling_filter: int, colours: ColourFormat, seed: int, data: st.DataObject
) -> None:
    size, placement, network = piece
    name, full_range = data.draw(st.sampled_from(list(product(WEIGHTS, (False, True)))))
    frame = noisy(name, full_range=full_range, size=size, seed=seed)
    settings = InputSettings(scaling_filter=scaling_filter, colours=colours)
    tensor = Preprocessor(settings, *network).batch([(frame, placement)])[0]
    into, scaled = (placement.width, placement.height), REFERENCES[scaling_filter]
    luma = scaled(cut_out(frame.luma, placement.source), *into)
    chroma = scaled(cut_out(frame.chroma, placement.source, half=True), *into)
    rgb = coloured(luma, chroma, *WEIGHTS[name], full_range=full_range)
    assert np.abs(tensor - standing(of_the_model(rgb, colours), placement, network)).max() <= 1


@given(pieces(), st.sampled_from(range(7)), st.sampled_from(ColourFormat), st.integers(0, 2**32 - 1))
def test_any_piece_of_an_rgba_frame_is_within_a_grey_level_of_the_reference(
    piece: Piece, scaling_filter: int, colours: ColourFormat, seed: int
) -> None:
    (width, height), placement, network = piece
    frame = np.random.default_rng(seed).integers(0, 256, (height, width, 4), dtype=np.uint8)
    settings = InputSettings(scaling_filter=scaling_filter, colours=colours)
    tensor = Preprocessor(settings, *network).batch([(frame, placement)])[0]
    image = REFERENCES[scaling_filter](cut_out(frame, placement.source), placement.width, placement.height)
    wanted = of_the_model(image[..., :3].transpose(2, 0, 1), colours)
    assert np.abs(tensor - standing(wanted, placement, network)).max() <= 1


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
    whole = place(Rectangle(left=0, top=0, width=4, height=4), 6, 6, keep_ratio=False, symmetric=False)
    assert whole is not None
    for (y, u, v), wanted in ((black, (0, 0, 0)), (white, (255, 255, 255)), (red, (255, 0, 0))):
        frame = PlanarFrame(
            luma=np.full((4, 4), y, np.uint8), chroma=np.full((2, 2, 2), (u, v), np.uint8), matrix=matrix
        )
        tensor = Preprocessor(InputSettings(scaling_filter=1), 6, 6).batch([(frame, whole)])[0]
        assert np.abs(tensor - np.array(wanted)[:, None, None]).max() <= 1
