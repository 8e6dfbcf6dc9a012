"""Outputs of a frame to objects, attributes or a class map, as nvinfer's built-in postprocessors make them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from simulator.errors import ConfigurationError, ModelError
from simulator.inference.detections import Detections
from simulator.inference.geometry import Boxes, Placement, Rectangle
from simulator.inference.session import Tensors
from simulator.inference.settings import ClassSettings, InferSettings

Labels = tuple[tuple[str, ...], ...]
"""Lines of the label file, each split at `;`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DetectedObject:
    """An object in the frame; see NvDsObjectMeta.

    Attributes:
        box: Left, top, width and height in frame pixels.
        label: The class's name, or None where the label file has none.
        mask: An instance mask over the box, shape (height, width), float32, of a size of its own.
    """

    class_id: int
    box: tuple[float, float, float, float]
    confidence: float
    label: str | None
    border_colour: tuple[float, ...]
    background: tuple[float, ...] | None
    mask: npt.NDArray[np.float32] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Attribute:
    """One classification; see NvDsLabelInfo.

    Attributes:
        index: The output layer's number (`label_id`).
        value: The best class (`result_class_id`).
        confidence: Its probability (`result_prob`).
        label: Its name, or None where the label file has none.
    """

    index: int
    value: int
    confidence: float
    label: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Segmentation:
    """A class per pixel; see NvDsInferSegmentationMeta.

    Attributes:
        class_map: Shape (height, width), int32; -1 where no class passes the threshold.
        probabilities: The output layer as it came, float32.
        classes: How many classes there are.
    """

    class_map: npt.NDArray[np.int32]
    probabilities: npt.NDArray[np.float32]
    classes: int


def read_labels(path: Path | None) -> Labels:
    """Read a label file: a line per class of a detector, or per output of a classifier with names between `;`.

    Raises:
        ConfigurationError: If the file cannot be read.
    """
    if path is None:
        return ()
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"Could not open labels file:{path}: {error}") from error
    return tuple(tuple(line.rstrip("\r").split(";")) for line in lines if line)


def classify(outputs: Tensors, threshold: float, labels: Labels) -> tuple[Attribute, ...]:
    """Take the best class of each output layer that is above the threshold.

    Args:
        outputs: A softmax layer per attribute; a layer's first dimension is its classes.
        threshold: Probabilities must be greater.
        labels: A line per layer.
    """
    attributes = []
    for index, layer in enumerate(outputs.values()):
        scores = layer.reshape(-1)[: layer.shape[0] if layer.ndim else 1]
        best = int(scores.argmax())
        confidence = float(scores[best])
        if confidence > max(threshold, 0.0):
            names = labels[index] if index < len(labels) else ()
            label = names[best] if best < len(names) else None
            attributes.append(Attribute(index=index, value=best, confidence=confidence, label=label))
    return tuple(attributes)


def label_text(attributes: Sequence[Attribute]) -> str:
    """Give what nvinfer appends to an object's display text: the names, each followed by a blank."""
    return "".join(f"{attribute.label} " for attribute in attributes if attribute.label)


def segment(outputs: Tensors, settings: InferSettings, width: int, height: int) -> Segmentation:
    """Take the most probable class of each pixel in the first output layer.

    Args:
        outputs: The frame's outputs; the first has shape (classes, height, width), or (height, width, classes) by
            `segmentation-output-order`.
        settings: Threshold, number of classes, order.
        width: The network's width in pixels.
        height: Its height.

    Raises:
        ModelError: If the layer is not float32, or not a map of the network's size with a channel per class.
    """
    name, layer = next(iter(outputs.items()))
    if any(output.dtype != np.float32 for output in outputs.values()):
        raise ModelError(f"Default segment parsing function supports datatype FP32 only; '{name}' is {layer.dtype}")
    axis = 2 if settings.segmentation_channels_last else 0
    expected = [height, width]
    expected.insert(axis, settings.segmentation_classes)
    if list(layer.shape) != expected:
        raise ModelError(
            f"Output '{name}' has shape {layer.shape}; {settings.segmentation_classes} classes over {width} x "
            f"{height} pixels need "
            f"{tuple(expected)}",
            hint="Check num-detected-classes and segmentation-output-order.",
        )
    best = layer.argmax(axis=axis).astype(np.int32)
    best[layer.max(axis=axis) <= max(settings.segmentation_threshold, -1.0)] = -1
    return Segmentation(class_map=best, probabilities=layer, classes=settings.segmentation_classes)


def to_objects(  # noqa: PLR0913 # where, of what size, by which rules
    found: Detections,
    placement: Placement,
    frame_size: tuple[int, int],
    settings: InferSettings,
    labels: Labels,
    *,
    region: Rectangle | None = None,
) -> tuple[DetectedObject, ...]:
    """Bring clustered boxes back to the frame and drop what the class's limits exclude.

    Args:
        found: Boxes in network pixels.
        placement: Where the frame or the object stood in the network's input.
        frame_size: Width and height of the frame in pixels.
        settings: Limits, colours, filtered classes.
        labels: The class names.
        region: The region of nvdspreprocess that was inferred on; the boxes are the frame's then.

    Returns:
        The objects in nvinfer's order. On an object's crop, left and top are relative to the crop; the element adds
        the object's own.
    """
    boxes = placement.to_source(found.boxes, region, clip=settings.clip_to_region)
    objects = []
    masks = [None] * len(found) if found.masks is None else found.masks.tolist()
    rows = zip(found.class_ids.tolist(), boxes, found.confidences.tolist(), masks, strict=True)
    for class_id, box, confidence, mask in rows:
        limits = settings.classes[class_id]
        kept = None if class_id in settings.filter_out else _within(box, limits, frame_size, crop=settings.crop_to_roi)
        if kept is None:
            continue
        objects.append(
            DetectedObject(
                class_id=class_id,
                box=kept,
                confidence=confidence,
                label=labels[class_id][0] if class_id < len(labels) else None,
                border_colour=limits.border_colour,
                background=limits.background,
                mask=mask,
            )
        )
    return tuple(objects)


def _within(
    box: Boxes, limits: ClassSettings, frame_size: tuple[int, int], *, crop: bool
) -> tuple[float, float, float, float] | None:
    """Apply the size and region limits of a class; the region is cropped to, or excludes."""
    left, top, width, height = box.tolist()
    frame_width, frame_height = frame_size
    if width < limits.min_width or height < limits.min_height:
        return None
    if 0 < limits.max_width < width or 0 < limits.max_height < height:
        return None
    lowest = frame_height - limits.roi_bottom_offset
    if crop:
        top = max(top, float(limits.roi_top_offset))
        width = min(width, frame_width - left)
        height = min(height, lowest - top)
    elif top < limits.roi_top_offset or top + height > lowest:
        return None
    return left, top, width, height
