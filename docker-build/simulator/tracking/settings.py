"""NVIDIA's low-level tracker file (`ll-config-file`) to the limits that are simulated.

Approximation: appearance is not tracked. Visual trackers, re-identification, re-association, segmenters and pose
estimators are accepted, and announced in `notices`; their targets are followed by motion and overlap alone. Defaults
are those of NVIDIA's documentation for DeepStream 7; other releases are unverified.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from dsconfig.glib_values import boolean, integer, number
from dsconfig.lookup import in_base
from simulator.errors import ConfigurationError
from simulator.keyfile import parse_yaml, value

_SECTIONS = frozenset(
    {
        "BaseConfig",
        "TargetManagement",
        "TrajectoryManagement",
        "DataAssociator",
        "StateEstimator",
        "VisualTracker",
        "ReID",
        "Segmenter",
        "ObjectModelProjection",
        "PoseEstimator",
        "MultiViewAssociator",
        "Communicator",
    }
)
_APPROXIMATED = {
    ("VisualTracker", "visualTrackerType"): "visual tracking",
    ("ReID", "reidType"): "re-identification",
    ("TrajectoryManagement", "enableReAssoc"): "re-association of tracklets",
    ("Segmenter", "segmenterType"): "segmentation of targets",
    ("PoseEstimator", "poseEstimatorType"): "pose estimation",
    ("ObjectModelProjection", "cameraModelFilepath"): "projection by camera models",
    ("MultiViewAssociator", "multiViewAssociatorType"): "association between views",
}
_FIELDS = {
    "min_detector_confidence": ("BaseConfig", "minDetectorConfidence"),
    "max_targets": ("TargetManagement", "maxTargetsPerStream"),
    "min_iou_for_new": ("TargetManagement", "minIouDiff4NewTarget"),
    "min_tracker_confidence": ("TargetManagement", "minTrackerConfidence"),
    "probation_age": ("TargetManagement", "probationAge"),
    "max_shadow_age": ("TargetManagement", "maxShadowTrackingAge"),
    "early_termination_age": ("TargetManagement", "earlyTerminationAge"),
    "output_terminated": ("TargetManagement", "outputTerminatedTracks"),
    "output_shadow": ("TargetManagement", "outputShadowTracks"),
    "unique_ids": ("TrajectoryManagement", "useUniqueID"),
    "matcher": ("DataAssociator", "associationMatcherType"),
    "check_class": ("DataAssociator", "checkClassMatch"),
    "use_prediction": ("DataAssociator", "usePrediction4Assoc"),
    "min_overall": ("DataAssociator", "minMatchingScore4Overall"),
    "min_iou": ("DataAssociator", "minMatchingScore4Iou"),
    "min_size_similarity": ("DataAssociator", "minMatchingScore4SizeSimilarity"),
    "min_tentative_iou": ("DataAssociator", "minMatchingScore4TentativeIou"),
    "weight_iou": ("DataAssociator", "matchingScoreWeight4Iou"),
    "weight_size": ("DataAssociator", "matchingScoreWeight4SizeSimilarity"),
    "tentative_confidence": ("DataAssociator", "tentativeDetectorConfidence"),
    "estimator": ("StateEstimator", "stateEstimatorType"),
    "noise_location": ("StateEstimator", "processNoiseVar4Loc"),
    "noise_size": ("StateEstimator", "processNoiseVar4Size"),
    "noise_velocity": ("StateEstimator", "processNoiseVar4Vel"),
    "noise_measurement": ("StateEstimator", "measurementNoiseVar4Detector"),
    "visual_tracker": ("VisualTracker", "visualTrackerType"),
}
_NEVER_NEGATIVE = {"max_targets", "probation_age", "max_shadow_age", "early_termination_age"}
_POSITIVE = {"noise_location", "noise_size", "noise_velocity", "noise_measurement"}


@dataclass(frozen=True, kw_only=True, slots=True)
class TrackerSettings:
    """The limits of NvMultiObjectTracker that are simulated; ages count frames, variances square pixels."""

    min_detector_confidence: float = 0.0
    max_targets: int = 30
    min_iou_for_new: float = 0.5
    min_tracker_confidence: float = 0.6
    probation_age: int = 5
    max_shadow_age: int = 38
    early_termination_age: int = 2
    output_terminated: bool = False
    output_shadow: bool = False
    unique_ids: bool = False
    matcher: int = 0
    check_class: bool = True
    use_prediction: bool = True
    min_overall: float = 0.0
    min_iou: float = 0.0
    min_size_similarity: float = 0.0
    min_tentative_iou: float = 0.0
    weight_iou: float = 1.0
    weight_size: float = 0.0
    tentative_confidence: float = 0.5
    estimator: int = 1
    noise_location: float = 2.0
    noise_size: float = 1.0
    noise_velocity: float = 0.1
    noise_measurement: float = 4.0
    visual_tracker: int = 0
    notices: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in _NEVER_NEGATIVE:
            if getattr(self, name) < 0:
                raise ConfigurationError(f"'{_FIELDS[name][1]}' should be >= 0, not {getattr(self, name)}")
        for name in _POSITIVE:
            if getattr(self, name) <= 0:
                raise ConfigurationError(f"'{_FIELDS[name][1]}' should be > 0, not {getattr(self, name)}")


def read_tracker_file(path: Path) -> TrackerSettings:
    """Read a low-level tracker configuration.

    Raises:
        ConfigurationError: If the file cannot be read, or a limit is not a number of its kind.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"Failed to load low-level tracker config {path}: {error}") from error
    except OSError as error:
        raise _not_read(path, error) from error
    groups = parse_yaml(text, str(path))
    kinds = {item.name: item.type for item in fields(TrackerSettings)}
    found: dict[str, Any] = {}
    for name, (section, key) in _FIELDS.items():
        if key in groups.get(section, {}):
            found[name] = value(section, key, groups[section][key].strip(), _READERS[kinds[name]])
    return TrackerSettings(**found, notices=_notices(groups))


def _not_read(path: Path, error: OSError) -> ConfigurationError:
    if isinstance(error, FileNotFoundError) and in_base(str(path)):
        return ConfigurationError(
            f"The low-level tracker config {path} is a file of the DeepStream image, and not on this machine.",
            hint="Copy it out of the image beside the file with the [tracker] group and name it there by its bare name "
            "(ll-config-file), or simulate with --tracker light.",
        )
    return ConfigurationError(f"Failed to load low-level tracker config {path}: {error.strerror}")


_READERS: dict[Any, Callable[[str], Any]] = {int: integer, float: number, bool: boolean}


def _notices(groups: Mapping[str, Mapping[str, str]]) -> tuple[str, ...]:
    unknown = [f"Unknown section '{section}' in the tracker configuration" for section in groups.keys() - _SECTIONS]
    used = [
        f"The simulator approximates {what} ({section}.{key}) by motion and overlap"
        for (section, key), what in _APPROXIMATED.items()
        if groups.get(section, {}).get(key, "0").strip() not in {"0", ""}
    ]
    return (*sorted(unknown), *used)
