"""nvvideoconvert: formats, sizes, crops and flips, and the way into and out of memory:NVMM."""

import re
from typing import Any

from gi.repository import Gst

from simulator.support import batches, capi, flip
from simulator.support.base import Configured, both_ways, caps_of, formats, is_nvmm, metadata
from simulator.support.properties import (
    COMPUTE_HW,
    GPU_ID,
    INTERPOLATION,
    MAX_UINT,
    PLACEMENT,
    boolean,
    choice,
    declare,
    enumeration,
    memory_type,
    text,
    unsigned,
)
from simulator.support.transform import PushTransform
from simulator.support.video import MAP_WRITE, Converters, Layout, MappedFrame, Rectangle, Surface, VideoFrame

FORMATS = ("NV12", "I420", "RGBA", "BGRx", "RGB", "BGR", "GRAY8")
"""The formats that are simulated; NVIDIA's element takes some more (10 and 12 bit, 4:2:2, 4:4:4)."""

FLIP = enumeration(
    "GstNvDsVideoFlipMethod",
    (
        (0, "Identity (no rotation)", "none"),
        (1, "Rotate counter-clockwise 90 degrees", "counterclockwise"),
        (2, "Rotate 180 degrees", "rotate-180"),
        (3, "Rotate clockwise 90 degrees", "clockwise"),
        (4, "Flip horizontally", "horizontal-flip"),
        (5, "Flip across upper right/lower left diagonal", "upper-right-diagonal"),
        (6, "Flip vertically", "vertical-flip"),
        (7, "Flip across upper left/lower right diagonal", "upper-left-diagonal"),
    ),
)
COPY_HARDWARE = enumeration("GstNvCopyHWType", ((1, "GPU", "GPU"), (2, "VIC", "VIC")))

TABLE = (
    boolean("silent", False, PLACEMENT),
    GPU_ID,
    choice("flip-method", FLIP, 0),
    unsigned("output-buffers", 4, PLACEMENT, bounds=(1, MAX_UINT)),
    text("src-crop", ""),
    text("dest-crop", ""),
    boolean("bl-output", False, PLACEMENT),
    boolean("allow-odd-crop", True),
    COMPUTE_HW,
    memory_type(2),
    choice("interpolation-method", INTERPOLATION, 6),
    choice("copy-hw", COPY_HARDWARE, 1, PLACEMENT),
    boolean("contiguous-buffers", False, PLACEMENT),
    boolean("disable-passthrough", False),
)
OPEN_FIELDS = (
    "format",
    "colorimetry",
    "chroma-site",
    "plane-order",
    "precision",
    "block-linear",
    "nvbuf-memory-type",
    "gpu-id",
)
BATCH_FIELDS = ("batch-size", "num-surfaces-per-frame")


class NvVideoConvert(PushTransform):
    """Converts plain frames and every frame of a batch; metadata follows the pixels when the size changes."""

    __gtype_name__ = "GstNvVideoConvert"
    __gstmetadata__ = metadata(
        "NvVidConv Plugin", "Filter/Converter/Video/Scaler", "Converts video from one colorspace to another & Resizes"
    )
    __gsttemplates__ = both_ways(f"{formats(FORMATS, nvmm=True)}; {formats(FORMATS, nvmm=False)}")
    PROPERTIES = TABLE
    __gproperties__ = declare(TABLE)

    # What was negotiated: there as soon as `negotiated` is true, which `handle` looks at before all the others run.
    source: Layout
    target: Layout

    def __init__(self) -> None:
        super().__init__()
        self.converters = Converters()
        self.negotiated = False
        self.target_nvmm = False
        self.source_nvmm = False

    do_get_property = Configured.do_get_property
    do_set_property = Configured.do_set_property

    def do_transform_caps(self, _direction: Gst.PadDirection, caps: Gst.Caps, wanted: Gst.Caps | None) -> Gst.Caps:
        result = Gst.Caps.new_empty()
        for index in range(caps.get_size()):
            nvmm = caps.get_features(index).contains("memory:NVMM")
            open_structure = _opened(caps.get_structure(index))
            result = Gst.Caps.merge(result, caps_of(open_structure.copy(), nvmm=nvmm))
            other = open_structure.copy()
            if nvmm:
                _remove(other, BATCH_FIELDS)
            result = Gst.Caps.merge(result, caps_of(other, nvmm=not nvmm))
        return wanted.intersect_full(result, Gst.CapsIntersectMode.FIRST) if wanted else result

    def do_fixate_caps(self, _direction: Gst.PadDirection, caps: Gst.Caps, other: Gst.Caps) -> Gst.Caps:
        known = caps.get_structure(0)
        best = _best(caps, other)
        structure, nvmm = other.get_structure(best).copy(), other.get_features(best).contains("memory:NVMM")
        width, height = known.get_int("width")[1], known.get_int("height")[1]
        if flip.turns(self.values["flip-method"]):
            width, height = height, width
        for name, value in (("width", width), ("height", height)):
            structure.fixate_field_nearest_int(name, value)
        if structure.has_field("format"):
            structure.fixate_field_string("format", known.get_string("format"))
        else:
            structure.set_value("format", known.get_string("format"))
        _keep_colours(known, structure)
        if (structure.get_value("width"), structure.get_value("height")) == (width, height):
            _copy_field(known, structure, "pixel-aspect-ratio")
        return caps_of(structure, nvmm=nvmm).fixate()

    def do_set_caps(self, incoming: Gst.Caps, outgoing: Gst.Caps) -> bool:
        self.source, self.target = Layout.from_caps(incoming), Layout.from_caps(outgoing)
        self.source_nvmm, self.target_nvmm = is_nvmm(incoming), is_nvmm(outgoing)
        self.negotiated = True
        return True

    def close(self) -> None:
        """Forget the converters."""
        self.converters = Converters()

    def handle(self, buffer: Gst.Buffer) -> int:
        """Convert one buffer: a batch in NVMM, or one frame in system memory."""
        if not self.negotiated:
            return int(Gst.FlowReturn.NOT_NEGOTIATED)
        batch = batches.of(hash(buffer))
        if batch is not None and batches.has_surfaces(batch):
            return self._batch(buffer, batch)
        if self._unchanged() and not (batch is not None and self.target_nvmm):
            return capi.push_again(self.srcpad, buffer)
        return self._plain(buffer, batch)

    def _unchanged(self) -> bool:
        same = (self.source.format, self.source.width, self.source.height) == (
            self.target.format,
            self.target.width,
            self.target.height,
        )
        return same and not any(self.values[name] for name in ("src-crop", "dest-crop", "flip-method"))

    def _plain(self, buffer: Gst.Buffer, batch: Any) -> int:
        """One frame in system memory, labelled or not, to another."""
        if batch is not None and self.target_nvmm:
            return self._into_batch(buffer)
        address = capi.new_buffer(self.target.info().size, like=hash(buffer), flags=_COPY_ALL)
        with (
            MappedFrame(hash(buffer), self.source) as source,
            MappedFrame(address, self.target, MAP_WRITE) as target,
        ):
            self._convert(source, self.source, target)
        return capi.push(self.srcpad, address)

    def _into_batch(self, buffer: Gst.Buffer) -> int:
        """A frame that left NVMM with its metadata comes back."""
        surface = self.target.empty()
        with MappedFrame(hash(buffer), self.source) as source:
            self._convert(source, self.source, self.target.frame(surface))
        address = capi.new_buffer(batches.DESCRIPTOR_BYTES, like=hash(buffer), flags=_COPY_ALL)
        copied: Any = batches.of(address)
        batches.replace(copied, [batches.picture(surface, self.target)])
        return capi.push(self.srcpad, address)

    def _batch(self, buffer: Gst.Buffer, batch: Any) -> int:
        if self.target_nvmm and self._unchanged():
            return capi.push_again(self.srcpad, buffer)
        frames = batches.pictures(batch)
        if not self.target_nvmm:
            if len(frames) != 1:
                raise ValueError(
                    f"nvvideoconvert cannot take a batch of {len(frames)} frames out of memory:NVMM: "
                    "put nvmultistreamtiler or nvstreamdemux before it."
                )
            return self._out(buffer, frames[0].pixels, frames[0].layout)
        address = capi.new_buffer(batches.DESCRIPTOR_BYTES, like=hash(buffer), flags=_COPY_ALL)
        copied: Any = batches.of(address)
        batches.replace(copied, [self._converted(frame.pixels, frame.layout) for frame in frames])
        self._follow(copied)
        return capi.push(self.srcpad, address)

    def _out(self, buffer: Gst.Buffer, surface: Surface, layout: Layout) -> int:
        address = capi.new_buffer(self.target.info().size, like=hash(buffer), flags=_COPY_ALL)
        with MappedFrame(address, self.target, MAP_WRITE) as target:
            self._convert(layout.frame(surface), layout, target)
        copied: Any = batches.of(address)
        batches.replace(copied, None)
        self._follow(copied)
        return capi.push(self.srcpad, address)

    def _converted(self, surface: Surface, layout: Layout) -> batches.Picture:
        made = self.target.empty()
        self._convert(layout.frame(surface), layout, self.target.frame(made))
        return batches.picture(made, self.target)

    def _convert(self, source: VideoFrame, layout: Layout, target: VideoFrame) -> None:
        options = {
            "crop": self._crop("src-crop", layout),
            "place": self._crop("dest-crop", self.target),
            "nearest": self.values["interpolation-method"] in (0, 6),
        }
        method = self.values["flip-method"]
        if not method:
            self.converters.get(layout, self.target, **options)(source, target)
            return
        flip.convert(self.converters, method, (source, layout), (target, self.target), options)

    def _crop(self, name: str, layout: Layout) -> Rectangle | None:
        text_value = self.values[name]
        if not text_value:
            return None
        return crop_of(name, text_value, layout, odd=self.values["allow-odd-crop"])

    def _follow(self, batch: Any) -> None:
        """Scale the metadata of a batch as its frames were scaled."""
        crop = self._crop("src-crop", self.source) or (0, 0, self.source.width, self.source.height)
        place = self._crop("dest-crop", self.target) or (0, 0, self.target.width, self.target.height)
        if crop != place:
            batches.scale_metadata(batch, crop, place)


_COPY_ALL = capi.COPY_FLAGS | capi.COPY_TIMESTAMPS | capi.COPY_META


def crop_of(name: str, value: str, layout: Layout, *, odd: bool) -> Rectangle | None:
    """Read `left:top:width:height` and cut it to the frame.

    Raises:
        ValueError: It is not four numbers, or nothing of it is inside the frame.
    """
    if not re.fullmatch(r"\d+:\d+:\d+:\d+", value):
        raise ValueError(f"nvvideoconvert's {name} must be left:top:width:height, not {value!r}.")
    left, top, width, height = (int(part) if odd else int(part) & ~1 for part in value.split(":"))
    if not (width or height):
        return None
    width, height = min(width, layout.width - left), min(height, layout.height - top)
    if width <= 0 or height <= 0:
        raise ValueError(f"nvvideoconvert's {name} {value} lies outside a frame of {layout.width}x{layout.height}.")
    return left, top, width, height


def _opened(structure: Gst.Structure) -> Gst.Structure:
    """A structure with any format and size."""
    text_value = structure.copy()
    _remove(text_value, OPEN_FIELDS)
    for name in ("width", "height"):
        text_value.set_value(name, Gst.IntRange(range(1, 2**31 - 1)))
    if text_value.has_field("pixel-aspect-ratio"):
        text_value.remove_field("pixel-aspect-ratio")
    return text_value


def _remove(structure: Gst.Structure, names: tuple[str, ...]) -> None:
    for name in names:
        structure.remove_field(name)


def _keep_colours(source: Gst.Structure, target: Gst.Structure) -> None:
    """YUV stays the YUV that it was: the matrix of the source goes on to the next."""
    if {source.get_string("format"), target.get_string("format")} <= {"NV12", "I420"}:
        _copy_field(source, target, "colorimetry")


def _copy_field(source: Gst.Structure, target: Gst.Structure, name: str) -> None:
    if source.has_field(name) and not target.has_field(name):
        target.set_value(name, source.get_value(name))


def _best(caps: Gst.Caps, other: Gst.Caps) -> int:
    """The offered structure that keeps the format, else the first."""
    wanted = caps.get_structure(0).get_string("format")
    for index in range(other.get_size()):
        structure = other.get_structure(index)
        if not structure.has_field("format"):
            return index
        value = structure.get_value("format")
        if wanted == value or (not isinstance(value, str) and wanted in list(value)):
            return index
    return 0
