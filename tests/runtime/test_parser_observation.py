"""What parsers receive and give is gathered, and boxes that mean something else are noticed."""

from collections.abc import Callable

import numpy as np
import pytest
from azda_runtime.parsers.box_notices import Boxes
from azda_runtime.parsers.caption import caption
from azda_runtime.parsers.counters import Tally
from azda_runtime.parsers.failures import Breach, FailureKind, ParserFailure
from azda_runtime.parsers.observation import Observation
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.runtime.log_lines import captured

SIZE = (640, 360)


def right_boxes(count: int, seed: int = 0) -> NDArray[np.float64]:
    """Boxes of all sizes in a frame, some at its edges."""
    random = np.random.default_rng(seed)
    start = random.uniform((0, 0), (500, 280), (count, 2))
    extent = random.uniform(8, 140, (count, 2))
    return np.hstack([start, np.minimum(extent, np.array(SIZE) - start)])


def as_corners(boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.hstack([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]])


def as_centres(boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of objects at the right and at the bottom: there a centre in place of a corner shows."""
    return np.hstack([boxes[:, :2] * 0 + SIZE - boxes[:, 2:] / 2, boxes[:, 2:]])


MISTAKES: dict[str, tuple[Callable[[NDArray[np.float64]], NDArray[np.float64]], str]] = {
    "right and bottom": (as_corners, "subtract left and top from right and bottom"),
    "centres": (as_centres, "half of width and height from a centre"),
    "fractions": (lambda boxes: boxes / [*SIZE, *SIZE], "multiply by the width and the height"),
    "another size": (lambda boxes: boxes * 3 + 200, "scale from the network's size"),
    "whole frames": (lambda boxes: boxes * 0 + [0, 0, *SIZE], "no sigmoid"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_boxes_that_mean_something_else_are_noticed_with_the_likely_cause(name: str) -> None:
    mistake, cause = MISTAKES[name]
    seen = Boxes()
    for seed in range(6):
        seen.add(mistake(right_boxes(5, seed)), SIZE)
    notice = seen.notice()
    assert notice is not None
    assert cause in notice.hint
    assert "of 30 boxes" in notice.message


@given(st.integers(0, 60), st.integers(0, 1000))
def test_right_boxes_are_left_alone(count: int, seed: int) -> None:
    seen = Boxes()
    seen.add(right_boxes(count, seed), SIZE)
    assert seen.notice() is None


def test_a_few_boxes_over_the_edge_are_what_detectors_give() -> None:
    seen = Boxes()
    seen.add(as_corners(right_boxes(11)), SIZE)
    assert seen.notice() is None, "too few to say"
    seen.add(right_boxes(90), SIZE)
    assert seen.notice() is None


@pytest.mark.parametrize("box", [(122, -38, 164, 166), (-60, 40, 164, 166), (-60, -38, 164, 166)])
def test_an_object_half_out_of_the_picture_is_no_mistake(box: tuple[int, ...]) -> None:
    seen = Boxes()
    for _ in range(90):
        seen.add(np.array([box], dtype=float), SIZE)
    assert seen.notice() is None


def test_corners_that_a_detector_rounds_over_the_edge_are_corners_all_the_same() -> None:
    seen = Boxes()
    for left in range(200, 230):
        seen.add(np.array([(left, -4, left + 300, 300), (left, 150, left + 300, 362)], dtype=float), SIZE)
    notice = seen.notice()
    assert notice is not None
    assert "would fit as corners" in notice.message


def test_outputs_are_gathered_over_all_calls() -> None:
    seen = Observation()
    seen.receive({"a": np.array([[1.0, np.nan], [np.inf, 3.0]], np.float32), "n": np.zeros((0, 4), np.int32)})
    seen.receive({"a": np.array([[-2.5, 0.0]], np.float32), "n": np.full((1, 4), 7, np.int32)})
    assert str(seen) == "a float32 (1, 2), -2.5 to 3, 2 values NaN or infinite; n int32 (1, 4), 7 to 7"
    first, second = seen.as_json()["outputs"]
    assert (first["least"], first["greatest"], first["notFinite"], first["shape"]) == (-2.5, 3.0, 2, [1, 2])
    assert (second["type"], second["least"]) == ("int32", 7.0)


def test_the_first_failure_says_what_the_model_gave() -> None:
    tally = Tally(observe=True)
    tally.expect("p.py")
    with captured() as lines:
        for _ in range(2):
            with tally.calling("p.py"):
                observed = tally.observed("p.py")
                assert observed is not None
                observed.receive({"out": np.ones((22, 4), np.float32)})
                raise ParserFailure("p.py", FailureKind.RESULT, [Breach(message="No.", hint="Do.")])
    assert [line for line in lines if "the model gave" in line] == [
        "error: the model gave: out float32 (22, 4), 1 to 1"
    ]


@pytest.mark.parametrize(
    ("message", "line"),
    [
        (None, ""),
        ("", ""),
        ("AB 12", "AB 12"),
        ({}, ""),
        ({"label": "open", "score": 0.123456, "none": None}, "label: open, score: 0.1235"),
        (["a", 1, True], "a 1 true"),
        ({"box": {"left": 1}}, 'box: {"left": 1}'),
        ("two\nlines", "two lines"),
        ("A\ud800", "A?"),
        ("x" * 50, "x" * 19 + "\u2026"),
        (0, "0"),
    ],
)
def test_a_message_as_a_line(message: object, line: str) -> None:
    assert caption(message, 20 if message == "x" * 50 else 60) == line
