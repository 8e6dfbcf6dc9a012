"""Overlapping boxes become objects by nvinfer's five modes."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from simulator.inference.clustering import cluster, overlaps, suppress
from simulator.inference.detections import Detections
from simulator.inference.settings import ClassSettings, ClusterMode


def found(*rows: tuple[int, float, float, float, float, float]) -> Detections:
    table = np.array(rows, np.float32).reshape(-1, 6)
    return Detections(class_ids=table[:, 0].astype(np.int32), boxes=table[:, 1:5], confidences=table[:, 5])


HEAP = found((0, 10, 10, 20, 20, 0.9), (0, 11, 10, 20, 20, 0.8), (0, 10, 12, 20, 20, 0.7), (0, 80, 80, 9, 9, 0.6))


def test_nms_keeps_the_best_of_each_heap_best_first() -> None:
    kept = cluster(HEAP, [ClassSettings()], ClusterMode.NMS)
    np.testing.assert_allclose(kept.confidences, [0.9, 0.6])
    np.testing.assert_allclose(kept.boxes[0], [10, 10, 20, 20])


def test_nms_applies_the_post_cluster_threshold_and_top_k_per_class() -> None:
    both = found((0, 0, 0, 9, 9, 0.9), (0, 50, 0, 9, 9, 0.8), (1, 0, 0, 9, 9, 0.7), (1, 50, 0, 9, 9, 0.5))
    kept = cluster(both, [ClassSettings(topk=1), ClassSettings(post_cluster_threshold=0.6)], ClusterMode.NMS)
    assert [(i, round(c, 3)) for i, c in zip(kept.class_ids.tolist(), kept.confidences.tolist(), strict=True)] == [
        (0, 0.9),
        (1, 0.7),
    ]


def test_boxes_below_the_pre_cluster_threshold_and_of_unknown_classes_go_first() -> None:
    mixed = found((0, 0, 0, 9, 9, 0.3), (0, 0, 0, 9, 9, 0.5), (7, 0, 0, 9, 9, 0.9))
    kept = cluster(mixed, [ClassSettings(pre_cluster_threshold=0.4)], ClusterMode.NONE)
    assert kept.confidences.tolist() == [0.5]


def test_no_clustering_keeps_all_in_order_and_top_k_sorts() -> None:
    rows = found((0, 0, 0, 9, 9, 0.5), (0, 0, 0, 9, 9, 0.9), (0, 0, 0, 9, 9, 0.7))
    np.testing.assert_allclose(cluster(rows, [ClassSettings()], ClusterMode.NONE).confidences, [0.5, 0.9, 0.7])
    np.testing.assert_allclose(cluster(rows, [ClassSettings(topk=2)], ClusterMode.NONE).confidences, [0.9, 0.7])


def test_grouped_rectangles_are_whole_pixels_without_a_score() -> None:
    kept = cluster(HEAP, [ClassSettings(group_threshold=1, eps=0.2)], ClusterMode.GROUP_RECTANGLES)
    assert kept.boxes.tolist() == [[10, 11, 20, 20]]
    np.testing.assert_allclose(kept.confidences, [-0.1])
    assert len(cluster(HEAP, [ClassSettings()], ClusterMode.GROUP_RECTANGLES)) == 4


def test_dbscan_merges_dense_boxes_and_drops_lonely_ones() -> None:
    kept = cluster(HEAP, [ClassSettings(eps=0.2, min_boxes=2)], ClusterMode.DBSCAN)
    assert len(kept) == 1
    np.testing.assert_allclose(kept.boxes[0, 0], np.average([10, 11, 10], weights=[0.9, 0.8, 0.7]), rtol=1e-5)
    assert kept.confidences[0] == np.float32(0.9)


def test_dbscan_needs_the_clusters_score() -> None:
    settings = ClassSettings(eps=0.2, min_boxes=2, min_score=2.5)
    assert len(cluster(HEAP, [settings], ClusterMode.DBSCAN)) == 0


def test_dbscan_without_a_number_of_boxes_clusters_nothing() -> None:
    assert len(cluster(HEAP, [ClassSettings(eps=0.2)], ClusterMode.DBSCAN)) == 4


def test_hybrid_lets_dbscan_drop_and_nms_choose() -> None:
    kept = cluster(HEAP, [ClassSettings(eps=0.2, min_boxes=2)], ClusterMode.HYBRID)
    np.testing.assert_allclose(kept.boxes, [[10, 10, 20, 20]])


@pytest.mark.parametrize("mode", ClusterMode)
def test_nothing_stays_nothing(mode: ClusterMode) -> None:
    assert len(cluster(found(), [ClassSettings(group_threshold=1, min_boxes=1)], mode)) == 0


BOX = st.tuples(*[st.integers(0, 50)] * 2, *[st.integers(0, 30)] * 2, st.floats(0, 1, width=32))


@given(st.lists(BOX, max_size=30), st.floats(0, 1, width=32))
def test_suppressed_boxes_never_overlap_more_than_the_threshold_and_lose_to_a_kept_one(
    rows: list[tuple[int, int, int, int, float]], threshold: float
) -> None:
    given_boxes = found(*[(0, *row) for row in rows])
    kept = suppress(given_boxes, threshold)
    among = overlaps(kept.boxes, kept.boxes)
    np.fill_diagonal(among, 0)
    assert (among <= threshold).all()
    against = overlaps(given_boxes.boxes, kept.boxes) > threshold
    for index in range(len(given_boxes)):
        is_kept = (kept.boxes == given_boxes.boxes[index]).all(axis=1).any()
        assert is_kept or kept.confidences[against[index]].max() >= given_boxes.confidences[index]


@given(st.lists(BOX, min_size=1, max_size=20))
def test_overlap_is_symmetric_between_zero_and_one_and_one_with_itself(
    rows: list[tuple[int, int, int, int, float]],
) -> None:
    boxes = found(*[(0, *row) for row in rows]).boxes
    table = overlaps(boxes, boxes)
    assert (table == table.T).all()
    assert ((table >= 0) & (table <= 1)).all()
    assert (np.diag(table) == (boxes[:, 2:].prod(axis=1) > 0)).all()


@pytest.mark.parametrize("mode", [ClusterMode.NMS, ClusterMode.DBSCAN, ClusterMode.HYBRID])
@pytest.mark.slow
def test_thousands_of_boxes_need_no_table_of_all_their_overlaps(mode: ClusterMode) -> None:
    locations = np.random.default_rng(0).uniform(0, 1000, (3000, 2)).astype(np.float32)
    many = Detections(
        class_ids=np.zeros(3000, np.int32),
        boxes=np.concatenate([locations, np.full((3000, 2), 20, np.float32)], axis=1),
        confidences=np.linspace(0.9, 0.3, 3000, dtype=np.float32),
    )
    tracemalloc.start()
    kept = cluster(many, [ClassSettings(eps=0.5, min_boxes=2)], mode)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert 0 < len(kept) < 3000
    assert most < 30_000_000
