"""nvdspreprocess: regions of the frames, or objects, for the inference elements that ask for them.

On hardware the element prepares tensors. Here it names the regions; nvinfer (`input-tensor-meta`) preprocesses them
with its own configuration, which gives the same results when both files agree, as they must on hardware too.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gi.repository import Gst

from simulator.errors import ConfigurationError
from simulator.inference.geometry import Rectangle as Region
from simulator.inference.selection import eligible
from simulator.inference.settings import ObjectFilter
from simulator.keyfile import boolean as read_boolean
from simulator.keyfile import integers, read_groups

from . import batches, inferring
from .base import both_ways, formats, metadata
from .properties import GPU_ID, MAX_INT, boolean, declare, integer, text, unsigned
from .transform import BatchTransform

TABLE = (
    unsigned("unique-id", 15),
    boolean("enable", True),
    GPU_ID,
    boolean("process-on-frame", True),
    integer("operate-on-gie-id", -1, bounds=(-1, MAX_INT)),
    text("target-unique-ids", ""),
    text("config-file", ""),
)
ALL_SOURCES = -1
NUMBERS_OF_A_REGION = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """One `[group-<n>]`: sources (-1 for all), their regions in pixels, classes of objects."""

    sources: frozenset[int]
    regions: Mapping[int, tuple[Region, ...]]
    class_ids: frozenset[int] = frozenset()


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
        self._groups: tuple[Group, ...] = ()
        self._targets: frozenset[int] = frozenset()
        self._enabled, self._on_frame, self._component = True, True, -1

    do_get_property = BatchTransform.do_get_property
    do_set_property = BatchTransform.do_set_property

    def open(self) -> None:
        """Read the regions."""
        if not self.values["config-file"]:
            raise ConfigurationError("Configuration file not provided: set nvdspreprocess's config-file.")
        groups = read_groups(Path(self.values["config-file"]))
        base = groups.get("property", {})
        self._enabled = self.values["enable"] and read_boolean(base.get("enable", "1"))
        self._on_frame = self._choose("process-on-frame", read_boolean(base.get("process-on-frame", "1")))
        self._component = self._choose("operate-on-gie-id", int(base.get("operate-on-gie-id", "-1")))
        ids = self.values["target-unique-ids"] or base.get("target-unique-ids", "")
        self._targets = frozenset(integers(ids))
        self._groups = tuple(_group(name, keys) for name, keys in groups.items() if name.startswith("group-"))
        if self._on_frame and not self._groups:
            raise ConfigurationError(f"{self.values['config-file']}: no [group-<n>] is configured.")

    def _choose(self, name: str, from_file: Any) -> Any:
        return self.values[name] if name in self.set_by_user else from_file

    def process(self, batch: Any, _buffer: Gst.Buffer) -> None:
        """Name the regions of a batch."""
        if not self._enabled:
            return
        find = self._frame_regions if self._on_frame else self._object_regions
        regions = tuple(region for frame in batches.frames(batch) for region in find(batch, frame))
        prepared = batches.PreparedBatch(targets=self._targets, regions=regions)
        batches.add_user_type(batch.batch_meta, batches.PREPARED, prepared)

    def _frame_regions(self, batch: Any, frame: Any) -> Iterator[batches.PreparedRegion]:
        layout = batches.picture_of(batch, frame).layout
        whole = (Region(left=0, top=0, width=layout.width, height=layout.height),)
        for group in self._groups:
            if group.sources & {ALL_SOURCES, frame.source_id}:
                for region in group.regions.get(frame.source_id, whole):
                    yield batches.PreparedRegion(batch_id=frame.batch_id, rectangle=region)

    def _object_regions(self, _batch: Any, frame: Any) -> Iterator[batches.PreparedRegion]:
        classes = frozenset().union(*(group.class_ids for group in self._groups))
        limits = ObjectFilter(component_id=self._component, class_ids=classes)
        for obj in batches.objects(frame):
            candidate = inferring.candidate_of(obj)
            if eligible(candidate, limits):
                yield batches.PreparedRegion(batch_id=frame.batch_id, rectangle=candidate.rectangle, obj=obj)


def _group(name: str, keys: Mapping[str, str]) -> Group:
    sources = frozenset(integers(keys.get("src-ids", str(ALL_SOURCES))))
    regions: dict[int, tuple[Region, ...]] = {}
    for key, words in keys.items():
        found = re.fullmatch(r"roi-params-src-(\d+)", key)
        if found:
            regions[int(found[1])] = _regions(name, key, integers(words))
    classes = frozenset(integers(keys.get("operate-on-class-ids", "")))
    return Group(sources=sources, regions=regions, class_ids=classes)


def _regions(group: str, key: str, numbers: tuple[int, ...]) -> tuple[Region, ...]:
    if not numbers or len(numbers) % NUMBERS_OF_A_REGION or min(numbers) < 0:
        raise ConfigurationError(f"'{key}' in group '{group}' needs left;top;width;height for each region.")
    quads = zip(*[iter(numbers)] * NUMBERS_OF_A_REGION, strict=True)
    return tuple(Region(left=left, top=top, width=width, height=height) for left, top, width, height in quads)
