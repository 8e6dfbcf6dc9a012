"""A frame's metadata of its own, on the simulated bindings, and what is wrong with what a parser wrote there."""

from collections.abc import Iterator
from typing import Any

import pyds
from azda_runtime.metadata.lists import objects, walk
from pyds import _simulator as sim

_TIME = 1_700_000_000_000_000_000
_STEP = 33_333_333


class Frame:
    """One frame in a batch; released at the end.

    Args:
        size: Width and height in pixels.
        stream: Its stream's number.
        number: The frame's number in its stream.
    """

    def __init__(self, size: tuple[int, int], *, stream: int = 0, number: int = 0) -> None:
        self._size = size
        self.batch: Any = sim.new_batch(max_frames=1)
        self.meta: Any = pyds.nvds_acquire_frame_meta_from_pool(self.batch)
        self.meta.pad_index = self.meta.source_id = stream
        self.meta.frame_num, self.meta.buf_pts = number, number * _STEP
        self.meta.ntp_timestamp = _TIME + number * _STEP
        self.meta.source_frame_width, self.meta.source_frame_height = size
        pyds.nvds_add_frame_meta_to_batch(self.batch, self.meta)

    def __enter__(self) -> "Frame":  # noqa: PYI034 # typing.Self came with Python 3.11
        """The frame."""
        return self

    def __exit__(self, *_: object) -> None:
        """Release the batch with all its metadata."""
        sim.release_batch(self.batch)

    def faults(self) -> Iterator[str]:
        """What is wrong with the objects and shapes, a sentence each."""
        found = objects(self.meta)
        for each in found:
            box = each.rect_params
            if box.left + box.width <= 0 or box.top + box.height <= 0 or not self._holds(box.left, box.top):
                where = f"({box.left:.0f}, {box.top:.0f}, {box.width:.0f}, {box.height:.0f})"
                yield f"an object lies outside the frame of {self._size[0]}x{self._size[1]}: {where}"
            if box.width <= 0 or box.height <= 0:
                yield f"an object has a width of {box.width:.0f} and a height of {box.height:.0f}"
            parent = each.parent
            if parent is not None and not any(parent == other for other in found):
                yield "an object's parent is in no frame: add the parent with nvds_add_obj_meta_to_frame first"
        for display in walk(self.meta.display_meta_list, pyds.NvDsDisplayMeta.cast):
            yield from self._shapes(display)

    def _shapes(self, display: Any) -> Iterator[str]:
        counts = (display.num_labels, display.num_rects, display.num_lines, display.num_circles, display.num_arrows)
        if not any(counts):
            yield "display metadata was added with nothing in it: num_labels, num_lines and the others are 0"
        for text in display.text_params[: display.num_labels]:
            if not sim.text_of(text, "display_text"):
                yield "a text of the display metadata is empty: num_labels is above the texts that were set"
            elif not self._holds(text.x_offset, text.y_offset):
                yield f"a text begins outside the frame, at ({text.x_offset}, {text.y_offset})"

    def _holds(self, x: float, y: float) -> bool:
        return x < self._size[0] and y < self._size[1]
