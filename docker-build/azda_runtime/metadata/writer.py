"""What parsers found, as object and display metadata, much as nvinfer shows them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pyds

from azda_runtime.parsers.overlay import Line, Overlay
from azda_runtime.parsers.results import Detections

UNTRACKED = 0xFFFF_FFFF_FFFF_FFFF

_NO_LABEL = "\0" * 127
_BORDER = 3
_FONT, _FONT_SIZE = "Serif", 11
_TEXT_ABOVE = 22
# NvDsDisplayMeta holds so many lines.
_LINES = 16


@dataclass(frozen=True, kw_only=True, slots=True)
class Canvas:
    """What objects are written onto.

    Attributes:
        size: Width and height of the frame in pixels.
        drawn: Whether an on-screen display shows it; colours and fonts are for that alone, and half of the work.
        explained: Whether confidences, and results of whole frames that the parser does not draw, are shown too.
    """

    size: tuple[int, int]
    drawn: bool = True
    explained: bool = False


@contextmanager
def locked(batch: Any) -> Iterator[None]:
    """Hold the lock of a batch's metadata: other elements may write into the same batch."""
    pyds.nvds_acquire_meta_lock(batch)
    try:
        yield
    finally:
        pyds.nvds_release_meta_lock(batch)


def add_detections(batch: Any, frame: Any, found: Detections, *, component: int, canvas: Canvas) -> None:
    """Add a frame's detections as objects; whoever walks them finds them in the parser's own order.

    Args:
        batch: The batch's metadata.
        frame: The frame's.
        found: Boxes in pixels of the frame. They are clipped to it: an object that lies outside it is left out.
        component: The gie-unique-id of the model.
        canvas: The frame's size, and whether it is shown.
    """
    rows = list(zip(found.boxes.tolist(), found.class_ids, found.labels, found.scores, strict=True))
    with locked(batch):
        for whole, class_id, label, score in reversed(rows):  # the library prepends
            left, top, width, height = clipped(whole, canvas.size)
            if width > 0 and height > 0:
                seen = pyds.nvds_acquire_obj_meta_from_pool(batch)
                seen.unique_component_id, seen.class_id, seen.object_id = component, class_id, UNTRACKED
                if _is_recycled(seen):
                    seen.obj_label = _NO_LABEL
                seen.confidence, seen.obj_label = score, label
                box, origin = seen.rect_params, seen.detector_bbox_info.org_bbox_coords
                box.left, box.top, box.width, box.height = left, top, width, height
                origin.left, origin.top, origin.width, origin.height = left, top, width, height
                write_text(seen, label, drawn=canvas.drawn)
                if canvas.drawn:
                    box.border_width, box.has_bg_color = _BORDER, 0
                    box.border_color.set(1.0, 0.0, 0.0, 1.0)
                pyds.nvds_add_obj_meta_to_frame(frame, seen, None)
        frame.bInferDone = True  # or a tracker takes the frame for one that was skipped


def add_overlay(batch: Any, frame: Any, overlay: Overlay, *, component: int, canvas: Canvas) -> None:
    """Add the objects of a built-in parser, and its lines where they are shown."""
    add_detections(batch, frame, overlay.objects, component=component, canvas=canvas)
    for start in range(0, len(overlay.lines) if canvas.drawn else 0, _LINES):
        with locked(batch):
            _draw(batch, frame, overlay.lines[start : start + _LINES], canvas.size)


def write_text(seen: Any, words: str, *, drawn: bool) -> None:
    """Write what stands above an object's box: white on black where it is shown. Trackers copy it in any case."""
    text = seen.text_params
    text.display_text = words
    if not drawn:
        return
    box = seen.rect_params
    text.x_offset, text.y_offset = max(0, int(box.left)), max(0, int(box.top) - _TEXT_ABOVE)
    white_on_black(text)


def white_on_black(text: Any) -> None:
    """Style a text of the on-screen display."""
    font = text.font_params
    text.set_bg_clr = 1
    text.text_bg_clr.set(0.0, 0.0, 0.0, 1.0)
    font.font_name, font.font_size = _FONT, _FONT_SIZE
    font.font_color.set(1.0, 1.0, 1.0, 1.0)


def _is_recycled(seen: Any) -> bool:
    """Whether an object holds a label already: the bindings write no terminator, so a longer one's end would stay."""
    try:
        return bool(seen.obj_label)
    except UnicodeDecodeError:
        return True


def clipped(box: Sequence[float], size: tuple[int, int]) -> tuple[float, float, float, float]:
    """What of a box lies in the frame; nothing does where a side is not above 0."""
    left, top, width, height = box
    if left < 0.0:
        left, width = 0.0, left + width
    if top < 0.0:
        top, height = 0.0, top + height
    if left + width > size[0]:
        width = size[0] - left
    if top + height > size[1]:
        height = size[1] - top
    return left, top, width, height


def _draw(batch: Any, frame: Any, lines: tuple[Line, ...], size: tuple[int, int]) -> None:
    display = pyds.nvds_acquire_display_meta_from_pool(batch)
    display.num_lines = len(lines)
    for index, line in enumerate(lines):
        drawn = display.line_params[index]
        drawn.x1, drawn.x2 = (min(max(value, 0), size[0]) for value in (line.x1, line.x2))
        drawn.y1, drawn.y2 = (min(max(value, 0), size[1]) for value in (line.y1, line.y2))
        drawn.line_width = _BORDER
        drawn.line_color.set(0.0, 1.0, 0.0, 1.0)
    pyds.nvds_add_display_meta_to_frame(frame, display)
