"""Class maps as nvsegvisual paints them."""

import numpy as np
import pytest
from simulator.drawing.classes import MOST_CLASSES, paint


def frame() -> np.ndarray:
    return np.full((4, 6, 4), 100, np.uint8)


def test_every_pixel_of_the_map_takes_the_colour_of_its_class() -> None:
    picture = frame()
    paint(picture, np.array([[-1, 0], [1, 2]], np.int32))
    assert picture[:2, :2, :3].tolist() == [[[128, 128, 128], [0, 128, 128]], [[128, 0, 0], [128, 0, 128]]]
    assert (picture[2:] == 100).all()
    assert (picture[:, 2:] == 100).all()
    assert (picture[..., 3] == 100).all(), "alpha stays"


def test_the_background_stays_and_the_others_are_mixed_with_it() -> None:
    picture = frame()
    paint(picture, np.array([[0, 1]], np.int32), background=0, alpha=0.25)
    assert picture[0, :2, :3].tolist() == [[100, 100, 100], [107, 75, 75]]


@pytest.mark.parametrize(
    ("classes", "words"), [(np.zeros((5, 2), np.int32), "smaller"), (np.full((1, 1), MOST_CLASSES), "colours for 19")]
)
def test_what_would_be_read_or_written_outside_raises(classes: np.ndarray, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        paint(frame(), classes)
