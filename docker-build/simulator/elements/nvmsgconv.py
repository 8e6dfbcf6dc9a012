"""nvmsgconv: event metadata of the program, or objects of the frame, to payloads in DeepStream's message schemas."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyds
from gi.repository import Gst
from pyds import _simulator as sim

from simulator.errors import ConfigurationError, NotSimulatedError
from simulator.messages import events, objects
from simulator.messages.locations import Places, read_places
from simulator.support import batches
from simulator.support.base import both_ways, metadata
from simulator.support.properties import MAX_UINT, REFUSED, boolean, choice, declare, enumeration, text, unsigned
from simulator.support.transform import BatchTransform

FULL, MINIMAL = 0, 1
KIND = enumeration(
    "GstNvMsgConvPayloadType",
    (
        (FULL, "Deepstream schema payload", "PAYLOAD_DEEPSTREAM"),
        (MINIMAL, "Deepstream schema payload minimal", "PAYLOAD_DEEPSTREAM_MINIMAL"),
        (2, "Deepstream schema payload in protobuf", "PAYLOAD_DEEPSTREAM_PROTOBUF"),
        (256, "Reserved type", "PAYLOAD_RESERVED"),
        (257, "Custom schema payload", "PAYLOAD_CUSTOM"),
    ),
)
TABLE = (
    text("config"),
    text("msg2p-lib"),
    choice("payload-type", KIND, 0),
    unsigned("comp-id", 0),
    text("debug-payload-dir"),
    boolean("multiple-payloads", False, REFUSED),
    boolean("msg2p-newapi", False),
    unsigned("frame-interval", 30, bounds=(1, MAX_UINT)),
    boolean("dummy-payload", False, REFUSED),
    text("embedding-filter", None, REFUSED),
)
OWN_LIBRARY = "libnvds_msgconv.so"


@dataclass(frozen=True, kw_only=True, slots=True)
class Payload:
    """A message on its way to nvmsgbroker; what NvDsPayload is on hardware."""

    text: str
    component: int

    def _copy(self) -> "Payload":
        """What the copy of a buffer carries; metadata whose data have no such function stay behind."""
        return self


class NvMsgConv(BatchTransform):
    """One payload per event (full schema) or per frame (minimal schema)."""

    __gtype_name__ = "GstNvMsgConv"
    __gstmetadata__ = metadata(
        "Message Converter", "Filter/Metadata", "Transforms buffer meta to schema / payload meta"
    )
    __gsttemplates__ = both_ways("ANY")
    PROPERTIES = TABLE
    __gproperties__ = declare(TABLE)

    def __init__(self) -> None:
        super().__init__()
        self._places: Places | None = None
        self._minimal = False
        self._written = 0

    do_get_property = BatchTransform.do_get_property
    do_set_property = BatchTransform.do_set_property

    def open(self) -> None:
        """Read the configuration of places and sensors."""
        library = self.values["msg2p-lib"]
        if library and Path(library).name != OWN_LIBRARY:
            raise NotSimulatedError(
                f"nvmsgconv's msg2p-lib={library} is native code, which the simulator does not load."
            )
        if self.values["payload-type"] not in (FULL, MINIMAL):
            raise NotSimulatedError(f"nvmsgconv's payload-type={self.values['payload-type']} is not simulated.")
        folder = self.values["debug-payload-dir"]
        if folder and not Path(folder).is_dir():
            raise FileNotFoundError(f"Error: dir {folder} not found")
        self._minimal = self.values["payload-type"] == MINIMAL
        if not self.values["config"] and not self._minimal:
            raise ConfigurationError("nvmsgconv cannot make messages in the full schema without its config.")
        self._places = read_places(Path(self.values["config"])) if self.values["config"] else None

    def process(self, batch: Any, _buffer: Gst.Buffer) -> None:
        """Add payloads to each frame."""
        for frame in batches.frames(batch):
            for words in self._from_objects(frame) if self.values["msg2p-newapi"] else self._from_events(frame):
                self._add(frame, words)

    def _from_events(self, frame: Any) -> Iterable[str]:
        wanted = self.values["comp-id"]
        found = sim.user_data(frame.frame_user_meta_list, pyds.NvDsMetaType.NVDS_EVENT_MSG_META)
        known = [events.event_of(meta) for meta in found if not wanted or meta.componentId == wanted]
        if self._minimal:
            return [events.minimal(known, self._places)] if known else []
        return [events.full(event, self._places or Places()) for event in known]

    def _from_objects(self, frame: Any) -> Iterable[str]:
        """The new interface: the frames whose number `frame-interval` divides."""
        if self.values["frame-interval"] and frame.frame_num % self.values["frame-interval"]:
            return []
        if self._minimal:
            return [objects.minimal(frame, self._places)]
        return list(objects.full(frame, self._places or Places()))

    def _add(self, frame: Any, words: str) -> None:
        payload = Payload(text=words, component=self.values["comp-id"])
        sim.add_user_data(frame, pyds.NvDsMetaType.NVDS_PAYLOAD_META, payload)
        folder = self.values["debug-payload-dir"]
        if folder:
            Path(folder, f"{self.get_name()}_{self._written}.txt").write_text(words, encoding="utf-8")
            self._written += 1
