"""What nvinfer and nvinferserver share as elements: their life, and properties that read as the file sets them."""

from collections.abc import Callable
from typing import Any

from gi.repository import Gst
from pyds import _simulator as sim

from simulator.errors import SimulatorError
from simulator.infer import inference
from simulator.inference.engine import InferenceEngine
from simulator.inference.native import NativeParser
from simulator.inference.settings import InferSettings, NativeFunction
from simulator.native import parser
from simulator.support.properties import enumeration
from simulator.support.transform import BatchTransform

PROCESS_MODE = enumeration(
    "GstNvInferProcessModeType",
    ((1, "Primary (Full Frame)", "primary"), (2, "Secondary (Objects)", "secondary")),
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
    "output-instance-mask": "output-instance-mask",
    "crop-objects-to-roi-boundary": "crop-objects-to-roi-boundary",
}
"""The properties that override a key of the configuration file."""
READ_BACK: dict[str, Callable[[InferSettings], Any]] = {
    "unique-id": lambda settings: settings.unique_id,
    "process-mode": lambda settings: int(settings.process_mode),
    "batch-size": lambda settings: settings.batch_size,
    "interval": lambda settings: settings.interval,
    "infer-on-gie-id": lambda settings: settings.objects.component_id,
    "infer-on-class-ids": lambda settings: "".join(f"{index}:" for index in sorted(settings.objects.class_ids)),
    "filter-out-class-ids": lambda settings: "".join(f"{index};" for index in sorted(settings.filter_out)),
    "output-tensor-meta": lambda settings: settings.output_tensor_meta,
    "input-tensor-meta": lambda settings: settings.input_tensor_from_meta,
    "output-instance-mask": lambda settings: settings.output_instance_mask,
    "crop-objects-to-roi-boundary": lambda settings: settings.crop_to_roi,
}
"""What a property reads as once the file is known."""


class InferenceElement(BatchTransform):
    """An element with a configuration file and a model.

    As with NVIDIA's elements the file is read when `config-file-path` is set, so that programs can ask the element for
    its batch size or id before the pipeline starts. What is wrong with the file is said when it starts.
    """

    def __init__(self) -> None:
        super().__init__()
        self.inferrer: inference.Inferrer | None = None

    do_get_property = BatchTransform.do_get_property
    do_set_property = BatchTransform.do_set_property

    def settings(self) -> InferSettings:
        """The configuration file with what the properties override.

        Raises:
            SimulatorError: It cannot be used.
        """
        raise NotImplementedError

    def open(self) -> None:
        """Read the configuration and load the model."""
        settings = self.settings()
        inference.notify(self, settings.notices)
        self.close()
        self.inferrer = inference.Inferrer(
            InferenceEngine(settings, open_native=lambda function, network: self._parser(function, network, settings))
        )

    def _parser(self, function: NativeFunction, network: tuple[int, int, int], settings: InferSettings) -> NativeParser:
        opened = parser.ProcessParser(function, network, settings, rotation=sim.release().rotated_boxes)
        for library in opened.stood_in:
            Gst.warning(
                f"{self.get_name()}: {function.library.name} is linked with {library}, which is not here; loads without"
            )
        return opened

    def close(self) -> None:
        """Forget the model."""
        if self.inferrer is not None:
            self.inferrer.engine.close()
        self.inferrer = None

    def property_changed(self, name: str, value: Any) -> None:
        """Read the file that a program names; load another model or change the interval while the pipeline runs."""
        if self.inferrer is None:
            if name == "config-file-path":
                self._read_ahead()
        elif name == "config-file-path":
            self.open()
            self.updated()
        elif name == "interval":
            self.inferrer.interval = value

    def updated(self) -> None:
        """Another model was loaded while the pipeline runs."""

    def _read_ahead(self) -> None:
        try:
            settings = self.settings()
        except (SimulatorError, OSError, ValueError):
            return
        for name, read in READ_BACK.items():
            if name in self.values and name not in self.set_by_user:
                self.values[name] = read(settings)

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
