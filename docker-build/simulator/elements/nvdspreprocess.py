"""nvdspreprocess: regions of the frames, or objects, for the inference elements that ask for them.

On hardware the element prepares tensors. Here it names the regions and says how they become tensors; nvinfer
(`input-tensor-meta`) makes them so when it infers.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyds
from gi.repository import Gst

from simulator.errors import ConfigurationError
from simulator.infer import inference
from simulator.inference.geometry import Rectangle, clipped
from simulator.inference.regions_file import RegionGroup, RegionSettings, read_regions_file
from simulator.inference.selection import IntervalCounter, eligible
from simulator.support import batches, region_metas
from simulator.support.base import both_ways, formats, metadata
from simulator.support.properties import GPU_ID, MAX_INT, boolean, declare, integer, text, unsigned
from simulator.support.transform import BatchTransform

TABLE = (
    unsigned("unique-id", 15),
    boolean("enable", True),
    GPU_ID,
    boolean("process-on-frame", True),
    integer("operate-on-gie-id", -1, bounds=(-1, MAX_INT)),
    text("target-unique-ids", ""),
    text("config-file", ""),
)
BORDER = 2


class NvDsPreProcess(BatchTransform):
    """Region lists of `[group-<n>]`, per source; in object mode, the objects of one inference element."""

    __gtype_name__ = "GstNvDsPreProcess"
    __gstmetadata__ = metadata(
        "gst-nvdspreprocess plugin",
        "gst-nvdspreprocess plugin",
        "Preprocessing using custom algorithms for different streams",
    )
    __gsttemplates__ = both_ways(formats(("NV12", "RGBA", "I420"), nvmm=True))
    PROPERTIES = TABLE
    __gproperties__ = declare(TABLE)

    def __init__(self) -> None:
        super().__init__()
        self._settings: RegionSettings | None = None
        self._counters: list[IntervalCounter] = []

    do_get_property = BatchTransform.do_get_property
    do_set_property = BatchTransform.do_set_property

    def open(self) -> None:
        """Read the regions."""
        path = self.values["config-file"]
        if not path:
            raise ConfigurationError("Configuration file not provided: set nvdspreprocess's config-file.")
        names = self.set_by_user - {"config-file"}
        overrides = {name: str(int(value) if isinstance(value, bool) else value) for name, value in self._set(names)}
        self._settings = read_regions_file(Path(path), overrides)
        self._counters = [IntervalCounter(interval=group.interval) for group in self._settings.groups]

    def _set(self, names: set[str]) -> Iterator[tuple[str, Any]]:
        return ((name, self.values[name]) for name in names)

    def process(self, batch: Any, _buffer: Gst.Buffer) -> None:
        """Name the regions of a batch."""
        settings = self._settings
        if settings is None or not settings.enabled:
            return
        due = [index for index, counter in enumerate(self._counters) if counter.due()]
        found = tuple(
            region
            for index in due
            for frame in batches.frames(batch)
            for region in _found(batch, frame, index, settings)
        )
        if found:
            prepared = batches.PreparedBatch(targets=settings.targets, regions=found, tensor=settings.tensor)
            batches.add_user_type(batch.batch_meta, batches.PREPARED, region_metas.attached(batch, prepared))


def _found(batch: Any, frame: Any, index: int, settings: RegionSettings) -> Iterator[batches.PreparedRegion]:
    """What a group takes from a frame."""
    group = settings.groups[index]
    layout = batches.picture_of(batch, frame).layout
    for wanted in settings.regions(index, frame.source_id):
        whole = Rectangle(left=0, top=0, width=layout.width, height=layout.height)
        region = whole if wanted is None else clipped(wanted, layout.width, layout.height)
        if region is None:
            raise ConfigurationError(f"A region of [group-{index}] lies outside its frame: {wanted}.")
        if group.shown is not None:
            _show(batch, frame, region, group.shown)
        if settings.on_frames:
            yield batches.PreparedRegion(batch_id=frame.batch_id, rectangle=region)
        else:
            yield from _objects(frame, group, region)


def _objects(frame: Any, group: RegionGroup, region: Rectangle) -> Iterator[batches.PreparedRegion]:
    """The objects of a frame that a group is for and that touch a region."""
    for obj in batches.objects(frame):
        candidate = inference.candidate_of(obj)
        if eligible(candidate, group.objects) and _touch(candidate.rectangle, region):
            yield batches.PreparedRegion(batch_id=frame.batch_id, rectangle=candidate.rectangle, obj=obj)


def _touch(one: Rectangle, other: Rectangle) -> bool:
    return (
        one.left < other.left + other.width
        and other.left < one.left + one.width
        and one.top < other.top + other.height
        and other.top < one.top + one.height
    )


def _show(batch: Any, frame: Any, region: Rectangle, colour: tuple[float, ...]) -> None:
    """Draw a region, as the element does unless `draw-roi` says no."""
    shown = pyds.nvds_acquire_display_meta_from_pool(batch.batch_meta)
    shown.num_rects = 1
    box = shown.rect_params[0]
    box.left, box.top, box.width, box.height = region.left, region.top, region.width, region.height
    box.border_width = BORDER
    box.border_color.set(*colour)
    pyds.nvds_add_display_meta_to_frame(frame, shown)
