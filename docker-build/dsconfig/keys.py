"""The keys that nvinfer reads, with their types and bounds: the one table of checker, runtime and simulator.

From the two property parsers of gst-nvinfer 9.1, for key files and for YAML (9.0 is the same; no key was removed since
6.4). When each key came is not known, so a key is never said to be too new.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True, slots=True)
class Key:
    """What a key takes.

    Attributes:
        type: `int`, `bool`, `float`, `path`, `str`, `ints`, `floats`, `strs` or `paths`; lists have semicolons.
        low: The least number.
        high: The greatest number.
        among: The only numbers, with what they mean.
        length: How many numbers a list has, from and to.
        instead: What to use; the key is kept for old files, and the YAML form does not know it.
    """

    type: str
    low: float | None = None
    high: float | None = None
    among: Mapping[int, str] | None = None
    length: tuple[int, int] | None = None
    instead: str = ""

    @property
    def wanted(self) -> str:
        """What the key takes, as a phrase for a message."""
        if self.among is not None:
            return " or ".join(f"{number} ({meaning})" for number, meaning in self.among.items())
        word = {"int": "an integer", "float": "a number", "bool": "0 or 1", "path": "a name"}.get(self.type)
        if word is None:
            return self._wanted_list()
        if self.low is not None and self.high is not None:
            return f"{word} from {self.low:g} to {self.high:g}"
        return word if self.low is None else f"{word} of {self.low:g} or more"

    def _wanted_list(self) -> str:
        word = {"ints": "integers", "floats": "numbers"}.get(self.type, "names")
        low, high = self.length or (None, None)
        counted = word if high is None else f"{high} {word}" if low == high else f"up to {high} {word}"
        bounds = "" if self.low is None else f" of {self.low:g} or more" if self.high is None else ""
        between = f" from {self.low:g} to {self.high:g}" if self.high is not None and self.low is not None else ""
        return f"{counted}{bounds}{between} with ';' between them"

    def allows(self, number: float) -> bool:
        """Whether a number is within the bounds. As in NVIDIA's code, `nan` is below nothing and above nothing."""
        if self.among is not None:
            return number in self.among
        below = self.low is not None and number < self.low
        above = self.high is not None and number > self.high
        return not (below or above)


def _all(names: str, type_: str, **bounds: Any) -> dict[str, Key]:
    return {name: Key(type=type_, **bounds) for name in names.split()}


def _read_by(reader: str, names: str) -> dict[str, str]:
    return dict.fromkeys(names.split(), reader)


PROPERTY: Mapping[str, Key] = {
    **_all("gie-unique-id", "int", low=1),
    **_all("process-mode", "int", among={1: "primary", 2: "secondary"}),
    **_all("interval", "int", low=0),
    **_all("batch-size", "int", low=1, high=1024),
    **_all("network-mode", "int", among={0: "FP32", 1: "INT8", 2: "FP16", 3: "BEST"}),
    **_all(
        "network-type",
        "int",
        among={0: "detector", 1: "classifier", 2: "segmentation", 3: "instance segmentation", 100: "other"},
    ),
    **_all("model-color-format", "int", among={0: "RGB", 1: "BGR", 2: "GRAY"}),
    **_all("network-input-order", "int", among={0: "NCHW", 1: "NHWC"}),
    **_all("uff-input-order", "int", among={0: "NCHW", 1: "NHWC", 2: "NC"}),
    **_all("num-detected-classes", "int", low=0),
    **_all("cluster-mode", "int", among={0: "groupRectangles", 1: "DBSCAN", 2: "NMS", 3: "DBSCAN and NMS", 4: "none"}),
    **_all("segmentation-output-order", "int", among={0: "NCHW", 1: "NHWC"}),
    **_all("scaling-filter", "int", low=0, high=6),
    **_all("scaling-compute-hw", "int", low=0, high=2),
    **_all(
        "input-object-min-width input-object-min-height input-object-max-width input-object-max-height", "int", low=0
    ),
    **_all(
        "gpu-id secondary-reinfer-interval tensor-meta-pool-size workspace-size use-dla-core operate-on-gie-id "
        "stabilize-buffer-count disable-output-host-copy auto-inc-mem max-gpu-mem-per dump-input-tensor "
        "dump-output-tensor overwrite-input-tensor overwrite-output-tensor",
        "int",
    ),
    **_all(
        "enable-dla maintain-aspect-ratio symmetric-padding output-tensor-meta output-instance-mask "
        "classifier-async-mode input-tensor-from-meta raw-output-file-write "
        "crop-objects-to-roi-boundary strongly-typed "
        "warmup-engine force-implicit-batch-dim",
        "bool",
    ),
    **_all("net-scale-factor", "float"),
    **_all("classifier-threshold segmentation-threshold", "float", low=0),
    **_all(
        "labelfile-path model-engine-file int8-calib-file mean-file custom-lib-path onnx-file "
        "tlt-encoded-model model-file "
        "proto-file uff-file ip-tensor-file",
        "path",
    ),
    **_all("op-tensor-files", "paths"),
    **_all(
        "parse-bbox-func-name parse-bbox-instance-mask-func-name parse-segmentation-func-name "
        "parse-classifier-func-name "
        "engine-create-func-name custom-network-config tlt-model-key classifier-type "
        "uff-input-blob-name dynamic-properties",
        "str",
    ),
    **_all("output-blob-names output-io-formats layer-device-precision", "strs"),
    **_all("infer-dims", "ints", length=(3, 3), low=1),
    **_all("offsets", "floats", length=(0, 4)),
    **_all("operate-on-class-ids filter-out-class-ids", "ints"),
    **_all("is-classifier", "bool", instead="network-type=1 (or 0 for a detector)"),
    **_all("enable-dbscan", "bool", instead="cluster-mode=1"),
    **_all("input-dims", "ints", length=(4, 4), instead="infer-dims"),
    **_all("uff-input-dims", "ints", length=(4, 4), instead="infer-dims"),
}
CLASS_ATTRIBUTES: Mapping[str, Key] = {
    **_all("pre-cluster-threshold post-cluster-threshold eps dbscan-min-score", "float", low=0),
    **_all("nms-iou-threshold", "float", low=0, high=1),
    **_all("group-threshold minBoxes topk roi-top-offset roi-bottom-offset", "int", low=0),
    **_all("detected-min-w detected-min-h detected-max-w detected-max-h", "int", low=0),
    **_all("border-color bg-color", "floats", length=(4, 4), low=0, high=1),
    **_all("threshold", "float", low=0, instead="pre-cluster-threshold"),
}
NEVER_READ: Mapping[str, str] = {"parse-func": "parse-bbox-func-name"}
"""Keys that NVIDIA's headers name and no parser reads, with what does what they promise."""

# What the YAML parser asks yaml-cpp or the C++ library for, where the key's type alone does not say it.
YAML_READERS: Mapping[str, str] = {
    **_read_by(
        "unsigned",
        "gie-unique-id gpu-id tensor-meta-pool-size batch-size workspace-size network-mode network-type "
        "model-color-format num-detected-classes cluster-mode disable-output-host-copy stabilize-buffer-count",
    ),
    **_read_by(
        "stoi",
        "process-mode classifier-async-mode interval output-tensor-meta output-instance-mask "
        "secondary-reinfer-interval maintain-aspect-ratio symmetric-padding input-object-min-width "
        "input-object-min-height input-object-max-width input-object-max-height operate-on-gie-id scaling-compute-hw "
        "scaling-filter crop-objects-to-roi-boundary",
    ),
    "max-gpu-mem-per": "double",
    "infer-dims": "stoul",
    "filter-out-class-ids": "stoul",
    "operate-on-class-ids": "stoi",
}
# Keys by which a file with a `property` group is known to be nvinfer's (the dewarper's has one too).
TELLING = frozenset(
    [
        *(
            "gie-unique-id",
            "onnx-file",
            "model-file",
            "model-engine-file",
            "tlt-encoded-model",
            "uff-file",
            "net-scale-factor",
        ),
        *("num-detected-classes", "network-type", "network-mode", "custom-lib-path", "labelfile-path", "infer-dims"),
        *("output-tensor-meta", "process-mode", "parse-bbox-func-name"),
    ]
)
# Model format -> the keys that name a file of it.
FORMAT_KEYS: Mapping[str, str] = {
    "tlt-encoded-model": "etlt",
    "model-file": "caffe",
    "proto-file": "caffe",
    "uff-file": "uff",
}
FORMAT_SUFFIXES: Mapping[str, str] = {".etlt": "etlt", ".tlt": "etlt", ".caffemodel": "caffe", ".uff": "uff"}
