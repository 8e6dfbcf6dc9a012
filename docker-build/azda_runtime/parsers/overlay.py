"""What a custom parser wants in the metadata and in the video, as plain values.

The built-in parsers that are not detectors return one; the edge that knows the bindings writes it.
"""

from dataclasses import dataclass

from azda_runtime.parsers.results import Detections


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """A line in the video, in pixels of the frame from its top left."""

    x1: int
    y1: int
    x2: int
    y2: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Overlay:
    """Objects and lines of one frame.

    Attributes:
        objects: Become object metadata, as a detection parser's do.
        lines: Become display metadata.
    """

    objects: Detections
    lines: tuple[Line, ...]
