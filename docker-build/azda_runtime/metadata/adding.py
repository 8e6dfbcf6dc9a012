"""What parsers found, as object and display metadata, much as nvinfer shows them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pyds

from azda_runtime.parsers.overlay import Line, Overlay
from azda_runtime.parsers.results import Detections

UNTRACKED = 0xFFFF_FFFF_FFFF_FFFF

_LONGEST_LABEL = 127
_BORDER = 3
_FONT, _FONT_SIZE = "Serif", 11
_TEXT_ABOVE = 22
# NvDsDisplayMeta holds so many lines.
_LINES = 16


@contextmanager
def locked(batch: Any) -> Iterator[None]:
    """Hold the lock of a batch's metadata: other elements may write into the same batch."""
    pyds.nvds_acquire_meta_lock(batch)
    try:
        yield
    finally:
        pyds.nvds_release_meta_lock(batch)


def add_detections(batch: Any, frame: Any, found: Detections, *, component: int, size: tuple[int, int]) -> None:
    """Add a frame's detections as objects; whoever walks them finds them in the parser's own order.

    Args:
        batch: The batch's metadata.
        frame: The frame's.
        found: Boxes in pixels of the frame. They are clipped to it: an object that lies outside it is left out.
        component: The gie-unique-id of the model.
        size: Width and height of the frame in pixels.
    """
    rows = list(zip(found.boxes.tolist(), found.class_ids, found.labels, found.scores, strict=True))
    with locked(batch):
        for box, class_id, label, score in reversed(rows):  # the library prepends
            left, top, width, height = _clipped(box, size)
            if width > 0 and height > 0:
                seen = pyds.nvds_acquire_obj_meta_from_pool(batch)
                seen.unique_component_id, seen.class_id, seen.object_id = component, class_id, UNTRACKED
                seen.confidence = score
                seen.obj_label = _fitting(label)
                _place(seen, (left, top, width, height))
                write_text(seen, label)
                pyds.nvds_add_obj_meta_to_frame(frame, seen, None)
        frame.bInferDone = True  # or a tracker takes the frame for one that was skipped


def add_overlay(batch: Any, frame: Any, overlay: Overlay, *, component: int, size: tuple[int, int]) -> None:
    """Add the objects and lines of a built-in parser."""
    add_detections(batch, frame, overlay.objects, component=component, size=size)
    for start in range(0, len(overlay.lines), _LINES):
        with locked(batch):
            _draw(batch, frame, overlay.lines[start : start + _LINES], size)


def write_text(seen: Any, words: str) -> None:
    """Write what stands above an object's box: white on black."""
    text, box = seen.text_params, seen.rect_params
    text.display_text = words
    text.x_offset = max(0, int(box.left))
    text.y_offset = max(0, int(box.top) - _TEXT_ABOVE)
    text.set_bg_clr = 1
    text.text_bg_clr.set(0.0, 0.0, 0.0, 1.0)
    text.font_params.font_name = _FONT
    text.font_params.font_size = _FONT_SIZE
    text.font_params.font_color.set(1.0, 1.0, 1.0, 1.0)


def _clipped(box: list[float], size: tuple[int, int]) -> tuple[float, float, float, float]:
    x, y, width, height = box
    left, top = min(max(x, 0.0), float(size[0])), min(max(y, 0.0), float(size[1]))
    right, bottom = min(max(x + width, 0.0), float(size[0])), min(max(y + height, 0.0), float(size[1]))
    return left, top, right - left, bottom - top


def _fitting(label: str) -> str:
    return label.encode("utf-8", "replace")[:_LONGEST_LABEL].decode("utf-8", "ignore")


def _place(seen: Any, box: tuple[float, float, float, float]) -> None:
    for rectangle in (seen.rect_params, seen.detector_bbox_info.org_bbox_coords):
        rectangle.left, rectangle.top, rectangle.width, rectangle.height = box
    seen.rect_params.border_width = _BORDER
    seen.rect_params.border_color.set(1.0, 0.0, 0.0, 1.0)
    seen.rect_params.has_bg_color = 0


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
