"""Batches as elements see them: the frames' metadata, their pixels, and what carries both with a buffer.

A batch is a `pyds._simulator.Carried`: `batch_meta` is the NvDsBatchMeta, `surface.frames[batch_id]` a `Picture`.
"""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pyds
from pyds import _copying, _lists
from pyds import _simulator as sim
from pyds._encoder import encode_with

from simulator.drawing import jpeg
from simulator.inference.geometry import Rectangle as Region
from simulator.inference.planar import PlanarFrame
from simulator.inference.settings import PreparedTensor
from simulator.support.video import Converters, Layout, Rectangle, Surface, matrix_of

Batch = sim.Carried
PREPARED = "NVDS_PREPROCESS_BATCH_META"
FRAME_ANALYTICS = "NVIDIA.DSANALYTICSFRAME.USER_META"
OBJECT_ANALYTICS = "NVIDIA.DSANALYTICSOBJ.USER_META"
NAMED_TYPES = {
    PREPARED: "NVDS_PREPROCESS_BATCH_META",
    FRAME_ANALYTICS: "NVDS_FRAME_META_NVDSANALYTICS",
    OBJECT_ANALYTICS: "NVDS_OBJ_META_NVDSANALYTICS",
}
"""Descriptor -> the name of the type where the release has one."""
DESCRIPTOR_BYTES = 64
"""Size of a batch buffer's own memory: on hardware it holds a descriptor too, never the pixels."""


@dataclass(kw_only=True, slots=True)
class Picture(sim.FrameSurface):
    """A frame's pixels with their layout; its RGBA form is kept once it was asked for.

    Attributes:
        layout: Format, size and colorimetry of `pixels`.
        rgba: The same picture as RGBA, for pictures in other formats; None until needed.
    """

    layout: Layout
    rgba: Surface | None = None

    def __post_init__(self) -> None:
        """Take any format that the converter knows."""


def picture(surface: Surface, layout: Layout) -> Picture:
    """Pixels and their layout as one thing."""
    return Picture(pixels=surface, format=layout.format, layout=layout)


@dataclass(frozen=True, kw_only=True, slots=True)
class FrameFacts:
    """What a new frame's metadata say.

    Attributes:
        surface: The pixels.
        layout: Their layout.
        pad_index: The muxer's sink pad.
        source_id: The source, the same number unless a dewarper says otherwise.
        frame_number: Counted per source.
        pts: The source's presentation time, nanoseconds.
        ntp: Capture time, nanoseconds since 1970; 0 for unknown.
        source_size: Width and height that the source delivered, pixels.
    """

    surface: Surface
    layout: Layout
    pad_index: int = 0
    source_id: int = 0
    frame_number: int = 0
    pts: int = 0
    ntp: int = 0
    source_size: tuple[int, int] = (0, 0)


@dataclass(frozen=True, kw_only=True, slots=True)
class PreparedRegion:
    """A region that nvdspreprocess chose: `rectangle` in pixels of frame `batch_id`, or of the object `obj` in it."""

    batch_id: int
    rectangle: Region
    obj: Any = None


@dataclass(frozen=True, kw_only=True, slots=True)
class PreparedBatch:
    """The regions of a batch for the inference elements in `targets`, and how they become tensors."""

    targets: frozenset[int]
    regions: tuple[PreparedRegion, ...]
    tensor: PreparedTensor

    def _copy(self) -> "PreparedBatch":
        """What the copy of a buffer carries."""
        return self


def create(most: int) -> Batch:
    """An empty batch with room for `most` frames, not yet on a buffer."""
    return Batch(batch_meta=sim.new_batch(most), surface=sim.BatchSurface(frames=[], capacity=most))


def attach(address: int, batch: Batch) -> None:
    """Let a batch travel with the writable buffer at an address."""
    sim.attach_batch_meta(address, batch.batch_meta, batch.surface).slot = batch.slot


def of(address: int) -> Batch | None:
    """The batch that travels with a buffer; None when it carries none."""
    return sim.find(address)


def has_surfaces(batch: Batch) -> bool:
    """Whether the pixels travel with the batch; they do not after the frame left memory:NVMM."""
    return batch.surface is not None


def add_frame(batch: Batch, facts: FrameFacts) -> Any:
    """Add a frame behind the others and return its NvDsFrameMeta."""
    frame = pyds.nvds_acquire_frame_meta_from_pool(batch.batch_meta)
    frame.batch_id = len(_stored(batch))
    frame.pad_index, frame.source_id = facts.pad_index, facts.source_id
    frame.frame_num = facts.frame_number
    frame.buf_pts, frame.ntp_timestamp = facts.pts, facts.ntp
    frame.source_frame_width, frame.source_frame_height = facts.source_size
    frame.num_surfaces_per_frame = 1
    pyds.nvds_add_frame_meta_to_batch(batch.batch_meta, frame)
    _stored(batch).append(picture(facts.surface, facts.layout))
    return frame


def frames(batch: Batch) -> Iterator[Any]:
    """The NvDsFrameMeta of a batch."""
    return iter(sim.items(batch.batch_meta.frame_meta_list))


def objects(frame: Any) -> Iterator[Any]:
    """The NvDsObjectMeta of a frame."""
    return iter(sim.items(frame.obj_meta_list))


def _stored(batch: Batch) -> list[Picture]:
    """The batch's own list of frames; only for batches in memory:NVMM."""
    surface: Any = batch.surface
    found: list[Picture] = surface.frames
    return found


def pictures(batch: Batch) -> list[Picture]:
    """The pixels of a batch's frames, by batch id."""
    return list(_stored(batch))


def picture_of(batch: Batch, frame: Any) -> Picture:
    """The pixels of a frame."""
    found: Picture = _stored(batch)[int(frame.batch_id)]
    return found


def replace(batch: Batch, made: Sequence[Picture] | None) -> None:
    """Give a batch other pixels, or None when its pixels are in the buffer's own memory."""
    if made is None:
        batch.surface = batch.slot = None  # queues see what the buffer's own memory holds
        return
    capacity = batch.surface.capacity if batch.surface is not None else 0
    batch.surface = sim.BatchSurface(frames=list(made), capacity=max(capacity, len(made)))


def rgba(batch: Batch, frame: Any) -> Surface:
    """A frame as RGBA, `(height, width, 4)`: the pixels themselves where they are RGBA, else a converted copy."""
    return _rgba(picture_of(batch, frame))


def _rgba(found: Picture) -> Surface:
    if found.format == "RGBA":
        pixels: Surface = found.pixels
        return pixels
    if found.rgba is None:
        target = Layout(format="RGBA", width=found.layout.width, height=found.layout.height)
        found.rgba = target.empty()
        _converters().get(found.layout, target)(found.layout.frame(found.pixels), target.frame(found.rgba))
    return found.rgba


def _jpeg(frame: Any, box: tuple[int, int, int, int], size: tuple[int, int], quality: int) -> bytes:
    return jpeg.encode(_rgba(frame), box, size, quality)


encode_with(_jpeg)


def for_inference(batch: Batch, frame: Any) -> Surface | PlanarFrame:
    """A frame as the preprocessing takes it: NV12 in its planes, anything else as RGBA."""
    found = picture_of(batch, frame)
    layout = found.layout
    if layout.format != "NV12" or layout.width % 2 or layout.height % 2:
        return rgba(batch, frame)
    chroma = found.pixels[layout.height :].reshape(layout.height // 2, layout.width // 2, 2)
    return PlanarFrame(luma=found.pixels[: layout.height], chroma=chroma, matrix=matrix_of(layout))


_own = threading.local()


def _converters() -> Converters:
    """This thread's converters: elements run in threads of their own, and a converter serves one at a time."""
    if not hasattr(_own, "converters"):
        _own.converters = Converters(16)
    found: Converters = _own.converters
    return found


def alone(batch: Batch, frame: Any) -> Batch:
    """A batch of its own with a copy of one frame and its picture."""
    made = create(1)
    _copying.copy_list(_lists.node(frame), made.batch_meta, "_frame_meta_list")
    copied = next(frames(made))
    copied.batch_id = 0
    _stored(made).append(picture_of(batch, frame))
    made.slot = batch.slot
    return made


def copy_contents(source: Any, target: Any) -> None:
    """Copy objects, drawings and user metadata of one frame to another."""
    for slot in ("obj_meta_list", "display_meta_list", "frame_user_meta_list"):
        head = getattr(source, slot)
        if head is not None:
            _copying.copy_list(head, target, f"_{slot}")


def copy_batch_user_metas(source: Batch, target: Batch) -> None:
    """Copy the user metadata that hang on a batch itself."""
    head = source.batch_meta.batch_user_meta_list
    if head is not None:
        _copying.copy_list(head, target.batch_meta, "_batch_user_meta_list")


def type_number(descriptor: str) -> int:
    """The type of user metadata that has a descriptor, and a name of its own from DeepStream 8.0 on."""
    member = pyds.NvDsMetaType.__members__.get(NAMED_TYPES[descriptor])
    return int(member) if member is not None else int(pyds.nvds_get_user_meta_type(descriptor))


def add_user_type(container: Any, descriptor: str, data: Any) -> None:
    """Hang data on a batch, a frame or an object under a type that has a descriptor."""
    user = sim.add_user_data(container, pyds.NvDsMetaType.NVDS_USER_META, data)
    user.base_meta._meta_type = type_number(descriptor)  # the bindings only read such types


def prepared_for(batch: Batch, unique_id: int) -> list[PreparedBatch]:
    """What nvdspreprocess prepared for an inference element."""
    number = type_number(PREPARED)
    users = sim.items(batch.batch_meta.batch_user_meta_list)
    found = [user._user_meta_data for user in users if user.base_meta._meta_type == number]  # not a C structure
    prepared = [getattr(each, "_prepared", each) for each in found]
    return [each for each in prepared if unique_id in each.targets]


def scale_metadata(batch: Batch, crop: Rectangle, location: Rectangle) -> None:
    """Move all metadata of a batch as its pictures were moved."""
    for frame in frames(batch):
        scale_frame(frame, crop, location)


def scale_frame(frame: Any, crop: Rectangle, location: Rectangle) -> None:
    """Move a frame's boxes, texts and drawings as `crop` of its picture went to `place` of another; pixels."""
    moved = Moved(crop, location)
    for obj in objects(frame):
        moved.rectangle(obj.rect_params)
        moved.text(obj.text_params)
    for shown in sim.items(frame.display_meta_list):
        for index in range(shown.num_rects):
            moved.rectangle(shown.rect_params[index])
        for index in range(shown.num_labels):
            moved.text(shown.text_params[index])
        for index in range(shown.num_lines):
            moved.line(shown.line_params[index])
        for index in range(shown.num_arrows):
            moved.line(shown.arrow_params[index])
        for index in range(shown.num_circles):
            moved.circle(shown.circle_params[index])


class Moved:
    """A linear map between two rectangles, applied to metadata in place."""

    def __init__(self, crop: Rectangle, location: Rectangle) -> None:
        self._from, self._to = crop, location
        self._x, self._y = location[2] / crop[2], location[3] / crop[3]

    def point(self, x: float, y: float) -> tuple[float, float]:
        """Where a point goes."""
        return (x - self._from[0]) * self._x + self._to[0], (y - self._from[1]) * self._y + self._to[1]

    def rectangle(self, box: Any) -> None:
        """Move a box."""
        box.left, box.top = self.point(box.left, box.top)
        box.width, box.height = box.width * self._x, box.height * self._y

    def text(self, text: Any) -> None:
        """Move a text; offsets are unsigned, so none goes below zero."""
        x, y = self.point(text.x_offset, text.y_offset)
        text.x_offset, text.y_offset = max(0, int(x)), max(0, int(y))

    def line(self, line: Any) -> None:
        """Move both ends of a line or an arrow."""
        for end in ("1", "2"):
            x, y = self.point(getattr(line, f"x{end}"), getattr(line, f"y{end}"))
            setattr(line, f"x{end}", max(0, int(x)))
            setattr(line, f"y{end}", max(0, int(y)))

    def circle(self, circle: Any) -> None:
        """Move a circle's centre and scale its radius."""
        x, y = self.point(circle.xc, circle.yc)
        circle.xc, circle.yc = max(0, int(x)), max(0, int(y))
        circle.radius = max(0, int(circle.radius * min(self._x, self._y)))
