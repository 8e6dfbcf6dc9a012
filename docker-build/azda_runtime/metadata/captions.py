"""What the video shows to explain a result: confidences, and results of whole frames."""

from typing import Any

import pyds

from azda_runtime.metadata.lists import objects
from azda_runtime.metadata.writer import locked, white_on_black

_MARGIN = 8


def add_confidences(batch: Any, frame: Any) -> None:
    """Write each object's confidence behind its text; below 0 it has none, as after nvinfer's default clustering."""
    with locked(batch):
        for seen in objects(frame):
            if seen.confidence >= 0:
                text = seen.text_params
                text.display_text = f"{_words(text)} {seen.confidence:.2f}".strip()


def add_caption(batch: Any, frame: Any, words: str) -> None:
    """Write a line into the frame's top left corner."""
    with locked(batch):
        display = pyds.nvds_acquire_display_meta_from_pool(batch)
        display.num_labels = 1
        text = display.text_params[0]
        text.display_text, text.x_offset, text.y_offset = words, _MARGIN, _MARGIN
        white_on_black(text)
        pyds.nvds_add_display_meta_to_frame(frame, display)


def _words(text: Any) -> str:
    """What stands there already; empty where it is not UTF-8, which the bindings cannot read."""
    try:
        return str(pyds.get_string(text.display_text)) if text.display_text else ""
    except UnicodeDecodeError:
        return ""
