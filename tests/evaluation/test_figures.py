"""Figures: those of pycocotools itself, and what it has none of."""

import pytest

from azdacli.evaluation.classification import accuracy
from azdacli.evaluation.confusion import NOTHING, confusion, worst
from azdacli.evaluation.metrics import figures
from azdacli.evaluation.truth import Annotation, Category, Detection, Picture, Truth

TRUTH = Truth(
    source="t",
    pictures=(Picture(1, "a"), Picture(2, "b")),
    categories=(Category(7, "dog"), Category(3, "cat"), Category(9, "cow")),
    annotations=(
        Annotation(1, 7, (0, 0, 50, 50), 2500),
        Annotation(1, 3, (100, 100, 50, 50), 2500),
        Annotation(2, 7, (0, 0, 50, 50), 2500),
    ),
)
BEST = [
    Detection(1, 7, (0, 0, 50, 50), 0.9),
    Detection(1, 7, (100, 100, 50, 50), 0.8),
    Detection(2, 7, (0, 0, 50, 50), 0.7),
    Detection(2, 3, (300, 300, 5, 5), 0.1),
]


def test_perfect_detections_have_a_map_of_one() -> None:
    found = [Detection(each.picture, each.category, each.box, 0.5) for each in TRUTH.annotations]
    got = figures(TRUTH, found)
    assert (got.map, got.map50, got.best_f1) == pytest.approx((1, 1, 1))
    assert [(each.name, each.objects, each.ap and round(each.ap, 9)) for each in got.classes] == [
        ("cat", 1, 1),
        ("dog", 2, 1),
        ("cow", 0, None),
    ]


def test_nothing_found_is_a_map_of_nought() -> None:
    got = figures(TRUTH, [])
    assert (got.map, got.map50, got.best_f1, got.best_threshold) == (0, 0, None, None)


def test_the_threshold_of_the_best_f1_is_a_score_below_which_nothing_is_gained() -> None:
    got = figures(TRUTH, BEST)
    assert got.best_threshold == 0.7
    assert got.best_f1 == pytest.approx(2 * 2 / (3 + 3))


def test_confusion_says_what_was_taken_for_what() -> None:
    assert confusion(TRUTH, BEST, 0.0) == {(7, 7): 2, (3, 7): 1, (NOTHING, 3): 1}
    assert confusion(TRUTH, BEST, 0.75) == {(7, 7): 1, (3, 7): 1, (7, NOTHING): 1}


def test_the_worst_pictures_have_the_most_mistakes() -> None:
    assert worst(TRUTH, BEST, 0.0, 5) == [(1, 1, 1), (2, 0, 1)]
    assert worst(TRUTH, BEST, 0.75, 1) == [(1, 1, 1)]
    assert worst(TRUTH, [Detection(a.picture, a.category, a.box, 1) for a in TRUTH.annotations], 0, 5) == []


def test_accuracy_counts_the_best_class_and_the_five_best() -> None:
    truth = Truth(
        source="t",
        pictures=tuple(Picture(n, str(n)) for n in range(3)),
        categories=(Category(0, "cat"), Category(1, "dog")),
        annotations=tuple(Annotation(n, n % 2, (0, 0, 0, 0)) for n in range(3)),
        whole_pictures=True,
    )
    got = accuracy(truth, {0: [0, 1], 1: [0, 1], 2: [None, 1]})
    assert got.top1 == pytest.approx(1 / 3)
    assert got.top5 == pytest.approx(2 / 3)
    assert got.classes == (("cat", 2, 0.5), ("dog", 1, 0.0))
    assert got.confusion == {(0, NOTHING): 1, (0, 0): 1, (1, 0): 1}
