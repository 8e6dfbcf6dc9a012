"""nvdewarper: one view of a fisheye or distorted camera's video, before the muxer."""

from pathlib import Path

from gi.repository import Gst

from simulator.drawing.dewarping import DewarperSettings, Map, dewarp, read_dewarper_file, surface_map
from simulator.errors import NotSimulatedError
from simulator.infer import inference
from simulator.support import capi
from simulator.support.base import both_ways, caps_of, formats, metadata
from simulator.support.properties import (
    GPU_ID,
    INTERPOLATION,
    PLACEMENT,
    boolean,
    choice,
    declare,
    memory_type,
    text,
    unsigned,
)
from simulator.support.transform import PushTransform
from simulator.support.video import MAP_WRITE, Converters, Layout, MappedFrame

TABLE = (
    GPU_ID,
    unsigned("source-id", 0),
    unsigned("num-output-buffers", 4, PLACEMENT),
    unsigned("num-batch-buffers", 1, PLACEMENT, bounds=(1, 4)),
    text("config-file"),
    boolean("silent", False, PLACEMENT),
    memory_type(0),
    choice("interpolation-method", INTERPOLATION, 1, PLACEMENT),
)
OUTPUT = (960, 752)
"""NVIDIA's default output size."""
WHERE_FROM = ("dewarper-source-id", "dewarper-surface-type", "dewarper-surface-index")
"""Caps fields that carry to nvstreammux what on hardware travels as buffer metadata."""


class NvDewarper(PushTransform):
    """Frames in RGBA; the configuration says which part of the frame is straightened, and how."""

    __gtype_name__ = "GstNvDewarper"
    __gstmetadata__ = metadata("nvdewarper", "Nvdewarper", "Gstreamer plugin to dewarp 360d surfaces")
    __gsttemplates__ = both_ways(formats(("RGBA",), nvmm=True))
    PROPERTIES = TABLE
    __gproperties__ = declare(TABLE)

    def __init__(self) -> None:
        super().__init__()
        self.settings: DewarperSettings | None = None
        self._map: Map | None = None
        self._source: Layout | None = None
        self._target: Layout | None = None
        self._converters = Converters(4)

    do_get_property = PushTransform.do_get_property
    do_set_property = PushTransform.do_set_property

    def property_changed(self, name: str, value: object) -> None:
        """The file is read at once, because it decides the output size that neighbours ask for."""
        if name == "config-file":
            self.settings = read_dewarper_file(Path(str(value))) if Path(str(value)).is_file() else None

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the output."""
        found = self.settings
        return OUTPUT if found is None or not found.width or not found.height else (found.width, found.height)

    def open(self) -> None:
        """Check what the file asked for."""
        path = self.values["config-file"]
        if not path:
            raise ValueError("nvdewarper needs the property config-file.")
        self.settings = read_dewarper_file(Path(path))
        inference.notify(self, self.settings.notices)
        if len(self.settings.surfaces) != 1:
            raise NotSimulatedError(
                f"nvdewarper: {path} asks for {len(self.settings.surfaces)} surfaces; the simulator gives one.",
                hint="Use one [surface<n>] group; several need num-surfaces-per-frame, which is not simulated.",
            )
        self._map = None

    def do_transform_caps(self, direction: Gst.PadDirection, caps: Gst.Caps, wanted: Gst.Caps | None) -> Gst.Caps:
        result = Gst.Caps.new_empty()
        for index in range(caps.get_size()):
            structure = caps.get_structure(index).copy()
            for name, value in zip(("width", "height"), self.size, strict=True):
                free = direction == Gst.PadDirection.SRC
                structure.set_value(name, Gst.IntRange(range(1, 2**31 - 1)) if free else value)
            for name in (*WHERE_FROM, "pixel-aspect-ratio"):
                structure.remove_field(name)
            if direction == Gst.PadDirection.SINK and self.settings is not None:
                surface = self.settings.surfaces[0]
                for name, value in zip(
                    WHERE_FROM, (self.values["source-id"], surface.projection, surface.index), strict=True
                ):
                    structure.set_value(name, value)
            result = Gst.Caps.merge(result, caps_of(structure, nvmm=True))
        return wanted.intersect_full(result, Gst.CapsIntersectMode.FIRST) if wanted else result

    def do_set_caps(self, incoming: Gst.Caps, outgoing: Gst.Caps) -> bool:
        self._source, self._target, self._map = Layout.from_caps(incoming), Layout.from_caps(outgoing), None
        return True

    def handle(self, buffer: Gst.Buffer) -> int:
        """Straighten one frame."""
        if self._source is None or self._target is None or self.settings is None:
            return int(Gst.FlowReturn.NOT_NEGOTIATED)
        surface = self.settings.surfaces[0]
        if self._map is None:
            self._map = surface_map(surface, self._source.width, self._source.height)
        picture = self._source.empty()
        with MappedFrame(hash(buffer), self._source) as frame:
            self._converters.get(self._source, self._source)(frame, self._source.frame(picture))
        view = dewarp(picture, self._map)
        layout = Layout(format="RGBA", width=surface.width, height=surface.height)
        address = capi.new_buffer(self._target.info().size, like=hash(buffer))
        with MappedFrame(address, self._target, MAP_WRITE) as target:
            self._converters.get(layout, self._target)(layout.frame(view), target)
        return capi.push(self.srcpad, address)
