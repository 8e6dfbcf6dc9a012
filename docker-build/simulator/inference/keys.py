"""Every key of nvinfer's configuration file, with the rule its value must pass."""

from collections.abc import Callable
from typing import Any

from simulator.keyfile import boolean, integer, integers, number, numbers, string, strings

Reader = Callable[[str], Any]

_COLOUR_PARTS = 4


def at_least(lowest: int, highest: int | None = None) -> Reader:
    """Integers from `lowest` on, up to `highest` if there is one."""

    def read(text: str) -> int:
        value = integer(text)
        if value < lowest or (highest is not None and value > highest):
            wanted = f">= {lowest}" if highest is None else f"in the range [{lowest},{highest}]"
            raise ValueError(f"{value} should be {wanted}")
        return value

    return read


def one_of(*choices: int) -> Reader:
    """Integers of a small set, as NVIDIA writes enums."""

    def read(text: str) -> int:
        value = integer(text)
        if value not in choices:
            raise ValueError(f"invalid value {value}; it can be {', '.join(map(str, choices))}")
        return value

    return read


def ratio(highest: float | None = None) -> Reader:
    """Floats from 0 on, up to `highest` if there is one."""

    def read(text: str) -> float:
        value = number(text)
        if value < 0 or (highest is not None and value > highest):
            raise ValueError(
                f"{value} should be >= 0" if highest is None else f"{value} should be between 0 and {highest}"
            )
        return value

    return read


def exactly(count: int, reader: Reader) -> Reader:
    """Lists of a fixed length."""

    def read(text: str) -> Any:
        values = reader(text)
        if len(values) != count:
            raise ValueError(f"array length is {len(values)}, should be {count}")
        return values

    return read


def at_most(count: int, reader: Reader) -> Reader:
    """Lists no longer than `count`."""

    def read(text: str) -> Any:
        values = reader(text)
        if len(values) > count:
            raise ValueError(f"array length is {len(values)}, should be at most {count}")
        return values

    return read


def colour(text: str) -> tuple[float, ...]:
    """Red, green, blue and alpha between 0 and 1."""
    values = numbers(text)
    if len(values) != _COLOUR_PARTS or not all(0 <= part <= 1 for part in values):
        raise ValueError("colour params should be exactly 4 floats {r, g, b, a} between 0 and 1")
    return values


def _table(reader: Reader, names: str) -> dict[str, Reader]:
    return dict.fromkeys(names.split(), reader)


_PATH_NAMES = (
    "labelfile-path model-engine-file int8-calib-file mean-file custom-lib-path onnx-file "
    "tlt-encoded-model model-file proto-file uff-file ip-tensor-file"
)
PATHS = frozenset(_table(string, _PATH_NAMES))
PATH_LISTS = frozenset({"op-tensor-files"})
DEPRECATED = frozenset({"enable-dbscan", "is-classifier", "input-dims", "uff-input-dims", "threshold"})
"""Read from key files, unknown to NVIDIA's YAML parser."""

PROPERTY: dict[str, Reader] = {
    "gie-unique-id": at_least(1),
    "process-mode": one_of(1, 2),
    "batch-size": at_least(1, 1024),
    "network-mode": one_of(0, 1, 2, 3),
    "network-type": one_of(0, 1, 2, 3, 100),
    "model-color-format": one_of(0, 1, 2),
    "cluster-mode": one_of(0, 1, 2, 3, 4),
    "scaling-filter": one_of(*range(7)),
    "scaling-compute-hw": one_of(0, 1, 2),
    "uff-input-order": one_of(0, 1, 2),
    "infer-dims": exactly(3, integers),
    "input-dims": exactly(4, integers),
    "uff-input-dims": exactly(4, integers),
    "offsets": at_most(4, numbers),
    "net-scale-factor": number,
    **_table(one_of(0, 1), "network-input-order segmentation-output-order"),
    **_table(
        at_least(0),
        "interval num-detected-classes input-object-min-width input-object-min-height input-object-max-width "
        "input-object-max-height",
    ),
    **_table(
        integer,
        "gpu-id secondary-reinfer-interval tensor-meta-pool-size workspace-size use-dla-core operate-on-gie-id "
        "stabilize-buffer-count "
        "disable-output-host-copy auto-inc-mem max-gpu-mem-per dump-input-tensor dump-output-tensor "
        "overwrite-input-tensor "
        "overwrite-output-tensor",
    ),
    **_table(
        boolean,
        "enable-dla force-implicit-batch-dim maintain-aspect-ratio symmetric-padding output-tensor-meta "
        "output-instance-mask "
        "classifier-async-mode input-tensor-from-meta raw-output-file-write crop-objects-to-roi-boundary "
        "strongly-typed warmup-engine "
        "enable-dbscan is-classifier",
    ),
    **_table(ratio(), "classifier-threshold segmentation-threshold"),
    **dict.fromkeys(PATHS, string),
    **_table(
        string,
        "parse-bbox-func-name parse-bbox-instance-mask-func-name parse-segmentation-func-name "
        "parse-classifier-func-name "
        "engine-create-func-name custom-network-config tlt-model-key classifier-type uff-input-blob-name "
        "dynamic-properties",
    ),
    **_table(strings, "output-blob-names output-io-formats layer-device-precision op-tensor-files"),
    **_table(integers, "operate-on-class-ids filter-out-class-ids"),
}
"""Keys of `[property]`, as DeepStream 9.1's parser knows them."""

CLASS_ATTRIBUTES: dict[str, Reader] = {
    **_table(ratio(), "pre-cluster-threshold post-cluster-threshold threshold eps dbscan-min-score"),
    **_table(
        at_least(0),
        "group-threshold minBoxes topk roi-top-offset roi-bottom-offset detected-min-w detected-min-h "
        "detected-max-w detected-max-h",
    ),
    "nms-iou-threshold": ratio(1.0),
    "border-color": colour,
    "bg-color": colour,
}
"""Keys of `[class-attrs-all]` and `[class-attrs-<id>]`."""
