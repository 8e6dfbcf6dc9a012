"""NVIDIA's BodyPoseNet (TAO): heat maps of 18 joints and part affinity fields of 19 limbs, channels last.

heatmap_out/BiasAdd:0 has the shape (rows, columns, 19), the last map being the background;
conv2d_transpose_1/BiasAdd:0 (rows, columns, 38). The order of the joints is that of NVIDIA's documentation; the order
of the limbs is that of TAO's default skeleton and has not been seen with NVIDIA's own model file: UNVERIFIED.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from azda_runtime.parsers.builtin.skeletons import Peak, Person, people
from azda_runtime.parsers.overlay import Line, Overlay
from azda_runtime.parsers.results import Detections

model_type = 1
name = "bodypose2d"
labels = ["person"]

_JOINTS = (
    "nose neck right_shoulder right_elbow right_wrist left_shoulder left_elbow left_wrist right_hip right_knee "
    "right_ankle left_hip left_knee left_ankle right_eye left_eye right_ear left_ear"
)
JOINTS = tuple(_JOINTS.split())
LIMBS = (
    (1, 8),
    (8, 9),
    (9, 10),
    (1, 11),
    (11, 12),
    (12, 13),
    (1, 2),
    (2, 3),
    (3, 4),
    (2, 16),
    (1, 5),
    (5, 6),
    (6, 7),
    (5, 17),
    (1, 0),
    (0, 14),
    (0, 15),
    (14, 16),
    (15, 17),
)

# Joints lie inside a body: its box is larger than theirs.
_WIDER, _TALLER = 1.2, 1.5
_DIGITS = 5


def parse_custom_model(config: Any, raw_outputs: Mapping[str, NDArray[Any]]) -> tuple[Overlay | None, Any]:
    """Find the people of one frame: boxes and skeletons to draw, and their joints as the message."""
    heat = np.asarray(raw_outputs["heatmap_out/BiasAdd:0"])
    affinity = np.nan_to_num(np.asarray(raw_outputs["conv2d_transpose_1/BiasAdd:0"]))
    found, locations = people(heat, affinity, LIMBS)
    if not found:
        return None, None
    skeletons = [{joint: locations[joint][peak] for joint, peak in sorted(p.joints.items())} for p in found]
    return _overlay(found, skeletons, config.image_size), {"poses": _message(found, skeletons)}


def _overlay(found: Sequence[Person], skeletons: Sequence[Mapping[int, Peak]], size: tuple[int, int]) -> Overlay:
    boxes = np.array([_box(list(skeleton.values()), size) for skeleton in skeletons])
    lines = [
        Line(
            x1=round(skeleton[a].x * size[0]),
            y1=round(skeleton[a].y * size[1]),
            x2=round(skeleton[b].x * size[0]),
            y2=round(skeleton[b].y * size[1]),
        )
        for skeleton in skeletons
        for a, b in LIMBS
        if a in skeleton and b in skeleton
    ]
    objects = Detections(
        boxes=boxes,
        class_ids=(0,) * len(found),
        labels=("person",) * len(found),
        scores=tuple(min(1.0, person.score) for person in found),
    )
    return Overlay(objects=objects, lines=tuple(lines))


def _box(joints: Sequence[Peak], size: tuple[int, int]) -> NDArray[np.float64]:
    """x, y, width and height in pixels of a box around joints, inside the frame."""
    locations = np.array([(joint.x, joint.y) for joint in joints])
    low, high = locations.min(axis=0), locations.max(axis=0)
    margin = (high - low) * (np.array([_WIDER, _TALLER]) - 1) / 2
    low, high = np.clip(low - margin, 0, 1) * size, np.clip(high + margin, 0, 1) * size
    return np.concatenate([low, high - low])


def _message(found: Sequence[Person], skeletons: Sequence[Mapping[int, Peak]]) -> list[dict[str, Any]]:
    return [
        {
            "score": round(min(1.0, person.score), _DIGITS),
            "joints": {
                JOINTS[joint]: [round(peak.x, _DIGITS), round(peak.y, _DIGITS), round(peak.score, _DIGITS)]
                for joint, peak in skeleton.items()
            },
        }
        for person, skeleton in zip(found, skeletons, strict=True)
    ]
