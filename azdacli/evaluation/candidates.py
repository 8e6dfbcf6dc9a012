"""Which keys of a configuration may explain a difference, and the values that are tried for each.

Scales and means are those of the frameworks' own transforms: 1/255 alone (YOLO), 1/127.5 and 1/128 around the middle
(TensorFlow, RetinaFace), ImageNet's mean with a mean of its three deviations (torchvision), Caffe's means of BGR.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from dsconfig import nvinfer

Changes = Mapping[str, str]
LABELS = "labels"
"""In the place of a key: the classes have each other's names."""
CLASS_KEYS = ("pre-cluster-threshold", "nms-iou-threshold")
_DEFAULTS: Mapping[str, Any] = {
    "net-scale-factor": 1.0,
    "offsets": (0.0, 0.0, 0.0),
    "model-color-format": 0,
    "maintain-aspect-ratio": 0,
    "symmetric-padding": 0,
    "scaling-filter": 0,
    "cluster-mode": 0,
    "pre-cluster-threshold": 0.2,
    "nms-iou-threshold": 0.3,
}
_GRAY = 2
_DETECTOR = 0
_FACTORS = ("0.00392156862745098", "1", "0.00784313725490196", "0.0078125", "0.01735207357279195")
_NO_OFFSETS = "0;0;0"
_OFFSETS = (_NO_OFFSETS, "127.5;127.5;127.5", "128;128;128", "123.675;116.28;103.53", "103.939;116.779;123.68")
_PAIRS = (
    ("0.00392156862745098", _NO_OFFSETS),
    ("1", _NO_OFFSETS),
    ("0.00784313725490196", "127.5;127.5;127.5"),
    ("0.0078125", "127.5;127.5;127.5"),
    ("0.0078125", "128;128;128"),
    ("0.01735207357279195", "123.675;116.28;103.53"),
    ("1", "103.939;116.779;123.68"),
)
_PADDINGS = (("1", "1"), ("1", "0"), ("0", "0"))
_FILTERS = ("1", "0", "2", "3", "4")
_THRESHOLDS = ("0.25", "0.5", "0.4", "0.3", "0.2", "0.1", "0.05", "0.01", "0.001")
_OVERLAPS = ("0.45", "0.5", "0.7", "0.65", "0.6", "0.3", "0.4")
_MODES = ("2", "4", "3", "1")
_SAME = 1e-4  # of a value: what people round


def settings_of(config: Path) -> Mapping[str, Any] | None:
    """The keys of a configuration that are searched, as they are; None where it is not nvinfer's.

    Args:
        config: The file, which the model has run with.
    """
    read = nvinfer.read(nvinfer.parse(config.read_bytes(), yaml=nvinfer.is_yaml(config)))
    if "onnx-file" not in read.values:
        return None
    found = {key: read.values.get(key) or value for key, value in _DEFAULTS.items() if key not in CLASS_KEYS}
    if read.values.get("network-type", 0) == _DETECTOR:
        common = read.classes.get(nvinfer.ALL_CLASSES, {})
        found |= {key: common.get(key, _DEFAULTS[key]) for key in CLASS_KEYS}
    else:
        found.pop("cluster-mode")  # a Python parser makes boxes to objects itself
    return found


def candidates(current: Mapping[str, Any], floors: Sequence[float] = ()) -> list[Changes]:
    """What is tried: changes of one key first, then of those that belong together.

    Args:
        current: The keys as they are, as numbers or texts.
        floors: Further thresholds, as the lowest score of the framework's own detections.
    """
    grey = _number(current["model-color-format"]) == _GRAY
    found: list[Changes] = []
    for change in _tried(current, floors, grey=grey):
        real = {key: text for key, text in change.items() if key in current and not _equal(current[key], text)}
        if real and real not in found:
            found.append(real)
    return sorted(found, key=len)


def _tried(current: Mapping[str, Any], floors: Sequence[float], *, grey: bool) -> Iterator[Changes]:
    for factor in _FACTORS:
        yield {"net-scale-factor": factor}
    if not grey:
        yield {"model-color-format": "1" if _number(current["model-color-format"]) == 0 else "0"}
    for keep, symmetric in _PADDINGS:
        yield {"maintain-aspect-ratio": keep, "symmetric-padding": symmetric}
    for offsets in () if grey else _OFFSETS:
        yield {"offsets": offsets}
    for factor, offsets in () if grey else _PAIRS:
        yield {"net-scale-factor": factor, "offsets": offsets}
    for text in _FILTERS:
        yield {"scaling-filter": text}
    if "cluster-mode" in current:
        yield from ({"cluster-mode": text} for text in _MODES)
        yield from ({"pre-cluster-threshold": f"{floor:.3g}"} for floor in floors)
        yield from ({"pre-cluster-threshold": text} for text in _THRESHOLDS)
        yield from ({"nms-iou-threshold": text} for text in _OVERLAPS)


def written(value: Any) -> str:
    """A value as a configuration has it."""
    if isinstance(value, tuple):
        return ";".join(written(each) for each in value)
    return str(int(value)) if isinstance(value, bool) else f"{value:.15g}" if isinstance(value, float) else str(value)


def _equal(current: Any, text: str) -> bool:
    mine, theirs = _numbers(current), _numbers(text)
    return len(mine) == len(theirs) and all(
        abs(a - b) <= _SAME * max(abs(a), abs(b)) for a, b in zip(mine, theirs, strict=True)
    )


def _numbers(value: Any) -> list[float]:
    return [float(each) for each in written(value).split(";") if each]


def _number(value: Any) -> float:
    return _numbers(value)[0]
