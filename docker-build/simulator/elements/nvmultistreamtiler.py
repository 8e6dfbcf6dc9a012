"""nvmultistreamtiler: the frames of a batch as tiles of one frame, their objects in one frame's metadata."""

import math
from typing import Any

from gi.repository import Gst

from simulator.support import batches, capi, nvevents
from simulator.support.base import both_ways, caps_of, formats, metadata
from simulator.support.properties import (
    COMPUTE_HW,
    GPU_ID,
    INTERPOLATION,
    MAX_INT,
    MAX_UINT,
    PLACEMENT,
    REFUSED,
    boolean,
    choice,
    declare,
    integer,
    memory_type,
    pointer,
    unsigned,
)
from simulator.support.transform import PushTransform
from simulator.support.video import Converters, Layout, Rectangle

FORMATS = ("NV12", "RGBA", "I420")
TABLE = (
    unsigned("columns", 1, bounds=(1, MAX_UINT)),
    unsigned("rows", 1, bounds=(1, MAX_UINT)),
    unsigned("width", 1920, bounds=(16, MAX_UINT)),
    unsigned("height", 1080, bounds=(16, MAX_UINT)),
    unsigned("buffer-pool-size", 5, PLACEMENT, bounds=(4, 10)),
    GPU_ID,
    boolean("square-seq-grid", False, REFUSED),
    integer("show-source", -1, bounds=(-1, MAX_INT)),
    pointer("custom-tile-config", readable=False),
    memory_type(2),
    COMPUTE_HW,
    choice("interpolation-method", INTERPOLATION, 0),
)
BLACK = {"NV12": (16, 128), "I420": (16, 128), "RGBA": (0, 255)}


class NvMultiStreamTiler(PushTransform):
    """A source's tile is its pad index, row by row; a source without a frame in a batch keeps its last frame."""

    __gtype_name__ = "GstNvMultiStreamTiler"
    __gstmetadata__ = metadata("Stream Tiler DS", "Generic", "Tile input multistream buffer into a 2D array")
    __gsttemplates__ = both_ways(formats(FORMATS, nvmm=True))
    PROPERTIES = TABLE
    __gproperties__ = declare(TABLE)

    def __init__(self) -> None:
        super().__init__()
        self.converters = Converters()
        self._kept: dict[int, tuple[int, Any]] = {}
        self._target: Layout | None = None
        self._canvas: Any = None
        self._frame_number = 0
        self._grid: tuple[int, int] | None = None

    do_get_property = PushTransform.do_get_property
    do_set_property = PushTransform.do_set_property

    def do_transform_caps(self, direction: Gst.PadDirection, caps: Gst.Caps, wanted: Gst.Caps | None) -> Gst.Caps:
        result = Gst.Caps.new_empty()
        for index in range(caps.get_size()):
            structure = caps.get_structure(index).copy()
            for name, side in (("width", self.width), ("height", self.height)):
                value = side if direction == Gst.PadDirection.SINK else Gst.IntRange(range(1, MAX_INT))
                structure.set_value(name, value)
            if structure.has_field("batch-size"):
                structure.remove_field("batch-size")
                if direction == Gst.PadDirection.SINK:
                    structure.set_value("batch-size", 1)
            result = Gst.Caps.merge(result, caps_of(structure, nvmm=True))
        return wanted.intersect_full(result, Gst.CapsIntersectMode.FIRST) if wanted else result

    @property
    def width(self) -> int:
        """Width of the output, rounded up to four as NVIDIA's tiler does."""
        return int(self.values["width"] + 3) & ~3

    @property
    def height(self) -> int:
        """Height of the output, rounded up to four."""
        return int(self.values["height"] + 3) & ~3

    def do_set_caps(self, _incoming: Gst.Caps, outgoing: Gst.Caps) -> bool:
        self._target = Layout.from_caps(outgoing)
        self._blacken()
        return True

    def open(self) -> None:
        """Start with the grid that the properties ask for."""
        self._grid, self._frame_number = None, 0

    def close(self) -> None:
        """Release the frames."""
        for source in list(self._kept):
            self._forget(source)
        self.converters, self._canvas = Converters(), None

    def property_changed(self, name: str, _value: Any) -> None:
        """A new grid or another shown source starts from a black frame."""
        if name in ("rows", "columns", "show-source"):
            self._grid = None
            self._blacken()

    @property
    def grid(self) -> tuple[int, int]:
        """Rows and columns; they grow when a source arrives that has no tile."""
        return self._grid or (self.values["rows"], self.values["columns"])

    def tile(self, source: int) -> Rectangle | None:
        """Where a source goes in the output; None when it is not shown."""
        shown = self.values["show-source"]
        if shown >= 0:
            return (0, 0, self.width, self.height) if source == shown else None
        rows, columns = self.grid
        if source >= rows * columns:
            return None
        width, height = self.width // columns & ~1, self.height // rows & ~1
        return (source % columns * width, source // columns * height, width, height)

    def source_event(self, kind: int, source: int) -> None:
        """Make room for a new source; blacken the tile of one that went."""
        if kind == nvevents.PAD_ADDED:
            rows, columns = self.grid
            if source >= rows * columns:
                rows = math.isqrt(source + 1)
                self._grid = (rows, math.ceil((source + 1) / rows))
                self._blacken()
        elif kind in (nvevents.PAD_DELETED, nvevents.STREAM_EOS):
            self._forget(source)
            self._blacken()

    def _blacken(self) -> None:
        if self._target is None:
            return
        self._canvas = self._target.empty()
        luma, rest = BLACK[self._target.format]
        if self._target.format == "RGBA":
            self._canvas[:] = luma
            self._canvas[..., 3] = rest
        else:
            self._canvas[: self._target.height] = luma
            self._canvas[self._target.height :] = rest

    def handle(self, buffer: Gst.Buffer) -> int:
        """Compose one frame from a batch."""
        batch = batches.of(hash(buffer))
        if batch is None or self._target is None:
            raise ValueError("nvmultistreamtiler got a buffer without batch metadata: put nvstreammux before it.")
        for frame in batches.frames(batch):
            self._place(batch, frame, hash(buffer), self._target)
        address = capi.new_buffer(batches.DESCRIPTOR_BYTES, like=hash(buffer))
        made = self._composed(buffer.pts, self._target)
        batches.copy_batch_user_metas(batch, made)
        # The frames are composed: what is kept of the batch is its metadata, which takes no place in a pool.
        made.slot, batch.slot = batch.slot, None
        batches.attach(address, made)
        return capi.push(self.srcpad, address)

    def _place(self, batch: Any, frame: Any, address: int, target: Layout) -> None:
        place = self.tile(frame.pad_index)
        if place is None:
            return
        found = batches.picture_of(batch, frame)
        surface, layout = found.pixels, found.layout
        nearest = self.values["interpolation-method"] in (0, 6)
        converter = self.converters.get(layout, target, place=place, nearest=nearest, border=None)
        converter(layout.frame(surface), target.frame(self._canvas))
        batches.scale_frame(frame, (0, 0, layout.width, layout.height), place)
        self._forget(frame.pad_index)
        self._kept[frame.pad_index] = (capi.gst.gst_mini_object_ref(address), frame)

    def _forget(self, source: int) -> None:
        held = self._kept.pop(source, None)
        if held is not None:
            capi.gst.gst_mini_object_unref(held[0])

    def _composed(self, pts: int, target: Layout) -> Any:
        """A batch of one frame with the objects and drawings of all tiles."""
        made = batches.create(1)
        facts = batches.FrameFacts(
            surface=self._canvas.copy(),
            layout=target,
            frame_number=self._frame_number,
            pts=pts,
            source_size=(self.width, self.height),
        )
        frame = batches.add_frame(made, facts)
        self._frame_number += 1
        for source in sorted(self._kept, reverse=True):
            batches.copy_contents(self._kept[source][1], frame)
        return made
