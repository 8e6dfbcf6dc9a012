"""What was found in frames, as plain values: the metadata edge makes them, messages are made of them."""

from dataclasses import dataclass
from typing import Any, NamedTuple


@dataclass(frozen=True, kw_only=True, slots=True)
class Classification:
    """What a secondary classifier says about an object."""

    class_id: int
    label: str
    confidence: float
    component_id: int


class SeenObject(NamedTuple):
    """An object in a frame; a tuple, for there are thousands a second and a frozen dataclass takes thrice the time.

    Attributes:
        box: Left, top, width, height in pixels of the pipeline's frame.
        component_id: The gie-unique-id of the model that found it.
        tracking_id: What the tracker calls it, None when there is no tracker.
        custom_info: What the secondary parser returned, plain JSON data.
    """

    class_id: int
    label: str
    confidence: float
    box: tuple[float, float, float, float]
    component_id: int
    tracking_id: int | None = None
    classifications: tuple[Classification, ...] = ()
    custom_info: Any = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Segmentation:
    """How much of a frame each class covers.

    Attributes:
        width: Cells of the mask.
        height: Cells of the mask.
        cells: Class -> how many cells it covers.
        component_id: The model's gie-unique-id.
    """

    width: int
    height: int
    cells: dict[int, int]
    component_id: int


@dataclass(frozen=True, kw_only=True, slots=True)
class SeenFrame:
    """What was found in one frame of one stream.

    Attributes:
        sensor: The sensor's name.
        number: The frame's number in its stream.
        time: When it was taken, in nanoseconds since 1970 (UTC).
        width: The source's, in pixels.
        height: The source's, in pixels.
        objects: In the order in which they are reported.
        custom: The primary parser's own message, plain JSON data, None when it has none.
        segmentation: What a segmentation model found.
        video_time: Its time in the video file, in nanoseconds; None for a camera.
    """

    sensor: str
    number: int
    time: int
    width: int
    height: int
    objects: tuple[SeenObject, ...] = ()
    custom: Any = None
    segmentation: Segmentation | None = None
    video_time: int | None = None
