"""nvinfer: a configured ONNX model over the frames of a batch, or over their objects."""

from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

from gi.repository import Gst

from simulator.errors import ConfigurationError
from simulator.inference.engine import InferenceEngine
from simulator.inference.nvinfer_file import read_nvinfer_file
from simulator.inference.settings import InferSettings

from . import inferring
from .base import both_ways, formats, metadata
from .properties import (
    GPU_ID,
    MAX_INT,
    PLACEMENT,
    REFUSED,
    Property,
    boolean,
    choice,
    declare,
    enumeration,
    integer,
    pointer,
    text,
    unsigned,
)
from .transform import BatchTransform

MODE = enumeration(
    "GstNvInferProcessModeType",
    ((1, "Primary (Full Frame)", "primary"), (2, "Secondary (Objects)", "secondary")),
)
TABLE = (
    unsigned("unique-id", 15),
    choice("process-mode", MODE, 1),
    text("config-file-path", ""),
    unsigned("batch-size", 1, bounds=(1, 1024)),
    unsigned("interval", 0, bounds=(0, MAX_INT)),
    integer("infer-on-gie-id", -1, bounds=(-1, MAX_INT)),
    text("infer-on-class-ids", ""),
    text("filter-out-class-ids", ""),
    text("model-engine-file", "", PLACEMENT),
    GPU_ID,
    boolean("raw-output-file-write", False, REFUSED),
    pointer("raw-output-generated-callback"),
    pointer("raw-output-generated-userdata"),
    boolean("output-tensor-meta", False),
    boolean("output-instance-mask", False, REFUSED),
    boolean("input-tensor-meta", False),
    boolean("clip-object-outside-roi", True),
    boolean("crop-objects-to-roi-boundary", False),
    boolean("strongly-typed", False, PLACEMENT),
    text("dynamic-properties", "", PLACEMENT),
)
KEYS = {
    "unique-id": "gie-unique-id",
    "process-mode": "process-mode",
    "batch-size": "batch-size",
    "interval": "interval",
    "infer-on-gie-id": "operate-on-gie-id",
    "infer-on-class-ids": "operate-on-class-ids",
    "filter-out-class-ids": "filter-out-class-ids",
    "output-tensor-meta": "output-tensor-meta",
    "input-tensor-meta": "input-tensor-from-meta",
    "crop-objects-to-roi-boundary": "crop-objects-to-roi-boundary",
}
"""The properties that override a key of the configuration file."""


class NvInfer(BatchTransform):
    """Reads NVIDIA's configuration file, key file or YAML, and runs its ONNX model with ONNX Runtime."""

    __gtype_name__ = "GstNvInfer"
    __gstmetadata__ = metadata("NvInfer plugin", "NvInfer Plugin", "Nvidia DeepStreamSDK TensorRT plugin")
    __gsttemplates__ = both_ways(formats(("NV12", "RGBA"), nvmm=True))
    PROPERTIES: ClassVar[tuple[Property, ...]] = TABLE
    __gproperties__ = declare(TABLE)

    def __init__(self) -> None:
        super().__init__()
        self.inferrer: inferring.Inferrer | None = None

    do_get_property = BatchTransform.do_get_property
    do_set_property = BatchTransform.do_set_property

    def open(self) -> None:
        """Read the configuration and load the model."""
        settings = self.settings()
        self.inferrer = inferring.Inferrer(InferenceEngine(settings))

    def settings(self) -> InferSettings:
        """The configuration file with what the properties override."""
        path = self.values["config-file-path"]
        if not path:
            raise ConfigurationError("Configuration file not provided: set nvinfer's config-file-path.")
        settings = read_nvinfer_file(Path(path), overrides(self))
        inferring.tell(self, settings.notices)
        return replace(settings, clip_to_region=self.values["clip-object-outside-roi"])

    def close(self) -> None:
        """Forget the model."""
        self.inferrer = None

    def property_changed(self, name: str, value: Any) -> None:
        """Load another model or change the interval while the pipeline runs."""
        if self.inferrer is None:
            return
        if name == "config-file-path":
            self.open()
        elif name == "interval":
            self.inferrer.interval = value

    def process(self, batch: Any, _buffer: Gst.Buffer) -> None:
        """Infer on one batch."""
        if self.inferrer is not None:
            self.inferrer.process(batch)

    def interval_event(self, interval: int) -> None:
        """`pyds.gst_element_send_nvevent_interval_update`; here it holds for all sources of the batch."""
        if self.inferrer is not None:
            self.inferrer.interval = interval

    def source_event(self, kind: int, source: int) -> None:
        """Forget what was inferred on the objects of a source that went."""
        if self.inferrer is not None:
            self.inferrer.source_event(kind, source)


def overrides(element: Any) -> dict[str, str]:
    """The keys of the configuration file that the program's properties replace, as the file would write them."""
    values = element.values
    return {
        key: _as_text(values[name]) for name, key in KEYS.items() if name in element.set_by_user and values[name] != ""
    }


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return str(int(value))
    return str(value).replace(":", ";")
