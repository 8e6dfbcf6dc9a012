"""Reading `pipelineOptions`: dewarp, crop, on-screen display, frame size and message rate."""

from collections.abc import Callable
from typing import Any

from azda_runtime.settings.node import Node
from azda_runtime.settings.references import ReferenceKind
from azda_runtime.settings.values import Crop, FrameSize

_OPTIONS = {
    "dewarp": "the dewarper",
    "crop": "a part of the frame",
    "osd": "boxes in the video",
    "frame": "the size that streams are scaled to",
    "messages": "how often messages are sent",
}
_DEWARP = {"enable": "true or false", "config_file": "its configuration file"}
_CROP = {"enable": "true or false", "x0": "left", "x1": "right", "y0": "top", "y1": "bottom"}
_OSD = {"enable": "true or false"}
_FRAME = {"width": "pixels", "height": "pixels"}
_MESSAGES = {"perSecond": "at most so many per stream; 0 sends each frame's"}

FileReader = Callable[[Node, ReferenceKind], str | None]


def read_options(node: Node, read_file: FileReader) -> dict[str, Any]:
    """Read the options as keyword arguments of Pipeline; those that are not set are left out."""
    fields = None if node.absent else node.fields(_OPTIONS)
    if fields is None:
        return {}
    options = {
        "dewarp": _read_dewarp(fields["dewarp"], read_file),
        "crop": _read_crop(fields["crop"]),
        "osd": _read_osd(fields["osd"]),
        "frame": _read_frame(fields["frame"]),
        "messages_per_second": _read_rate(fields["messages"]),
    }
    return {name: value for name, value in options.items() if value is not None}


def _read_dewarp(node: Node, read_file: FileReader) -> str | None:
    fields = None if node.absent else node.fields(_DEWARP)
    if fields is None or not fields["enable"].flag(default=False):
        return None
    return read_file(fields["config_file"], ReferenceKind.DEWARP)


def _read_crop(node: Node) -> Crop | None:
    fields = None if node.absent else node.fields(_CROP)
    if fields is None or not fields["enable"].flag(default=False):
        return None
    sides = {side: fields[side].whole("a number of pixels") for side in ("x0", "y0", "x1", "y1")}
    pixels = {side: value for side, value in sides.items() if value is not None}
    return node.built(lambda: Crop(**pixels)) if len(pixels) == len(sides) else None


def _read_osd(node: Node) -> bool | None:
    fields = None if node.absent else node.fields(_OSD)
    return None if fields is None else fields["enable"].flag(default=False)


def _read_frame(node: Node) -> FrameSize | None:
    fields = None if node.absent else node.fields(_FRAME)
    if fields is None:
        return None
    width = fields["width"].whole("a number of pixels")
    height = fields["height"].whole("a number of pixels")
    return None if width is None or height is None else node.built(lambda: FrameSize(width=width, height=height))


def _read_rate(node: Node) -> float | None:
    fields = None if node.absent else node.fields(_MESSAGES)
    if fields is None or fields["perSecond"].absent:
        return None
    return fields["perSecond"].number("a rate")
