"""Targets keep their ids through motion, gaps and company, within the limits of NVIDIA's file."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from azda_runtime.plan import platform
from hypothesis import given
from hypothesis import strategies as st
from simulator.errors import ConfigurationError
from simulator.tracking.association import greedy
from simulator.tracking.settings import TrackerSettings, read_tracker_file
from simulator.tracking.tracker import Detected, Tracker, Update

Row = tuple[float, float, float, float]
AT_ONCE = TrackerSettings(probation_age=0)


def detected(*boxes: Row, classes: Sequence[int] | None = None, confidences: Sequence[float] | None = None) -> Detected:
    count = len(boxes)
    return Detected(
        boxes=np.array(boxes, np.float32).reshape(count, 4),
        class_ids=np.array([0] * count if classes is None else classes, np.int32),
        confidences=np.array([1.0] * count if confidences is None else confidences, np.float32),
    )


def ids(update: Update) -> dict[int | None, int]:
    return {one.detection: one.object_id for one in update.tracked}


def test_two_objects_that_pass_each_other_keep_their_ids() -> None:
    tracker = Tracker(AT_ONCE)
    for frame in range(40):
        right, left = (10 + 8 * frame, 50, 40, 40), (330 - 8 * frame, 70, 40, 44)
        order = [right, left] if frame % 2 == 0 else [left, right]
        update = tracker.update(0, frame, detected(*order))
        wanted = {0: 0, 1: 1} if frame % 2 == 0 else {0: 1, 1: 0}
        assert ids(update) == wanted, frame


def test_a_target_is_reported_after_probation_with_the_frames_it_missed() -> None:
    tracker = Tracker(TrackerSettings(probation_age=3))
    updates = [tracker.update(0, frame, detected((10, 10, 20, 20))) for frame in range(6)]
    assert [len(update.tracked) for update in updates] == [0, 0, 0, 1, 1, 1]
    (past,) = updates[3].past
    assert [one.frame for one in past.frames] == [0, 1, 2]
    assert [update.past for update in updates[4:]] == [(), ()]


def test_a_gap_within_the_shadow_age_keeps_the_id_and_a_longer_one_does_not() -> None:
    for gap, same in ((3, True), (4, False)):
        tracker = Tracker(TrackerSettings(probation_age=0, max_shadow_age=3))
        box = (10, 10, 20, 20)
        first = tracker.update(0, 0, detected(box)).tracked[0].object_id
        for frame in range(1, gap + 1):
            assert tracker.update(0, frame, detected()).tracked == ()
        again = tracker.update(0, gap + 1, detected(box))
        assert (again.tracked[0].object_id == first) is same
        if same:
            assert [one.frame for one in again.past[0].frames] == [1, 2, 3]


def test_a_moving_target_is_met_again_where_it_should_be() -> None:
    tracker = Tracker(AT_ONCE)
    for frame in range(15):
        tracker.update(0, frame, detected((10 + 12 * frame, 10, 20, 20)))
    for frame in range(15, 18):
        tracker.update(0, frame, detected())
    assert ids(tracker.update(0, 18, detected((10 + 12 * 18, 10, 20, 20)))) == {0: 0}


def test_a_tentative_target_ends_early() -> None:
    tracker = Tracker(TrackerSettings(probation_age=2, early_termination_age=1))
    tracker.update(0, 0, detected((10, 10, 20, 20)))
    tracker.update(0, 1, detected())
    for frame in range(2, 4):
        assert tracker.update(0, frame, detected((10, 10, 20, 20))).tracked == ()
    assert tracker.update(0, 4, detected((10, 10, 20, 20))).tracked[0].object_id == 1


def test_unsure_detections_are_dropped() -> None:
    tracker = Tracker(TrackerSettings(probation_age=0, min_detector_confidence=0.5))
    update = tracker.update(0, 0, detected((0, 0, 9, 9), (50, 0, 9, 9), confidences=[0.4, 0.5]))
    assert ids(update) == {1: 0}


def test_a_target_keeps_to_its_class_unless_told_otherwise() -> None:
    for check, wanted in ((True, 1), (False, 0)):
        tracker = Tracker(TrackerSettings(probation_age=0, check_class=check, min_iou_for_new=1.0))
        tracker.update(0, 0, detected((0, 0, 9, 9), classes=[3]))
        assert ids(tracker.update(0, 1, detected((0, 0, 9, 9), classes=[4]))) == {0: wanted}


def test_no_more_targets_than_allowed_the_surest_first() -> None:
    tracker = Tracker(TrackerSettings(probation_age=0, max_targets=2))
    boxes = [(50.0 * i, 0.0, 9.0, 9.0) for i in range(3)]
    assert set(ids(tracker.update(0, 0, detected(*boxes, confidences=[0.5, 0.9, 0.8])))) == {1, 2}


def test_a_detection_on_top_of_a_target_begins_none() -> None:
    tracker = Tracker(TrackerSettings(probation_age=0, min_iou_for_new=0.5))
    update = tracker.update(0, 0, detected((0, 0, 20, 20), (2, 0, 20, 20), (60, 0, 20, 20)))
    assert ids(update) == {0: 0, 2: 1}


def test_too_small_an_overlap_is_no_match() -> None:
    tracker = Tracker(TrackerSettings(probation_age=0, min_iou=0.6))
    tracker.update(0, 0, detected((0, 0, 20, 20)))
    assert ids(tracker.update(0, 1, detected((8, 0, 20, 20)))) == {0: 1}


def test_ids_are_unique_over_streams_and_streams_do_not_mix() -> None:
    tracker = Tracker(AT_ONCE)
    box = (10, 10, 20, 20)
    assert [ids(tracker.update(stream, 0, detected(box)))[0] for stream in (0, 7, 3)] == [0, 1, 2]
    assert [ids(tracker.update(stream, 1, detected(box)))[0] for stream in (3, 0, 7)] == [2, 0, 1]
    tracker.forget(7)
    assert ids(tracker.update(7, 2, detected(box))) == {0: 3}
    tracker.forget(7)
    tracker.restart_ids()
    assert ids(tracker.update(7, 3, detected(box))) == {0: 0}


def test_unique_ids_carry_the_prefix_in_their_upper_half() -> None:
    tracker = Tracker(TrackerSettings(probation_age=0, unique_ids=True), prefix=0xABCD)
    assert ids(tracker.update(0, 0, detected((0, 0, 9, 9), (50, 0, 9, 9)))) == {0: 0xABCD << 32, 1: 0xABCD << 32 | 1}


def test_frames_that_the_detector_skipped_are_filled_by_trackers_that_look() -> None:
    for visual, wanted in ((0, 0), (1, 1)):
        tracker = Tracker(TrackerSettings(probation_age=0, visual_tracker=visual))
        for frame in range(10):
            tracker.update(0, frame, detected((10 + 5 * frame, 10, 20, 20)))
        update = tracker.update(0, 10, None)
        assert len(update.tracked) == wanted
        if wanted:
            assert update.tracked[0].detection is None
            assert update.tracked[0].box[0] == pytest.approx(60, abs=3)
        assert ids(tracker.update(0, 11, detected((65, 10, 20, 20)))) == {0: 0}


def test_the_detectors_box_is_reported_without_an_estimator() -> None:
    for estimator, moved in ((0, 14.0), (1, None)):
        tracker = Tracker(TrackerSettings(probation_age=0, estimator=estimator))
        tracker.update(0, 0, detected((10, 10, 20, 20)))
        left = tracker.update(0, 1, detected((14, 10, 20, 20))).tracked[0].box[0]
        assert left == moved if moved else 10 < left < 14


def test_the_cascade_gives_unsure_detections_to_active_targets_only() -> None:
    tracker = Tracker(TrackerSettings(probation_age=0, matcher=1, tentative_confidence=0.5))
    tracker.update(0, 0, detected((0, 0, 20, 20)))
    update = tracker.update(0, 1, detected((1, 0, 20, 20), (80, 0, 20, 20), confidences=[0.3, 0.3]))
    assert ids(update) == {0: 0}


def test_ended_and_shadowed_ways_are_told_where_asked() -> None:
    tracker = Tracker(TrackerSettings(probation_age=0, max_shadow_age=1, output_terminated=True, output_shadow=True))
    updates = [tracker.update(0, 0, detected((0, 0, 9, 9)))]
    updates += [tracker.update(0, frame, detected()) for frame in (1, 2)]
    assert [len(update.shadow) for update in updates] == [0, 1, 0]
    assert [[one.frame for one in way.frames] for way in updates[2].terminated] == [[0, 1, 2]]


def test_nothing_grows_while_a_target_stays() -> None:
    tracker = Tracker(AT_ONCE)
    for frame in range(200):
        tracker.update(0, frame, detected((10, 10, 20, 20)))
    (target,) = tracker._streams[0]
    assert (len(target.way), len(target.unreported)) == (0, 0)


BOXES = st.lists(st.tuples(*[st.floats(-50, 400, width=32)] * 2, *[st.floats(0, 90, width=32)] * 2), max_size=6)


@given(st.lists(st.one_of(st.none(), BOXES), max_size=12))
def test_whatever_is_detected_each_detection_has_one_id_and_each_id_one_detection(
    frames: list[list[Row] | None],
) -> None:
    tracker = Tracker(TrackerSettings(probation_age=1, visual_tracker=1, max_targets=4))
    for frame, boxes in enumerate(frames):
        update = tracker.update(0, frame, None if boxes is None else detected(*boxes))
        named = [one.object_id for one in update.tracked]
        found = [one.detection for one in update.tracked if one.detection is not None]
        assert len(set(named)) == len(named) <= 4
        assert len(set(found)) == len(found)
        assert all(np.isfinite(one.box).all() for one in update.tracked)


def test_pairs_are_taken_best_first() -> None:
    assert greedy(np.array([[0.9, 0.8], [0.85, 0.0]])) == [(0, 0)]
    assert greedy(np.array([[0.7, 0.8], [0.75, 0.1]])) == [(0, 1), (1, 0)]


def test_nvidias_file_is_read_and_what_is_approximated_is_announced(tmp_path: Path) -> None:
    path = tmp_path / "tracker.yml"
    path.write_text(
        "%YAML:1.0\n####\nBaseConfig:\n  minDetectorConfidence: 0.1 # low\nTargetManagement:\n  probationAge: 2\n"
        "  maxShadowTrackingAge: 42\nDataAssociator:\n  checkClassMatch: 1\n  minMatchingScore4Iou: 0.25\n"
        "VisualTracker:\n  visualTrackerType: 1\nReID:\n  reidType: 0\n  inferDims: [3, 128, 64]\nExtra:\n  a: 1\n"
    )
    settings = read_tracker_file(path)
    assert (settings.min_detector_confidence, settings.probation_age, settings.max_shadow_age) == (0.1, 2, 42)
    assert (settings.check_class, settings.min_iou, settings.max_targets) == (True, 0.25, 30)
    assert settings.notices[0] == "Unknown section 'Extra' in the tracker configuration"
    assert "visual tracking" in settings.notices[1]
    assert len(settings.notices) == 2


def test_the_light_tracker_follows_boxes_that_nvinfer_groups() -> None:
    settings = read_tracker_file(Path(platform.__file__).with_name("light_tracker.yml"))
    tracker = Tracker(settings)
    for frame in range(8):
        update = tracker.update(0, frame, detected((10.0, 10, 20, 20), confidences=[-0.1]))
    assert [one.detection for one in update.tracked] == [0]
    assert settings.notices == ()


@pytest.mark.parametrize(
    ("line", "key"),
    [("probationAge: -1", "probationAge"), ("probationAge: x", "probationAge"), ("maxTargetsPerStream: 1.5", "maxT")],
)
def test_a_bad_limit_is_refused_by_name(tmp_path: Path, line: str, key: str) -> None:
    path = tmp_path / "tracker.yml"
    path.write_text(f"TargetManagement:\n  {line}\n")
    with pytest.raises(ConfigurationError, match=key):
        read_tracker_file(path)


def test_a_file_that_is_away_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"away\.yml: No such file or directory$"):
        read_tracker_file(tmp_path / "away.yml")


def test_a_file_of_the_image_that_is_not_here_is_said_to_be_one() -> None:
    with pytest.raises(ConfigurationError, match="is a file of the DeepStream image") as caught:
        read_tracker_file(Path("/opt/nvidia/deepstream/deepstream/samples/configs/no-such-tracker.yml"))
    assert caught.value.hint is not None
    assert "Copy it out of the image" in caught.value.hint
