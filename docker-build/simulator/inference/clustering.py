"""Many overlapping boxes to one box per object, by nvinfer's five cluster modes.

NMS, the thresholds, the order and top-k follow nvinfer's source; grouping rectangles is the same OpenCV function that
nvinfer calls.
Approximation: NVIDIA's DBSCAN is closed. Here two boxes are neighbours if OpenCV's rule for similar rectangles says so
    with `eps`
(the header refers to it), a box with `minBoxes` neighbours, itself counted, is a core, a cluster needs a sum of scores
of `dbscan-min-score`, its box is the mean weighted by score and its confidence the highest one. Clusters whose square
root of area per box exceeds 60 are dropped, as the area-to-hit filter does that nvinfer switches on.
"""

from collections.abc import Callable, Sequence

import cv2
import numpy as np
import numpy.typing as npt

from simulator.inference.detections import Detections, joined
from simulator.inference.geometry import Boxes
from simulator.inference.settings import ClassSettings, ClusterMode

GROUPED_CONFIDENCE = np.float32(-0.1)
"""The confidence that nvinfer gives to grouped rectangles."""
_AREA_PER_HIT = 60.0


def cluster(found: Detections, classes: Sequence[ClassSettings], mode: ClusterMode) -> Detections:
    """Apply pre-cluster thresholds, clustering, post-cluster thresholds and top-k, class by class.

    Args:
        found: Boxes in network pixels.
        classes: One entry per class; boxes of further classes are dropped.
        mode: How to cluster.

    Returns:
        The objects, by class, in nvinfer's order.
    """
    step = _STEPS[mode]
    parts = []
    for class_id, settings in enumerate(classes if len(found) else ()):
        own = found.take(
            (found.class_ids == class_id) & (found.confidences >= np.float32(settings.pre_cluster_threshold))
        )
        if len(own):
            parts.append(step(own, settings))
    return joined(parts)


def overlaps(first: Boxes, second: Boxes) -> npt.NDArray[np.float32]:
    """Intersection over union of each box of one list with each of another: shape (n, m)."""
    first_end, second_end = first[:, :2] + first[:, 2:], second[:, :2] + second[:, 2:]
    start = np.maximum(first[:, None, :2], second[None, :, :2])
    shared = np.maximum(np.minimum(first_end[:, None], second_end[None]) - start, 0).prod(axis=2)
    union = first[:, 2:].prod(axis=1)[:, None] + second[:, 2:].prod(axis=1)[None] - shared
    ratio: npt.NDArray[np.float32] = np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)
    return ratio


def suppress(found: Detections, threshold: float) -> Detections:
    """Keep the best box of each heap: those that overlap a better one by more than the threshold go. Best first."""
    order = np.argsort(-found.confidences, kind="stable")
    boxes = found.boxes[order]
    alive = np.ones(len(order), bool)
    for index in range(len(order)):
        if alive[index]:
            # One row at a time: a table of all pairs would take gigabytes for a grid with a low threshold.
            alive[index + 1 :] &= overlaps(boxes[index : index + 1], boxes[index + 1 :])[0] <= threshold
    return found.take(order[alive])


def _top(found: Detections, settings: ClassSettings) -> Detections:
    if settings.topk < 0:
        return found
    return found.take(np.argsort(-found.confidences, kind="stable")[: settings.topk])


def _nms(found: Detections, settings: ClassSettings) -> Detections:
    kept = suppress(found, settings.nms_iou_threshold)
    return _top(kept.take(kept.confidences > np.float32(settings.post_cluster_threshold)), settings)


def _group(found: Detections, settings: ClassSettings) -> Detections:
    """Group by OpenCV on whole pixels; scores are lost and only the first threshold applies, as in nvinfer."""
    whole = found.boxes.astype(np.int32)
    if settings.group_threshold > 0:
        grouped, _ = cv2.groupRectangles(whole.tolist(), settings.group_threshold, settings.eps)
        whole = np.asarray(grouped, np.int32).reshape(-1, 4)
    return Detections(
        class_ids=np.full(len(whole), found.class_ids[0], np.int32),
        boxes=whole.astype(np.float32),
        confidences=np.full(len(whole), GROUPED_CONFIDENCE, np.float32),
    )


def _dbscan(found: Detections, settings: ClassSettings) -> Detections:
    if settings.min_boxes > 0:
        found = joined([_merged(found.take(members)) for members in _clusters(found, settings)])
    return _top(found.take(found.confidences >= np.float32(settings.post_cluster_threshold)), settings)


def _hybrid(found: Detections, settings: ClassSettings) -> Detections:
    """Let DBSCAN drop lonely boxes, then NMS choose among the rest."""
    if settings.min_boxes > 0:
        found = joined([found.take(members) for members in _clusters(found, settings)])
    return _nms(found, settings)


def _clusters(found: Detections, settings: ClassSettings) -> list[npt.NDArray[np.intp]]:
    """Group indices by density; noise is left out."""
    near = _similar(found.boxes, settings.eps)
    core = near.sum(axis=1) >= settings.min_boxes
    labels = np.full(len(found), -1)
    count = 0
    for seed in np.flatnonzero(core):
        if labels[seed] < 0:
            _spread(seed, count, near, core, labels)
            count += 1
    members = [np.flatnonzero(labels == label) for label in range(count)]
    return [group for group in members if _dense(found.take(group), settings)]


def _spread(
    seed: np.intp, label: int, near: npt.NDArray[np.bool_], core: npt.NDArray[np.bool_], labels: npt.NDArray[np.int_]
) -> None:
    """Label everything that a core reaches; borders join the first cluster that reaches them."""
    waiting = [seed]
    labels[seed] = label
    while waiting:
        reached = np.flatnonzero(near[waiting.pop()] & (labels < 0))
        labels[reached] = label
        waiting.extend(reached[core[reached]])


def _similar(boxes: Boxes, eps: float) -> npt.NDArray[np.bool_]:
    """OpenCV's rule for similar rectangles: all four edges within eps times half the smaller width plus height."""
    corners = np.concatenate([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]], axis=1)
    near = np.empty((len(boxes), len(boxes)), bool)
    for row, (own, size) in enumerate(zip(corners, boxes[:, 2:], strict=True)):
        distance = np.abs(corners - own).max(axis=1)
        near[row] = distance <= eps * np.minimum(boxes[:, 2:], size).sum(axis=1) * 0.5
    return near


def _dense(group: Detections, settings: ClassSettings) -> bool:
    area = float(_merged(group).boxes[0, 2:].prod())
    return float(group.confidences.sum()) >= settings.min_score and area**0.5 / len(group) <= _AREA_PER_HIT


def _merged(group: Detections) -> Detections:
    weights = np.maximum(group.confidences, np.finfo(np.float32).tiny)
    box = np.average(group.boxes, axis=0, weights=weights).astype(np.float32)
    return Detections(class_ids=group.class_ids[:1], boxes=box[None], confidences=group.confidences.max(keepdims=True))


_STEPS: dict[ClusterMode, Callable[[Detections, ClassSettings], Detections]] = {
    ClusterMode.GROUP_RECTANGLES: _group,
    ClusterMode.DBSCAN: _dbscan,
    ClusterMode.NMS: _nms,
    ClusterMode.HYBRID: _hybrid,
    ClusterMode.NONE: _top,
}
