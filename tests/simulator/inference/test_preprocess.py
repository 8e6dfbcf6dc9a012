"""Input tensors equal a plain reference within one grey level."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from simulator.errors import ConfigurationError
from simulator.inference.geometry import Placement, Rectangle, clipped, place
from simulator.inference.preprocess import Preprocessor, read_mean_file
from simulator.inference.settings import ColourFormat, InputSettings

from tests.simulator.scaling import bilinear, nearest


def whole(frame: np.ndarray, width: int, height: int, *, keep: bool = False, symmetric: bool = False) -> Placement:
    rectangle = Rectangle(left=0, top=0, width=frame.shape[1], height=frame.shape[0])
    placement = place(rectangle, width, height, keep_ratio=keep, symmetric=symmetric)
    assert placement is not None
    return placement


@pytest.mark.parametrize(("width", "height"), [(64, 64), (320, 200), (160, 90), (33, 17), (80, 45)])
@pytest.mark.parametrize(("scaling_filter", "reference"), [(0, nearest), (1, bilinear), (5, nearest), (6, nearest)])
def test_scaling_equals_the_reference_within_a_grey_level(
    noise: np.ndarray, width: int, height: int, scaling_filter: int, reference: object
) -> None:
    settings = InputSettings(scaling_filter=scaling_filter)
    tensor = Preprocessor(settings, width, height).batch([(noise, whole(noise, width, height))])
    wanted = reference(noise, width, height)[..., :3].transpose(2, 0, 1)
    assert tensor.shape == (1, 3, height, width)
    assert np.abs(tensor[0] - wanted).max() <= 1


@pytest.mark.parametrize("scaling_filter", range(7))
def test_every_filter_keeps_a_flat_colour(scaling_filter: int) -> None:
    frame = np.full((90, 160, 4), (10, 200, 30, 255), np.uint8)
    settings = InputSettings(scaling_filter=scaling_filter)
    tensor = Preprocessor(settings, 50, 40).batch([(frame, whole(frame, 50, 40))])
    assert np.abs(tensor[0] - np.array([10, 200, 30])[:, None, None]).max() < 0.001


@pytest.mark.parametrize("channels_last", [False, True])
@pytest.mark.parametrize("colours", [ColourFormat.RGB, ColourFormat.BGR])
def test_factor_offsets_colour_order_and_layout_are_applied_in_the_models_order(
    noise: np.ndarray, colours: ColourFormat, channels_last: bool
) -> None:
    settings = InputSettings(colours=colours, channels_last=channels_last, factor=0.5, offsets=(1, 2, 300))
    tensor = Preprocessor(settings, 160, 90).batch([(noise, whole(noise, 160, 90))])[0]
    pixels = noise[..., [0, 1, 2] if colours is ColourFormat.RGB else [2, 1, 0]].astype(np.float32)
    wanted = np.float32(0.5) * (pixels - np.array([1, 2, 300], np.float32))
    np.testing.assert_array_equal(tensor, wanted if channels_last else wanted.transpose(2, 0, 1))


def test_grey_is_luma() -> None:
    frame = np.zeros((4, 4, 4), np.uint8)
    frame[..., :3] = (100, 150, 200)
    tensor = Preprocessor(InputSettings(colours=ColourFormat.GRAY), 4, 4).batch([(frame, whole(frame, 4, 4))])
    assert tensor.shape == (1, 1, 4, 4)
    assert np.abs(tensor - (0.299 * 100 + 0.587 * 150 + 0.114 * 200)).max() <= 1


@pytest.mark.parametrize(("symmetric", "left", "top"), [(False, 0, 0), (True, 0, 14)])
def test_a_wide_frame_is_letterboxed_with_black(noise: np.ndarray, symmetric: bool, left: int, top: int) -> None:
    placement = whole(noise, 64, 64, keep=True, symmetric=symmetric)
    assert (placement.left, placement.top, placement.width, placement.height) == (left, top, 64, 36)
    bright = np.maximum(noise, 1)
    settings = InputSettings(maintain_aspect_ratio=True, symmetric_padding=symmetric)
    tensor = Preprocessor(settings, 64, 64).batch([(bright, placement)])[0]
    inside = np.zeros((64, 64), bool)
    inside[top : top + 36] = True
    assert ((tensor > 0).all(axis=0) == inside).all()


def test_a_tall_object_is_letterboxed_sideways(noise: np.ndarray) -> None:
    rectangle = Rectangle(left=10, top=10, width=20, height=40)
    placement = place(rectangle, 64, 64, keep_ratio=True, symmetric=True)
    assert placement == Placement(source=(10, 10, 20, 40), left=16, top=0, width=32, height=64)


def test_pieces_start_and_end_at_even_pixels_as_in_nvinfer() -> None:
    placement = place(Rectangle(left=3.7, top=4.9, width=21.9, height=10), 64, 64, keep_ratio=False, symmetric=False)
    assert placement is not None
    assert placement.source == (4, 4, 20, 10)


def test_boxes_come_back_to_the_frame(noise: np.ndarray) -> None:
    placement = whole(noise, 64, 64, keep=True, symmetric=True)
    boxes = np.array([[0, 14, 64, 36], [32, 14 + 18, 8, 9], [-8, 0, 8, 8]], np.float32)
    np.testing.assert_allclose(
        placement.to_source(boxes), [[0, 0, 160, 90], [80, 45, 20, 22.5], [0, 0, 20, 20]], rtol=1e-6
    )


@pytest.mark.parametrize(
    ("rectangle", "wanted"),
    [
        ((-10, -10, 30, 30), (0, 0, 20, 20)),
        ((150, 80, 30, 30), (150, 80, 10, 10)),
        ((160, 0, 10, 10), None),
        ((5, 5, 0, 5), None),
        ((-9, 0, 9, 9), None),
    ],
)
def test_crops_end_at_the_frame(rectangle: tuple[float, ...], wanted: tuple[float, ...] | None) -> None:
    left, top, width, height = rectangle
    cut = clipped(Rectangle(left=left, top=top, width=width, height=height), 160, 90)
    assert (None if cut is None else (cut.left, cut.top, cut.width, cut.height)) == wanted


def test_a_piece_of_less_than_two_pixels_has_no_place() -> None:
    assert place(Rectangle(left=0, top=0, width=1.9, height=9), 8, 8, keep_ratio=False, symmetric=False) is None
    assert place(Rectangle(left=0, top=0, width=900, height=2), 8, 8, keep_ratio=True, symmetric=False) is None


@pytest.mark.parametrize(("dtype", "top"), [(np.uint8, 255), (np.int8, 127), (np.float16, 510), (np.int32, 510)])
def test_the_tensor_has_the_layers_own_type(noise: np.ndarray, dtype: type, top: int) -> None:
    frame = np.full_like(noise, 255)
    tensor = Preprocessor(InputSettings(factor=2.0), 160, 90, dtype).batch([(frame, whole(frame, 160, 90))])
    assert tensor.dtype == dtype
    assert tensor.max() == top


def test_a_mean_file_is_subtracted_in_the_order_of_its_bytes(noise: np.ndarray, tmp_path: Path) -> None:
    mean = np.random.default_rng(1).integers(0, 256, (90, 160, 3), dtype=np.uint8)
    path = tmp_path / "mean.ppm"
    path.write_bytes(b"P6\n160 90\n255\n" + mean.tobytes())
    settings = InputSettings(colours=ColourFormat.BGR, mean_file=path, offsets=(9, 9, 9))
    tensor = Preprocessor(settings, 160, 90).batch([(noise, whole(noise, 160, 90))])[0]
    wanted = noise[..., [2, 1, 0]].astype(np.float32) - mean
    np.testing.assert_array_equal(tensor, wanted.transpose(2, 0, 1))
    with pytest.raises(ConfigurationError, match="160 x 90"):
        Preprocessor(settings, 80, 90)


@pytest.mark.parametrize("data", [b"", b"P5 1 1 255 x", b"P6 x 1 255\n", b"P6 2 2 255\n123", b"P6\n-1 2\n255\n"])
def test_a_broken_mean_file_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "mean.ppm"
    path.write_bytes(data)
    with pytest.raises(ConfigurationError, match=r"mean\.ppm"):
        read_mean_file(path, 3)


@given(st.tuples(*[st.integers(0, 300)] * 2, *[st.integers(2, 400)] * 2), st.booleans(), st.booleans())
def test_whatever_is_placed_comes_back_to_its_source(
    box: tuple[int, int, int, int], keep: bool, symmetric: bool
) -> None:
    left, top, width, height = box
    rectangle = Rectangle(left=left, top=top, width=width, height=height)
    placement = place(rectangle, 96, 64, keep_ratio=keep, symmetric=symmetric)
    if placement is None:
        return
    assert placement.left + placement.width <= 96
    assert placement.top + placement.height <= 64
    assert placement.source[0] + placement.source[2] <= left + width
    assert placement.source[1] + placement.source[3] <= top + height
    image = np.array([[placement.left, placement.top, placement.width, placement.height]], np.float32)
    np.testing.assert_allclose(placement.to_source(image)[0], [0, 0, *placement.source[2:]], rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize(
    ("box", "clip", "wanted"),
    [
        ((16, 16, 32, 32), True, (60, 40, 40, 20)),
        ((-16, -16, 32, 32), True, (40, 30, 20, 10)),
        ((-16, -16, 32, 32), False, (20, 20, 40, 20)),
        ((48, 48, 32, 32), True, (100, 60, 20, 10)),
        ((-40, 0, 16, 16), True, (40, 30, 0, 10)),
        ((-64, -64, 32, 32), False, (0, 0, 40, 20)),
    ],
)
def test_boxes_of_a_region_are_the_frames_and_cut_to_the_region(
    box: tuple[int, ...], clip: bool, wanted: tuple[int, ...]
) -> None:
    region = Rectangle(left=40, top=30, width=80, height=40)
    placement = place(region, 64, 64, keep_ratio=False, symmetric=False)
    assert placement is not None
    found = placement.to_source(np.array([box], np.float32), region, clip=clip)[0]
    np.testing.assert_allclose(found, wanted, atol=1e-3)
