"""nvinfer: a configured ONNX model over the frames of a batch, or over their objects."""

from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from gi.repository import GObject
from pyds._deepstream import simulated

from simulator.errors import ConfigurationError
from simulator.infer.element import PROCESS_MODE, InferenceElement, overrides
from simulator.inference.nvinfer_file import read_nvinfer_file
from simulator.inference.settings import InferSettings
from simulator.support.base import both_ways, formats, metadata
from simulator.support.properties import (
    GPU_ID,
    MAX_INT,
    PLACEMENT,
    REFUSED,
    Property,
    boolean,
    choice,
    declare,
    integer,
    pointer,
    text,
    unsigned,
)

TABLE = (
    unsigned("unique-id", 15),
    choice("process-mode", PROCESS_MODE, 1),
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
    boolean("output-instance-mask", False),
    boolean("input-tensor-meta", False),
    boolean("clip-object-outside-roi", True),
    boolean("crop-objects-to-roi-boundary", False),
    boolean("strongly-typed", False, PLACEMENT),
    text("dynamic-properties", "", PLACEMENT),
)


class NvInfer(InferenceElement):
    """Reads NVIDIA's configuration file, key file or YAML, and runs its ONNX model with ONNX Runtime."""

    __gtype_name__ = "GstNvInfer"
    __gstmetadata__ = metadata("NvInfer plugin", "NvInfer Plugin", "Nvidia DeepStreamSDK TensorRT plugin")
    __gsttemplates__ = both_ways(formats(("NV12", "RGBA"), nvmm=True))
    PROPERTIES: ClassVar[tuple[Property, ...]] = TABLE
    __gproperties__ = declare(TABLE)
    __gsignals__: ClassVar = {"model-updated": (GObject.SignalFlags.RUN_LAST, None, (int, str))}

    do_get_property = InferenceElement.do_get_property
    do_set_property = InferenceElement.do_set_property

    def settings(self) -> InferSettings:
        """The configuration file with what the properties override."""
        path = self.values["config-file-path"]
        if not path:
            raise ConfigurationError("Configuration file not provided: set nvinfer's config-file-path.")
        settings = read_nvinfer_file(Path(path), overrides(self), simulated().version)
        return replace(settings, clip_to_region=self.values["clip-object-outside-roi"])

    def updated(self) -> None:
        """Say that another model serves from now on."""
        self.emit("model-updated", 0, self.values["config-file-path"])
