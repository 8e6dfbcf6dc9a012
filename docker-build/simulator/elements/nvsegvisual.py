"""nvsegvisual: frames of a batch as RGBA of a given size, the classes of a segmentation network painted over them."""

from typing import Any

import pyds
from gi.repository import Gst
from pyds import _simulator as sim

from simulator.drawing.classes import paint
from simulator.support import batches, capi
from simulator.support.base import Configured, caps_of, formats, is_nvmm, metadata, template
from simulator.support.properties import (
    GPU_ID,
    MAX_INT,
    MAX_UINT,
    PLACEMENT,
    boolean,
    declare,
    integer,
    real,
    unsigned,
)
from simulator.support.transform import PushTransform
from simulator.support.video import Converters, Layout

TABLE = (
    unsigned("unique-id", 0),
    GPU_ID,
    unsigned("batch-size", 1, PLACEMENT, bounds=(1, MAX_UINT)),
    unsigned("width", 1280),
    unsigned("height", 720),
    integer("operate-on-seg-meta-id", -1, bounds=(-1, MAX_INT)),
    boolean("original-background", False),
    unsigned("class-id", 0),
    real("alpha", 1.0, bounds=(0.0, 1.0)),
    boolean("gpu-on", True, PLACEMENT),
)


class NvSegVisual(PushTransform):
    """Paints the map pixel by pixel from the frame's corner on: programs give it the network's size.

    As NVIDIA's, it lets a batch through as it is when its caps would not change.
    """

    __gtype_name__ = "GstNvSegVisual"
    __gstmetadata__ = metadata("nvsegvisual", "nvsegvisual", "Gstreamer NV Segmantation Visualization Plugin")
    __gsttemplates__ = (
        template("src", formats(("RGBA",), nvmm=True)),
        template("sink", formats(("NV12", "RGBA"), nvmm=True)),
    )
    PROPERTIES = TABLE
    __gproperties__ = declare(TABLE)

    _target: Layout  # from caps, which come before data

    def __init__(self) -> None:
        super().__init__()
        self._converters = Converters()
        self._same = False

    do_get_property = Configured.do_get_property
    do_set_property = Configured.do_set_property

    def do_transform_caps(self, direction: Gst.PadDirection, caps: Gst.Caps, wanted: Gst.Caps | None) -> Gst.Caps:
        result = Gst.Caps.new_empty()
        for index in range(caps.get_size()):
            structure = caps.get_structure(index).copy()
            structure.remove_field("format")
            structure.remove_field("colorimetry")
            structure.remove_field("chroma-site")
            for name in ("width", "height"):
                structure.set_value(name, Gst.IntRange(range(1, MAX_INT)))
            if direction == Gst.PadDirection.SINK:
                structure.set_value("format", "RGBA")
            result = Gst.Caps.merge(result, caps_of(structure, nvmm=True))
        return wanted.intersect_full(result, Gst.CapsIntersectMode.FIRST) if wanted else result

    def do_fixate_caps(self, _direction: Gst.PadDirection, _caps: Gst.Caps, other: Gst.Caps) -> Gst.Caps:
        structure = other.get_structure(0).copy()
        structure.set_value("width", int(self.values["width"]))
        structure.set_value("height", int(self.values["height"]))
        return caps_of(structure, nvmm=is_nvmm(other)).fixate()

    def do_set_caps(self, incoming: Gst.Caps, outgoing: Gst.Caps) -> bool:
        self._target = Layout.from_caps(outgoing)
        self._same = incoming.is_equal(outgoing)
        return True

    def close(self) -> None:
        """Forget the converters."""
        self._converters = Converters()

    def handle(self, buffer: Gst.Buffer) -> int:
        """Make a batch of painted frames; the metadata stay as they are."""
        batch = batches.of(hash(buffer))
        if batch is None:
            raise ValueError("nvsegvisual got a buffer without batch metadata: put nvstreammux before it.")
        if self._same:
            return capi.push_again(self.srcpad, buffer)
        address = capi.new_buffer(batches.DESCRIPTOR_BYTES, like=hash(buffer), flags=_COPY_ALL)
        copied: Any = batches.of(address)
        painted = [self._painted(copied, frame) for frame in batches.frames(copied)]
        batches.replace(copied, painted)
        return capi.push(self.srcpad, address)

    def _painted(self, batch: Any, frame: Any) -> batches.Picture:
        found, target = batches.picture_of(batch, frame), self._target
        made = target.empty()
        converter = self._converters.get(found.layout, target, nearest=True)
        converter(found.layout.frame(found.pixels), target.frame(made))
        wanted = self.values["operate-on-seg-meta-id"]
        background = self.values["class-id"] if self.values["original-background"] else None
        for meta in sim.user_data(frame.frame_user_meta_list, pyds.NvDsMetaType.NVDSINFER_SEGMENTATION_META):
            if wanted <= 0 or meta._unique_id == wanted:  # the bindings do not show it
                paint(made, pyds.get_segmentation_masks(meta), background=background, alpha=self.values["alpha"])
        return batches.picture(made, target)


_COPY_ALL = capi.COPY_FLAGS | capi.COPY_TIMESTAMPS | capi.COPY_META
