"""A detector's clustering against a tracker's least confidence, for checker and runtime alike.

nvinfer's default clustering (0, groupRectangles) gives each box the confidence -0.1, and a tracker drops what is
below `minDetectorConfidence` of its BaseConfig: then there is never an object.
"""

import math
import re
from collections.abc import Mapping
from typing import Any

GROUPED_CONFIDENCE = -0.1
_UNSET = 0.0  # what a tracker takes at least whose configuration does not say
_DETECTOR, _GROUPED = 0, 0
_LEAST = re.compile(rb"^[ \t]*minDetectorConfidence[ \t]*:[ \t]*([-+.\deE]+)", re.MULTILINE)
_TRACKER = re.compile(
    rb"^(?:BaseConfig|TargetManagement|TrajectoryManagement|DataAssociator|StateEstimator)[ \t]*:", re.MULTILINE
)
HINT = "Write cluster-mode=2 (NMS), which keeps each box's confidence."


def is_tracker(data: bytes) -> bool:
    """Whether a file configures NVIDIA's multi-object tracker."""
    return _TRACKER.search(data) is not None


def least_confidence(data: bytes) -> float:
    """The confidence below which a tracker of this configuration drops boxes; 0 where it does not say."""
    found = _LEAST.search(data)
    try:
        least = float(found[1]) if found is not None else _UNSET
    except ValueError:
        return _UNSET
    return least if math.isfinite(least) else _UNSET


def groups(values: Mapping[str, Any]) -> bool:
    """Whether nvinfer groups the boxes that it finds with these values of `[property]`."""
    detects = values.get("network-type", int(values.get("is-classifier", 0))) == _DETECTOR
    grouped = values.get("cluster-mode", _GROUPED) == _GROUPED and not values.get("enable-dbscan")
    return bool(detects and grouped and values.get("process-mode", 1) == 1)


def drops_all(values: Mapping[str, Any], least: float) -> bool:
    """Whether a tracker drops every box that nvinfer finds with these values of `[property]`."""
    return groups(values) and least > GROUPED_CONFIDENCE


def sentence(config: str, tracker: str, least: float) -> str:
    """What happens, in one sentence."""
    return (
        f"{config} groups boxes (cluster-mode 0, the default), which gives them all the confidence -0.1; {tracker} "
        f"drops what is below {least:g}, so that there is never an object"
    )
