"""nvinferserver: NVIDIA's protobuf configuration and a local Triton repository, run by ONNX Runtime."""

from pathlib import Path

from simulator.errors import ConfigurationError
from simulator.infer.element import PROCESS_MODE, InferenceElement, overrides
from simulator.inference.server_file import read_server_file
from simulator.inference.settings import InferSettings
from simulator.support.base import both_ways, formats, metadata
from simulator.support.properties import MAX_INT, boolean, choice, declare, integer, pointer, text, unsigned

TABLE = (
    unsigned("unique-id", 0),
    choice("process-mode", PROCESS_MODE, 1),
    text("config-file-path", ""),
    unsigned("batch-size", 0, bounds=(0, 1024)),
    unsigned("interval", 0, bounds=(0, MAX_INT)),
    integer("infer-on-gie-id", -1, bounds=(-1, MAX_INT)),
    text("infer-on-class-ids", ""),
    boolean("input-tensor-meta", False),
    pointer("raw-output-generated-callback"),
    pointer("raw-output-generated-userdata"),
)
"""Defaults of unique-id and batch-size are UNVERIFIED: the file's values hold while they are not set."""


class NvInferServer(InferenceElement):
    """Shares everything with nvinfer but the configuration's form and the properties."""

    __gtype_name__ = "GstNvInferServer"
    __gstmetadata__ = metadata(
        "NvInferServer plugin", "NvInferServer Plugin", "Nvidia DeepStreamSDK TensorRT Inference Server plugin"
    )
    __gsttemplates__ = both_ways(formats(("NV12", "RGBA"), nvmm=True))
    PROPERTIES = TABLE
    __gproperties__ = declare(TABLE)

    do_get_property = InferenceElement.do_get_property
    do_set_property = InferenceElement.do_set_property

    def settings(self) -> InferSettings:
        """The protobuf file with what the properties override."""
        path = self.values["config-file-path"]
        if not path:
            raise ConfigurationError("Configuration file not provided: set nvinferserver's config-file-path.")
        return read_server_file(Path(path), overrides(self))
