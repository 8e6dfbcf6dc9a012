"""Shapes, texts and masks change exactly the pixels that they should."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from simulator.drawing import blending, shapes, texts
from simulator.drawing.blending import fill

RED, GREEN, HALF = (1.0, 0.0, 0.0, 1.0), (0.0, 1.0, 0.0, 1.0), (1.0, 1.0, 1.0, 0.5)


def black(width: int = 60, height: int = 40) -> np.ndarray:
    frame = np.zeros((height, width, 4), np.uint8)
    frame[..., 3] = 255
    return frame


def painted(frame: np.ndarray) -> np.ndarray:
    return frame[..., :3].any(axis=2)


def bounds(frame: np.ndarray) -> tuple[int, int, int, int]:
    rows, columns = np.nonzero(painted(frame))
    return int(columns.min()), int(rows.min()), int(columns.max()), int(rows.max())


@pytest.mark.parametrize(("border", "outside"), [(1, 0), (2, 1), (3, 1), (4, 2)])
def test_a_border_lies_half_outside_of_its_rectangle(border: int, outside: int) -> None:
    frame = black()
    shapes.rectangle(frame, (10, 5, 20, 12), border, RED)
    wanted = np.zeros((40, 60), bool)
    wanted[5 - outside : 17 + outside, 10 - outside : 30 + outside] = True
    inside = border - outside
    wanted[5 + inside : 17 - inside, 10 + inside : 30 - inside] = False
    assert (painted(frame) == wanted).all()
    assert (frame[5, 10] == [255, 0, 0, 255]).all()


def test_a_background_is_mixed_by_its_alpha_over_the_borders_inner_half() -> None:
    frame = black()
    shapes.rectangle(frame, (10, 5, 20, 12), 2, RED, HALF)
    assert frame[10, 20, :3].tolist() == [128, 128, 128]
    assert frame[4, 9, :3].tolist() == [255, 0, 0]
    assert frame[5, 10, :3].tolist() == [255, 128, 128]
    assert (frame[..., 3] == 255).all()


def test_a_border_wider_than_half_fills_the_rectangle() -> None:
    frame = black()
    shapes.rectangle(frame, (20, 15, 10, 5), 6, RED)
    assert painted(frame).sum() == (10 + 6) * (5 + 6)


def test_a_rectangle_that_leaves_the_frame_ends_before_its_edge() -> None:
    frame = black()
    shapes.rectangle(frame, (40, 20, 30, 30), 2, RED)
    assert bounds(frame) == (39, 19, 58, 38)


def test_a_translucent_border_mixes_each_pixel_once() -> None:
    frame = black()
    shapes.rectangle(frame, (0, 0, 9, 7), 4, HALF)
    assert set(np.unique(frame[:7, :9, 0])) <= {0, 128}


@pytest.mark.parametrize("box", [(-5, -5, 20, 20), (50, 30, 30, 30), (-90, 0, 10, 10), (0, 0, 0, 5), (0, 0, 900, 900)])
def test_what_lies_outside_the_frame_is_left_out(box: tuple[int, int, int, int]) -> None:
    frame = black()
    shapes.rectangle(frame, box, 1, RED, GREEN)
    left, top, width, height = box
    inside = frame[max(top, 0) : max(top + height, 0), max(left, 0) : max(left + width, 0)]
    assert painted(frame).sum() == painted(inside).sum() == inside.shape[0] * inside.shape[1]


def test_drawing_writes_into_a_view_in_place() -> None:
    frame = black(120, 80)
    shapes.rectangle(frame[20:60, 30:90], (0, 0, 10, 10), 1, RED)
    shapes.line(frame[20:60, 30:90], (0, 20), (50, 20), 1, GREEN)
    assert (frame[20, 30, :3] == [255, 0, 0]).all()
    assert frame[40, 50, 1] > 200


def test_a_line_runs_from_point_to_point_in_its_width() -> None:
    frame = black()
    shapes.line(frame, (10, 20), (40, 20), 3, RED)
    rows, columns = np.nonzero(frame[..., 0] > 127)
    assert (columns.min(), columns.max()) == (pytest.approx(10, abs=2), pytest.approx(40, abs=2))
    assert (rows.min(), rows.max()) == (19, 21)


@pytest.mark.parametrize(("heads", "where"), [(1, [True, False]), (2, [False, True]), (3, [True, True])])
def test_an_arrow_has_its_heads_where_asked(heads: int, where: list[bool]) -> None:
    frame = black()
    shapes.arrow(frame, (5, 20), (55, 20), 1, RED, heads=heads)
    heights = painted(frame).sum(axis=0)
    assert [bool(heights[5:16].max() > 4), bool(heights[45:56].max() > 4)] == where


def test_a_circle_has_its_radius_border_and_background() -> None:
    frame = black()
    shapes.circle(frame, (30, 20), 10, 1, RED, background=GREEN)
    assert bounds(frame) == pytest.approx((20, 10, 40, 30), abs=1)
    assert frame[20, 30, :3].tolist() == [0, 255, 0]
    assert frame[20, 40, 0] > 200
    ring = black()
    shapes.circle(ring, (30, 20), 10, 1, RED)
    assert not painted(ring)[20, 30]


def test_shapes_far_outside_cost_nothing_and_change_nothing() -> None:
    frame = black()
    shapes.circle(frame, (1e9, 1e9), 5, 1, RED)
    shapes.line(frame, (-1e9, 3), (1e9, 3), 1, RED)
    shapes.arrow(frame, (200, 200), (300, 300), 1, RED)
    assert not painted(frame).any()


def test_a_mask_colours_what_is_above_the_threshold_by_half() -> None:
    frame = black()
    scores = np.array([[0.9, 0.9], [0.1, 0.1]], np.float32)
    shapes.overlay(frame, (10, 10, 20, 20), scores, 0.5, (1, 1, 1, 1))
    assert frame[11, 20, :3].tolist() == [128, 128, 128]
    assert not painted(frame)[29, 20]
    assert bounds(frame)[0] == 10


def test_a_blur_removes_detail_inside_and_keeps_the_outside() -> None:
    frame = np.random.default_rng(0).integers(0, 256, (40, 60, 4), dtype=np.uint8)
    before = frame.copy()
    shapes.blur(frame, (10, 10, 24, 24))
    assert frame[14:30, 14:30, :3].std() < before[14:30, 14:30, :3].std() / 4
    outside = np.ones((40, 60), bool)
    outside[10:34, 10:34] = False
    assert (frame[outside] == before[outside]).all()


def test_text_stands_at_its_corner_with_its_background() -> None:
    frame = black(200, 60)
    texts.write(frame, "person 7", (20, 10), 12, (1, 1, 1, 1), background=(0, 0, 1, 1))
    left, top, _, _ = bounds(frame)
    assert (left, top) == (20, 10)
    assert (frame[..., 0] == 255).sum() > 20
    assert frame[10, 20, :3].tolist() == [0, 0, 255]


def test_longer_and_larger_texts_take_more_room_and_lines_stack() -> None:
    short, long = texts.rendered("ab", 16).shape, texts.rendered("abcdef", 16).shape
    assert long[1] > short[1]
    assert long[0] == short[0]
    assert texts.rendered("ab", 32).shape[0] > short[0]
    assert texts.rendered("ab\ncd", 16).shape[0] > 1.8 * short[0]


@pytest.mark.parametrize("text", ["", "  ", "\n"])
def test_nothing_is_written_for_empty_text(text: str) -> None:
    frame = black()
    texts.write(frame, text, (5, 5), 12, RED, background=GREEN)
    assert not painted(frame).any()


@given(st.text(max_size=12), st.integers(-30, 90), st.integers(-30, 90), st.integers(0, 40))
def test_any_text_is_written_anywhere_without_harm(text: str, left: int, top: int, size: int) -> None:
    frame = black()
    texts.write(frame, text, (left, top), size, RED, background=HALF)
    assert (frame[..., 3] == 255).all()


@given(*[st.integers(-20, 80)] * 4, st.floats(0, 1, width=32))
def test_filling_touches_only_its_rectangle(left: int, top: int, width: int, height: int, alpha: float) -> None:
    frame = black()
    fill(frame, (left, top, width, height), (1, 1, 1, alpha))
    rows, columns = np.nonzero(painted(frame))
    if len(rows):
        assert columns.min() >= left
        assert columns.max() < left + width
        assert rows.min() >= top
        assert rows.max() < top + height


@pytest.mark.parametrize("alpha", [0.0, 0.3, 1.0])
def test_a_colour_that_was_drawn_before_gives_the_same_pixels(alpha: float) -> None:
    colour = (0.25, 0.5, 0.999, alpha)
    background = np.random.default_rng(1).integers(0, 256, (40, 60, 4), np.uint8)
    first, second = background.copy(), background.copy()
    blending._levels.cache_clear()
    for frame in (first, second):
        shapes.rectangle(frame, (5, 5, 30, 20), 3, colour, (*colour[:3], alpha / 2))
    assert np.array_equal(first, second)
    assert blending._levels.cache_info().misses <= 2
    levels = np.rint(np.clip(np.array(colour[:3], np.float32), 0, 1) * 255)
    if alpha == 1:
        assert np.array_equal(first[6, 6, :3], levels)
