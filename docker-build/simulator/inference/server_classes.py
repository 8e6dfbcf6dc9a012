"""nvinferserver's thresholds, limits and colours per class."""

from typing import Any

from simulator.inference.settings import ClassSettings, ClusterMode

CLUSTERING = {
    "nms": ClusterMode.NMS,
    "dbscan": ClusterMode.DBSCAN,
    "group_rectangle": ClusterMode.GROUP_RECTANGLES,
    "simple_cluster": ClusterMode.NONE,
    None: ClusterMode.NONE,
}


def classes(detection: Any, control: Any) -> tuple[ClassSettings, ...]:
    """Give each class its thresholds from `detection` and its limits and colours from `detect_control`."""
    common = _thresholds(detection)
    own = {entry.key: entry.value.pre_threshold for entry in detection.per_class_params}
    limits = {entry.key: entry.value for entry in control.specific_class_filters}
    return tuple(
        ClassSettings(
            **{**common, **({"pre_cluster_threshold": own[index]} if index in own else {})},
            **_limits(limits.get(index, control.default_filter)),
        )
        for index in range(detection.num_detected_classes)
    )


def policy(detection: Any) -> str | None:
    """The clustering that `detection` chooses; None for no choice."""
    chosen: str | None = detection.one_of("nms", "dbscan", "group_rectangle", "simple_cluster")
    return chosen


def _thresholds(detection: Any) -> dict[str, Any]:
    nms, dbscan, group = detection.nms, detection.dbscan, detection.group_rectangle
    fields: dict[str | None, dict[str, Any]] = {
        "nms": {
            "pre_cluster_threshold": nms.confidence_threshold,
            "nms_iou_threshold": nms.iou_threshold,
            "topk": nms.topk or -1,
        },
        "dbscan": {
            "pre_cluster_threshold": dbscan.pre_threshold,
            "eps": dbscan.eps,
            "min_boxes": dbscan.min_boxes,
            "min_score": dbscan.min_score,
        },
        "group_rectangle": {
            "pre_cluster_threshold": group.confidence_threshold,
            "group_threshold": group.group_threshold,
            "eps": group.eps,
        },
        "simple_cluster": {"pre_cluster_threshold": detection.simple_cluster.threshold},
        None: {"pre_cluster_threshold": 0.0},
    }
    return fields[policy(detection)]


def _limits(limits: Any) -> dict[str, Any]:
    size = limits.bbox_filter
    fields: dict[str, Any] = {
        "roi_top_offset": limits.roi_top_offset,
        "roi_bottom_offset": limits.roi_bottom_offset,
        "min_width": size.min_width,
        "min_height": size.min_height,
        "max_width": size.max_width,
        "max_height": size.max_height,
    }
    for key, name in (("border_color", "border_colour"), ("bg_color", "background")):
        if limits.has(key):
            colour = getattr(limits, key)
            fields[name] = (colour.r, colour.g, colour.b, colour.a)
    return fields
