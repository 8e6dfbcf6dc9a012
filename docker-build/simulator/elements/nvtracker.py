"""nvtracker: stable ids for the objects of each source."""

import secrets
from pathlib import Path
from typing import Any

import numpy as np
import pyds
from gi.repository import Gst
from pyds import _simulator as sim

from simulator.errors import NotSimulatedError
from simulator.infer import inference
from simulator.support import batches, nvevents
from simulator.support.attach import write_text
from simulator.support.base import both_ways, formats, metadata
from simulator.support.properties import (
    COMPUTE_HW,
    GPU_ID,
    MAX_INT,
    MAX_UINT,
    PLACEMENT,
    REFUSED,
    boolean,
    declare,
    integer,
    text,
    unsigned,
)
from simulator.support.transform import BatchTransform
from simulator.tracking.settings import TrackerSettings, read_tracker_file
from simulator.tracking.targets import Past, PastFrame
from simulator.tracking.tracker import Detected, Tracked, Tracker

TABLE = (
    unsigned("tracker-width", 960, PLACEMENT),
    unsigned("tracker-height", 544, PLACEMENT),
    GPU_ID,
    text("ll-config-file"),
    text("ll-lib-file"),
    unsigned("tracking-surface-type", 0, REFUSED),
    COMPUTE_HW,
    boolean("display-tracking-id", True),
    unsigned("tracking-id-reset-mode", 0, bounds=(0, 3)),
    boolean("input-tensor-meta", False, REFUSED),
    unsigned("tensor-meta-gie-id", 0, PLACEMENT),
    unsigned("user-meta-pool-size", 32, PLACEMENT, bounds=(1, MAX_UINT)),
    text("sub-batches", "", PLACEMENT),
    integer("sub-batch-err-recovery-trial-cnt", 0, PLACEMENT, bounds=(-1, MAX_INT)),
    text("operate-on-class-ids", ""),
)
KNOWN_LIBRARIES = ("libnvds_nvmultiobjecttracker.so", "libnvds_mot_iou.so", "libnvds_mot_klt.so", "libnvds_nvdcf.so")
NEW_IDS_AFTER_RESET, FROM_ZERO_AFTER_EOS = 1, 2


class NvTracker(BatchTransform):
    """An IoU and Kalman tracker with the limits of NVIDIA's low-level configuration file."""

    __gtype_name__ = "GstNvTracker"
    __gstmetadata__ = metadata("NvTracker plugin", "NvTracker functionality", "Gstreamer object tracking element")
    __gsttemplates__ = both_ways(formats(("I420", "NV12", "RGBA"), nvmm=True))
    PROPERTIES = TABLE
    __gproperties__ = declare(TABLE)

    def __init__(self) -> None:
        super().__init__()
        self.tracker: Tracker | None = None
        self._classes: frozenset[int] = frozenset()

    do_get_property = BatchTransform.do_get_property
    do_set_property = BatchTransform.do_set_property

    def open(self) -> None:
        """Read the low-level configuration."""
        library = self.values["ll-lib-file"]
        if library and Path(library).name not in KNOWN_LIBRARIES:
            raise NotSimulatedError(
                f"nvtracker's ll-lib-file={library} is native code, which the simulator does not load.",
                hint="NVIDIA's own tracker library is simulated; leave ll-lib-file at its name here.",
            )
        file = self.values["ll-config-file"]
        settings = read_tracker_file(Path(file.split(";")[0])) if file else TrackerSettings()
        if settings.output_shadow or settings.output_terminated:
            raise NotSimulatedError(
                "outputShadowTracks and outputTerminatedTracks are not simulated: pyds has no name for such lists.",
                hint="Set both to 0 in the low-level tracker configuration.",
            )
        inference.notify(self, settings.notices)
        self._classes = frozenset(int(part) for part in self.values["operate-on-class-ids"].split(";") if part)
        self.tracker = Tracker(settings, prefix=secrets.randbits(32))

    def close(self) -> None:
        """Forget all targets."""
        self.tracker = None

    def source_event(self, kind: int, source: int) -> None:
        """Forget a source's targets when it goes, and as `tracking-id-reset-mode` says."""
        if self.tracker is None:
            return
        mode = self.values["tracking-id-reset-mode"]
        if kind == nvevents.PAD_DELETED or (kind == nvevents.STREAM_RESET and mode & NEW_IDS_AFTER_RESET):
            self.tracker.forget(source)
        if kind == nvevents.STREAM_EOS and mode & FROM_ZERO_AFTER_EOS:
            self.tracker.forget(source)
            self.tracker.restart_ids()

    def process(self, batch: Any, _buffer: Gst.Buffer) -> None:
        """Give ids to the objects of each frame, in place."""
        tracker = self.tracker
        if tracker is None:
            return
        past = [(frame, found) for frame in batches.frames(batch) if (found := self._frame(batch, frame, tracker))]
        if past:
            _attach_past(batch, past)

    def _frame(self, batch: Any, frame: Any, tracker: Tracker) -> tuple[Past, ...]:
        own = [obj for obj in batches.objects(frame) if not self._classes or obj.class_id in self._classes]
        detected = _detected(own) if own or frame.bInferDone else None
        update = tracker.update(frame.pad_index, frame.frame_num, detected)
        reported = set()
        for tracked in update.tracked:
            if tracked.detection is None:
                self._predicted(batch, frame, tracked)
            else:
                reported.add(tracked.detection)
                self._write(own[tracked.detection], tracked)
        for index, obj in enumerate(own):
            if index not in reported:
                pyds.nvds_remove_obj_meta_from_frame(frame, obj)
        return update.past

    def _predicted(self, batch: Any, frame: Any, tracked: Tracked) -> None:
        obj = pyds.nvds_acquire_obj_meta_from_pool(batch.batch_meta)
        obj.class_id = tracked.class_id
        obj.rect_params.border_width = 3
        obj.rect_params.border_color.set(1.0, 0.0, 0.0, 1.0)
        self._write(obj, tracked)
        pyds.nvds_add_obj_meta_to_frame(frame, obj, None)

    def _write(self, obj: Any, tracked: Tracked) -> None:
        obj.object_id = tracked.object_id
        obj.tracker_confidence = tracked.confidence
        for box in (obj.rect_params, obj.tracker_bbox_info.org_bbox_coords):
            box.left, box.top, box.width, box.height = tracked.box
        if self.values["display-tracking-id"]:
            write_text(obj, f"{obj.obj_label} {tracked.object_id}".strip())


def _attach_past(batch: Any, past: list[tuple[Any, tuple[Past, ...]]]) -> None:
    """Where targets were in frames in which they were not reported yet, as user metadata of the batch."""
    streams = []
    for frame, targets in past:
        stream = sim.listing(pyds.NvDsTargetMiscDataStream, [_past_object(target) for target in targets])
        stream.streamID, stream.surfaceStreamID = frame.source_id, frame.source_id
        stream.numAllocated = stream.numFilled = len(targets)
        streams.append(stream)
    whole = sim.listing(pyds.NvDsTargetMiscDataBatch, streams)
    whole.numAllocated = whole.numFilled = len(streams)
    sim.add_user_data(batch.batch_meta, pyds.NvDsMetaType.NVDS_TRACKER_PAST_FRAME_META, whole)


def _past_object(target: Past) -> Any:
    made = sim.listing(pyds.NvDsTargetMiscDataObject, [_past_frame(each) for each in target.frames])
    made.numObj, made.uniqueId, made.classId = len(target.frames), target.object_id, target.class_id
    return made


def _past_frame(each: PastFrame) -> Any:
    made = pyds.NvDsTargetMiscDataFrame()
    made.frameNum, made.confidence, made.age = each.frame, each.confidence, each.age
    box = made.tBbox
    box.left, box.top, box.width, box.height = each.box
    return made


def _detected(objects: list[Any]) -> Detected:
    boxes = [(box.left, box.top, box.width, box.height) for box in (obj.rect_params for obj in objects)]
    return Detected(
        boxes=np.array(boxes, np.float32).reshape(-1, 4),
        class_ids=np.array([obj.class_id for obj in objects], np.int32),
        confidences=np.array([obj.confidence for obj in objects], np.float32),
    )
