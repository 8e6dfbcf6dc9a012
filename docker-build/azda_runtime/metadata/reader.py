"""Metadata as plain values, for messages."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pyds

from azda_runtime.messages.detections import Classification, SeenFrame, SeenObject, Segmentation
from azda_runtime.metadata.lists import as_added, objects
from azda_runtime.metadata.writer import UNTRACKED


class Moment(NamedTuple):
    """When a frame was taken, in nanoseconds.

    Attributes:
        wall: Since 1970 (UTC).
        video: Since the start of the video file; None for a camera.
    """

    wall: int
    video: int | None = None


def seen_frame(
    frame: Any, *, sensor: str, time: Moment, custom: Any, custom_info: Callable[[Any], Any] | None = None
) -> SeenFrame:
    """What was found in a frame.

    Args:
        frame: Its metadata.
        sensor: Its stream's sensor.
        time: When it was taken.
        custom: The primary parser's own message.
        custom_info: Gives what the secondary parsers say about an object; None without secondary parsers.
    """
    return SeenFrame(
        sensor=sensor,
        number=frame.frame_num,
        time=time.wall,
        video_time=time.video,
        width=frame.source_frame_width,
        height=frame.source_frame_height,
        objects=tuple([_object(each, custom_info and custom_info(each)) for each in objects(frame)]),
        custom=custom,
        segmentation=_segmentation(frame),
    )


def _object(seen: Any, custom_info: Any) -> SeenObject:
    box, tracking = seen.rect_params, seen.object_id
    return SeenObject(
        class_id=seen.class_id,
        label=text_of(seen, "obj_label"),
        confidence=seen.confidence,
        box=(box.left, box.top, box.width, box.height),
        component_id=seen.unique_component_id,
        tracking_id=None if tracking == UNTRACKED else tracking,
        classifications=_classifications(seen),
        custom_info=custom_info,
    )


def text_of(meta: Any, name: str) -> str:
    """A label; empty where it is not UTF-8, as in a labels file of another encoding: the bindings cannot read it."""
    try:
        text: str = getattr(meta, name)
    except UnicodeDecodeError:
        return ""
    return text


def _classifications(seen: Any) -> tuple[Classification, ...]:
    head = seen.classifier_meta_list
    if head is None:
        return ()
    return tuple(
        Classification(
            class_id=int(label.result_class_id),
            label=text_of(label, "result_label"),
            confidence=float(label.result_prob),
            component_id=int(meta.unique_component_id),
        )
        for meta in as_added(head, pyds.NvDsClassifierMeta.cast)
        for label in as_added(meta.label_info_list, pyds.NvDsLabelInfo.cast)
    )


def _segmentation(frame: Any) -> Segmentation | None:
    for user in as_added(frame.frame_user_meta_list, pyds.NvDsUserMeta.cast):
        if user.base_meta.meta_type == pyds.NvDsMetaType.NVDSINFER_SEGMENTATION_META:
            meta = pyds.NvDsInferSegmentationMeta.cast(user.user_meta_data)
            classes, cells = np.unique(pyds.get_segmentation_masks(meta), return_counts=True)
            return Segmentation(
                width=int(meta.width),
                height=int(meta.height),
                cells=dict(zip(classes.tolist(), cells.tolist(), strict=True)),
                component_id=int(getattr(meta, "unique_id", 0)),
            )
    return None
