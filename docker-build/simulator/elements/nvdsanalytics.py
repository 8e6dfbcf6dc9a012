"""nvdsanalytics: regions, crowds, directions and line crossings of tracked objects, as metadata and drawings."""

from pathlib import Path
from typing import Any

import pyds
from gi.repository import Gst

from simulator.analytics.rules import Crowd, Region, StreamRules
from simulator.analytics.settings import AnalyticsSettings, read_analytics_file, scaled
from simulator.analytics.state import FrameResult, ObjectResult, Seen, StreamState
from simulator.errors import ConfigurationError
from simulator.infer import inference
from simulator.support import batches, nvevents
from simulator.support.base import both_ways, formats, metadata
from simulator.support.properties import boolean, declare, text, unsigned
from simulator.support.transform import BatchTransform

TABLE = (
    unsigned("unique-id", 17),
    boolean("enable", True),
    text("config-file"),
)
MILLISECOND = 1_000_000
LABELS, SHAPES = 1, 2
ROOM = 16
"""Lines in one NvDsDisplayMeta."""


class NvDsAnalytics(BatchTransform):
    """One state per source; the file's coordinates are brought to the frames' size."""

    __gtype_name__ = "GstNvDsAnalytics"
    __gstmetadata__ = metadata("DsAnalytics plugin", "DsAnalytics Plugin", "Process analytics algorithm on objects ")
    __gsttemplates__ = both_ways(formats(("NV12", "RGBA"), nvmm=True))
    PROPERTIES = TABLE
    __gproperties__ = declare(TABLE)

    def __init__(self) -> None:
        super().__init__()
        self._settings: AnalyticsSettings | None = None
        self._states: dict[int, StreamState] = {}

    do_get_property = BatchTransform.do_get_property
    do_set_property = BatchTransform.do_set_property

    def open(self) -> None:
        """Read the rules."""
        if not self.values["config-file"]:
            raise ConfigurationError("Configuration file not provided: set nvdsanalytics's config-file.")
        self._settings = read_analytics_file(Path(self.values["config-file"]))
        self._states.clear()
        inference.notify(self, self._settings.notices)

    def property_changed(self, name: str, _value: Any) -> None:
        """Another file at run time starts afresh."""
        if name == "config-file" and self._settings is not None:
            self.open()

    def source_event(self, kind: int, source: int) -> None:
        """Forget a source that went."""
        if kind == nvevents.PAD_DELETED:
            self._states.pop(source, None)

    def process(self, batch: Any, _buffer: Gst.Buffer) -> None:
        """Judge the objects of each frame that has rules."""
        settings = self._settings
        if settings is None or not settings.enable or not self.values["enable"]:
            return
        for frame in batches.frames(batch):
            rules = settings.streams.get(frame.pad_index)
            if rules is not None:
                self._frame(batch, frame, settings, rules)

    def _frame(self, batch: Any, frame: Any, settings: AnalyticsSettings, rules: StreamRules) -> None:
        state = self._states.get(frame.pad_index)
        if state is None:
            layout = batches.picture_of(batch, frame).layout
            own = scaled(rules, settings, layout.width, layout.height)
            state = StreamState(rules=own, count_window=settings.count_window * MILLISECOND)
            self._states[frame.pad_index] = state
        objects = list(batches.objects(frame))
        result = state.update([_seen(obj) for obj in objects], frame.buf_pts)
        for obj, found in zip(objects, result.objects, strict=True):
            self._attach_object(obj, found)
        self._attach_frame(frame, result)
        if settings.osd_mode:
            _draw(batch, frame, state.rules, result, settings)

    def _attach_object(self, obj: Any, found: ObjectResult) -> None:
        info = pyds.NvDsAnalyticsObjInfo()
        info.roiStatus, info.ocStatus = list(found.regions), list(found.crowds)
        info.lcStatus, info.dirStatus, info.objStatus = list(found.lines), found.direction, found.status
        info.unique_id = self.values["unique-id"]
        batches.add_user_type(obj, batches.OBJECT_ANALYTICS, info)

    def _attach_frame(self, frame: Any, result: FrameResult) -> None:
        meta = pyds.NvDsAnalyticsFrameMeta()
        meta.objInROIcnt, meta.ocStatus, meta.objCnt = result.in_region, result.overcrowded, result.counts
        meta.objLCCurrCnt, meta.objLCCumCnt = result.crossed, result.crossed_ever
        meta.unique_id = self.values["unique-id"]
        batches.add_user_type(frame, batches.FRAME_ANALYTICS, meta)


def _seen(obj: Any) -> Seen:
    box = obj.rect_params
    return Seen(object_id=obj.object_id, class_id=obj.class_id, box=(box.left, box.top, box.width, box.height))


def _draw(batch: Any, frame: Any, rules: StreamRules, result: FrameResult, settings: AnalyticsSettings) -> None:
    """Outlines of regions and lines, with their labels and counts."""
    segments, words = [], []
    areas: tuple[Region | Crowd, ...] = (*rules.regions, *rules.crowds)
    for area in areas:
        segments += list(zip(area.corners, (*area.corners[1:], area.corners[0]), strict=True))
        words.append((area.corners[0], f"{area.label} ={result.in_region.get(area.label, 0)}"))
    for line in rules.lines:
        segments.append((line.points[2], line.points[3]))
        words.append((line.points[2], f"{line.label}={result.crossed_ever.get(line.label, 0)}"))
    for way in rules.directions:
        segments.append((way.points[0], way.points[1]))
        words.append((way.points[0], way.label))
    if settings.osd_mode == SHAPES:
        for start in range(0, len(segments), ROOM):
            _lines(batch, frame, segments[start : start + ROOM])
    for start in range(0, len(words), ROOM):
        _words(batch, frame, words[start : start + ROOM], settings.font_size)


def _lines(batch: Any, frame: Any, segments: list[Any]) -> None:
    shown = pyds.nvds_acquire_display_meta_from_pool(batch.batch_meta)
    shown.num_lines = len(segments)
    for line, ((x1, y1), (x2, y2)) in zip(shown.line_params, segments, strict=False):
        line.x1, line.y1, line.x2, line.y2, line.line_width = int(x1), int(y1), int(x2), int(y2), 2
        line.line_color.set(0.0, 1.0, 0.0, 1.0)
    pyds.nvds_add_display_meta_to_frame(frame, shown)


def _words(batch: Any, frame: Any, words: list[Any], size: int) -> None:
    shown = pyds.nvds_acquire_display_meta_from_pool(batch.batch_meta)
    shown.num_labels = len(words)
    for label, ((x, y), said) in zip(shown.text_params, words, strict=False):
        label.display_text, label.x_offset, label.y_offset = said, int(x), int(y)
        label.font_params.font_name, label.font_params.font_size = "Serif", size
        label.font_params.font_color.set(1.0, 1.0, 1.0, 1.0)
    pyds.nvds_add_display_meta_to_frame(frame, shown)
