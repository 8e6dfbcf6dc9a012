"""A secondary element infers on the objects that nvinfer would infer on, when it would."""

from pathlib import Path

import pytest
from simulator.inference.geometry import Rectangle
from simulator.inference.postprocess import Attribute
from simulator.inference.selection import UNTRACKED, Candidate, IntervalCounter, ObjectHistory, eligible
from simulator.inference.settings import InferSettings, NetworkType, ObjectFilter

ATTRIBUTES = (Attribute(index=0, value=1, confidence=0.9, label="red"),)


def candidate(
    *, object_id: int = 1, class_id: int = 0, component: int = 1, width: float = 40, height: float = 20
) -> Candidate:
    rectangle = Rectangle(left=0, top=0, width=width, height=height)
    return Candidate(object_id=object_id, class_id=class_id, component_id=component, rectangle=rectangle)


@pytest.mark.parametrize(
    ("limits", "wanted"),
    [
        (ObjectFilter(), True),
        (ObjectFilter(component_id=1), True),
        (ObjectFilter(component_id=2), False),
        (ObjectFilter(class_ids=frozenset({0, 2})), True),
        (ObjectFilter(class_ids=frozenset({2})), False),
        (ObjectFilter(min_width=41), False),
        (ObjectFilter(min_height=21), False),
        (ObjectFilter(max_width=39), False),
        (ObjectFilter(max_height=19), False),
        (ObjectFilter(min_width=40, min_height=20, max_width=40, max_height=20), True),
    ],
)
def test_the_filters_decide_by_component_class_and_size(limits: ObjectFilter, wanted: bool) -> None:
    assert eligible(candidate(), limits) is wanted


def settings(network: NetworkType, interval: int | None = None) -> InferSettings:
    objects = ObjectFilter() if interval is None else ObjectFilter(reinfer_interval=interval)
    return InferSettings(model=Path("m.onnx"), network_type=network, objects=objects)


def frames_inferred(network: NetworkType, interval: int | None, *, object_id: int = 1, frames: int = 8) -> list[int]:
    history = ObjectHistory()
    own = settings(network, interval)
    return [frame for frame in range(frames) if history.wants(candidate(object_id=object_id), frame, own)]


def test_a_tracked_object_is_classified_once_and_again_after_the_interval() -> None:
    assert frames_inferred(NetworkType.CLASSIFIER, None) == [0]
    assert frames_inferred(NetworkType.CLASSIFIER, 2) == [0, 3, 6]
    assert frames_inferred(NetworkType.CLASSIFIER, 0) == [0, 1, 2, 3, 4, 5, 6, 7]


def test_an_object_without_a_tracking_id_is_classified_in_every_frame() -> None:
    assert frames_inferred(NetworkType.CLASSIFIER, None, object_id=UNTRACKED) == list(range(8))


def test_a_detector_looks_at_an_object_always_unless_an_interval_is_set() -> None:
    assert frames_inferred(NetworkType.DETECTOR, None) == list(range(8))
    assert frames_inferred(NetworkType.DETECTOR, 3) == [0, 4]


def test_raw_tensors_are_made_in_every_frame() -> None:
    assert frames_inferred(NetworkType.OTHER, 3) == list(range(8))


def test_an_object_that_grew_by_more_than_a_fifth_is_classified_again() -> None:
    history, own = ObjectHistory(), settings(NetworkType.CLASSIFIER)
    assert history.wants(candidate(width=40), 0, own)
    assert not history.wants(candidate(width=48), 1, own)
    assert history.wants(candidate(width=49), 2, own)
    assert not history.wants(candidate(width=49), 3, own)


def test_what_was_classified_is_known_between_inferences() -> None:
    history, own = ObjectHistory(), settings(NetworkType.CLASSIFIER, 1)
    assert history.wants(candidate(), 0, own)
    history.store(1, ATTRIBUTES, "red")
    assert not history.wants(candidate(), 1, own)
    assert history.known(1) == (ATTRIBUTES, "red")
    assert history.wants(candidate(), 2, own)
    assert history.known(1) == (ATTRIBUTES, "red")
    assert history.known(2) == ((), "")


def test_objects_that_are_gone_for_long_are_forgotten() -> None:
    history, own = ObjectHistory(), settings(NetworkType.CLASSIFIER)
    history.wants(candidate(object_id=1), 0, own)
    history.store(1, ATTRIBUTES, "red")
    history.wants(candidate(object_id=2), 200, own)
    assert history.known(1) == ((), "")
    assert history.wants(candidate(object_id=1), 201, own)


def test_an_interval_skips_batches() -> None:
    counter = IntervalCounter(interval=2)
    assert [counter.due() for _ in range(7)] == [True, False, False, True, False, False, True]
