"""nvdsosd: boxes, texts, lines, arrows, circles and masks onto the frames, where the metadata ask for them."""

import time
from typing import Any

from gi.repository import Gst
from pyds import _simulator as sim

from simulator.drawing import shapes, texts
from simulator.drawing.blending import Colour, Frame
from simulator.errors import SimulatorError
from simulator.support import batches
from simulator.support.base import both_ways, formats, metadata
from simulator.support.properties import GPU_ID, SIMULATED, boolean, choice, declare, enumeration, text, unsigned
from simulator.support.transform import BatchTransform
from simulator.support.video import Converters, Layout

MODE = enumeration("GstNvDsOsdMode", ((0, "CPU_MODE", "MODE_CPU"), (1, "GPU_MODE", "MODE_GPU")))
LARGEST_FONT = 60
CIRCLE_WIDTH = 2
"""Pixels; pyds 1.2.0 has no field for it, and NVIDIA's value is not public."""
TABLE = (
    boolean("display-clock", False),
    boolean("display-text", True),
    text("clock-font", "Serif"),
    unsigned("clock-font-size", 12, bounds=(0, LARGEST_FONT)),
    unsigned("x-clock-offset", 0),
    unsigned("y-clock-offset", 0),
    unsigned("clock-color", 0),
    choice("process-mode", MODE, 1, SIMULATED),
    GPU_ID,
    boolean("display-bbox", True),
    boolean("display-mask", True),
    text("blur-on-gie-class-ids", ""),
    boolean("blur-bbox", False),
)


class NvDsOsd(BatchTransform):
    """Draws in place. Frames in NV12 are drawn on as RGBA and converted back when something was drawn."""

    __gtype_name__ = "GstNvDsOsd"
    __gstmetadata__ = metadata("NvDsOsd plugin", "NvDsOsd functionality", "Gstreamer bounding box draw element")
    __gsttemplates__ = both_ways(formats(("NV12", "RGBA"), nvmm=True))
    PROPERTIES = TABLE
    __gproperties__ = declare(TABLE)

    def __init__(self) -> None:
        super().__init__()
        self.converters = Converters(8)

    do_get_property = BatchTransform.do_get_property
    do_set_property = BatchTransform.do_set_property

    def process(self, batch: Any, _buffer: Gst.Buffer) -> None:
        """Draw what each frame's metadata ask for."""
        for frame in batches.frames(batch):
            objects = list(batches.objects(frame))
            shown = list(sim.items(frame.display_meta_list))
            if not (objects or shown or self.values["display-clock"]):
                continue
            picture = batches.picture_of(batch, frame)
            pixels = batches.rgba(batch, frame)
            self._draw(pixels, objects, shown)
            if picture.format != "RGBA":
                self._back(pixels, picture)

    def _back(self, drawn: Frame, picture: batches.Picture) -> None:
        """Convert the drawn RGBA frame back to its own format."""
        source = Layout(format="RGBA", width=picture.layout.width, height=picture.layout.height)
        converter = self.converters.get(source, picture.layout)
        converter(source.frame(drawn), picture.layout.frame(picture.pixels))

    def _draw(self, pixels: Frame, objects: list[Any], shown: list[Any]) -> None:
        self._blur(pixels, objects)
        for obj in objects:
            if self.values["display-bbox"]:
                _rectangle(pixels, obj.rect_params)
            if self.values["display-mask"]:
                _mask(pixels, obj)
        for each in shown:
            _shapes(pixels, each)
        if self.values["display-text"]:
            for obj in objects:
                _text(pixels, obj.text_params)
            for each in shown:
                for index in range(each.num_labels):
                    _text(pixels, each.text_params[index])
        if self.values["display-clock"]:
            self._clock(pixels)

    def _blur(self, pixels: Frame, objects: list[Any]) -> None:
        if not self.values["blur-bbox"]:
            return
        wanted = {
            tuple(int(n) for n in pair.split(":")) for pair in self.values["blur-on-gie-class-ids"].split(";") if pair
        }
        for obj in objects:
            if not wanted or (obj.unique_component_id, obj.class_id) in wanted:
                shapes.blur(pixels, _box(obj.rect_params))

    def _clock(self, pixels: Frame) -> None:
        word = self.values["clock-color"]
        colour = tuple((word >> shift & 0xFF) / 255 for shift in (24, 16, 8, 0)) if word else (1.0, 1.0, 1.0, 1.0)
        location = (self.values["x-clock-offset"], self.values["y-clock-offset"])
        texts.write(pixels, time.strftime("%a %b %d %H:%M:%S %Y"), location, self.values["clock-font-size"], colour)


def _colour(params: Any) -> Colour:
    return (params.red, params.green, params.blue, params.alpha)


def _box(rect: Any) -> tuple[float, float, float, float]:
    return (rect.left, rect.top, rect.width, rect.height)


def _rectangle(pixels: Frame, rect: Any) -> None:
    background = _colour(rect.bg_color) if rect.has_bg_color else None
    shapes.rectangle(pixels, _box(rect), rect.border_width, _colour(rect.border_color), background)


def _mask(pixels: Frame, obj: Any) -> None:
    mask = obj.mask_params
    if mask.data is None or not mask.size:
        return
    count = mask.width * mask.height
    if mask.size != count * 4:
        raise SimulatorError(
            f"an object's mask has size {mask.size}, but width {mask.width} x height {mask.height} x 4 is {count * 4}",
            hint="set width and height, then call alloc_mask_array(), which sets size",
        )
    scores = mask.get_mask_array().reshape(mask.height, mask.width)
    shapes.overlay(pixels, _box(obj.rect_params), scores, mask.threshold, _colour(obj.rect_params.border_color))


def _text(pixels: Frame, params: Any) -> None:
    words = sim.text_of(params, "display_text")
    if not words:
        return
    background = _colour(params.text_bg_clr) if params.set_bg_clr else None
    font = params.font_params
    texts.write(
        pixels,
        words,
        (params.x_offset, params.y_offset),
        font.font_size,
        _colour(font.font_color),
        background=background,
    )


def _shapes(pixels: Frame, shown: Any) -> None:
    for index in range(shown.num_rects):
        _rectangle(pixels, shown.rect_params[index])
    for index in range(shown.num_lines):
        each = shown.line_params[index]
        shapes.line(pixels, (each.x1, each.y1), (each.x2, each.y2), each.line_width, _colour(each.line_color))
    for index in range(shown.num_arrows):
        each = shown.arrow_params[index]
        ends = (each.x1, each.y1), (each.x2, each.y2)
        heads = each.arrow_head.value + 1  # NVIDIA counts start, end, both from 0; drawing takes bits
        shapes.arrow(pixels, *ends, each.arrow_width, _colour(each.arrow_color), heads=heads)
    for index in range(shown.num_circles):
        each = shown.circle_params[index]
        background = _colour(each.bg_color) if each.has_bg_color else None
        shapes.circle(
            pixels, (each.xc, each.yc), each.radius, CIRCLE_WIDTH, _colour(each.circle_color), background=background
        )
