"""Results as metadata, in the places and with the looks that nvinfer gives them."""

from collections.abc import Iterable
from typing import Any

import pyds
from pyds import _simulator as sim

from simulator.inference.engine import InferenceEngine
from simulator.inference.postprocess import Attribute, DetectedObject, Segmentation
from simulator.inference.selection import UNTRACKED
from simulator.inference.session import Tensors
from simulator.inference.settings import InferSettings
from simulator.support import batches

FONT, FONT_SIZE = "Serif", 11
BORDER = 3
LABEL_BYTES = 128
TEXT_ABOVE = 10
"""Pixels between the top of a box and its text."""


def detections(  # noqa: PLR0913 # two of them place a crop
    batch: Any,
    frame: Any,
    found: Iterable[DetectedObject],
    settings: InferSettings,
    *,
    parent: Any = None,
    offset: tuple[float, float] = (0.0, 0.0),
) -> None:
    """Add detected objects to a frame.

    Args:
        batch: The batch's metadata.
        frame: The frame's metadata.
        found: Objects; boxes in pixels of the frame, or of the crop that begins at `offset`.
        settings: Whose objects they are.
        parent: The object that was looked into, for a secondary detector.
        offset: Left and top of the crop in the frame, pixels.
    """
    for each in found:
        obj = pyds.nvds_acquire_obj_meta_from_pool(batch.batch_meta)
        left, top, width, height = each.box
        box = (left + offset[0], top + offset[1], width, height)
        obj.unique_component_id = settings.unique_id
        obj.class_id = each.class_id
        obj.object_id = UNTRACKED
        obj.confidence = each.confidence
        _place(obj, box)
        _frame_box(obj, each.border_colour, each.background)
        if each.mask is not None and settings.output_instance_mask:
            _mask(obj, each.mask, settings.segmentation_threshold)
        if each.label:
            obj.obj_label = shortened(each.label)
        write_text(obj, each.label or "")
        pyds.nvds_add_obj_meta_to_frame(frame, obj, parent)


def shortened(label: str) -> str:
    """As much of a label as its 128 bytes hold; NVIDIA's element copies with the same bound."""
    return label.encode()[: LABEL_BYTES - 1].decode(errors="ignore")


def _place(obj: Any, box: tuple[float, float, float, float]) -> None:
    rectangle, original = obj.rect_params, obj.detector_bbox_info.org_bbox_coords
    rectangle.left, rectangle.top, rectangle.width, rectangle.height = box
    original.left, original.top, original.width, original.height = box


def _frame_box(obj: Any, border: tuple[float, ...], background: tuple[float, ...] | None) -> None:
    rectangle = obj.rect_params
    rectangle.border_width = BORDER
    rectangle.border_color.set(*border)
    rectangle.has_bg_color = int(background is not None)
    if background is not None:
        rectangle.bg_color.set(*background)


def _mask(obj: Any, mask: Any, threshold: float) -> None:
    params = obj.mask_params
    params.height, params.width = mask.shape
    params.threshold = threshold
    params.alloc_mask_array()[:] = mask.reshape(-1)


def write_text(obj: Any, words: str) -> None:
    """The text above a box: white on black, in Serif 11."""
    if not words:
        return
    text, rectangle = obj.text_params, obj.rect_params
    text.display_text = words
    text.x_offset = max(0, int(rectangle.left))
    text.y_offset = max(0, int(rectangle.top) - TEXT_ABOVE)
    text.set_bg_clr = 1
    text.text_bg_clr.set(0.0, 0.0, 0.0, 1.0)
    text.font_params.font_name = FONT
    text.font_params.font_size = FONT_SIZE
    text.font_params.font_color.set(1.0, 1.0, 1.0, 1.0)


def whole_frame(batch: Any, frame: Any, settings: InferSettings) -> Any:
    """The object that a primary classifier's labels hang on: the frame itself, without a border."""
    obj = pyds.nvds_acquire_obj_meta_from_pool(batch.batch_meta)
    obj.unique_component_id, obj.object_id = settings.unique_id, UNTRACKED
    layout = batches.picture_of(batch, frame).layout
    _place(obj, (0.0, 0.0, float(layout.width), float(layout.height)))
    pyds.nvds_add_obj_meta_to_frame(frame, obj, None)
    return obj


def classification(
    batch: Any, obj: Any, attributes: Iterable[Attribute], settings: InferSettings, *, text: str
) -> None:
    """Add a classifier's labels to an object, and to its text what the classifier says of it."""
    attributes = tuple(attributes)
    if not attributes:
        return
    meta = pyds.nvds_acquire_classifier_meta_from_pool(batch.batch_meta)
    meta.unique_component_id = settings.unique_id
    meta._classifier_type = settings.classifier_type  # the bindings do not show it; messages do
    for attribute in attributes:
        label = pyds.nvds_acquire_label_info_meta_from_pool(batch.batch_meta)
        label.label_id = attribute.index
        label.result_class_id = attribute.value
        label.result_prob = attribute.confidence
        if attribute.label:
            label.result_label = shortened(attribute.label)
        pyds.nvds_add_label_info_meta_to_classifier(meta, label)
    pyds.nvds_add_classifier_meta_to_object(obj, meta)
    _append(obj, text.strip())


def _append(obj: Any, words: str) -> None:
    if not words:
        return
    before = sim.text_of(obj.text_params, "display_text")
    write_text(obj, f"{before} {words}".strip())


def segmentation(frame: Any, obj: Any, found: Segmentation, unique_id: int) -> None:
    """Add a class map as user metadata of the frame, or of the object that was looked into."""
    meta = sim.segmentation_meta(found.class_map, found.classes, unique_id=unique_id, probabilities=found.probabilities)
    sim.add_user_data(frame if obj is None else obj, pyds.NvDsMetaType.NVDSINFER_SEGMENTATION_META, meta)


def outputs(frame: Any, obj: Any, tensors: Tensors, engine: InferenceEngine) -> None:
    """Add the raw outputs of one frame, or of one object, as NvDsInferTensorMeta."""
    session = engine.session
    network = (session.width, session.height, session.channels)
    meta = sim.tensor_meta(tensors, unique_id=engine.settings.unique_id, network=network)
    sim.add_user_data(frame if obj is None else obj, pyds.NvDsMetaType.NVDSINFER_TENSOR_OUTPUT_META, meta)
