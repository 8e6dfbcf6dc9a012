"""What two elements could not agree about: GStreamer's own error says "not-negotiated" and names neither."""

from collections.abc import Iterator
from typing import Any

HINT = "Convert it before: ffmpeg -i FILE -pix_fmt yuv420p NEW makes what every element takes."
_FAILED = "not-negotiated"


def is_failed(debug: str) -> bool:
    """Whether an error's debug text says that formats did not match."""
    return _FAILED in debug


def refused(pipeline: Any) -> str:
    """The format that no neighbour takes, and who is asked for it; empty where all fit by now."""
    alone = ""
    for pad, neighbour in _links(pipeline):
        caps = pad.get_current_caps()
        if caps is None or not caps.get_size() or caps.get_structure(0).get_name() != "video/x-raw":
            continue
        if neighbour is None:
            alone = alone or f"no element takes {_shown(caps)}"
        elif not neighbour.query_caps(None).can_intersect(caps):
            return f"{_factory(neighbour)} does not take {_shown(caps)}"
    return alone


def _links(pipeline: Any) -> Iterator[tuple[Any, Any]]:
    """Each source pad of the elements within, with its neighbour; bins have none of their own."""
    for element in pipeline.iterate_recurse():
        if hasattr(element, "iterate_recurse"):
            continue
        for pad in element.srcpads:
            peer = pad.get_peer()
            while peer is not None and hasattr(peer, "get_internal") and peer.get_internal() is not None:
                peer = peer.get_internal().get_peer()
            yield pad, peer


def _factory(pad: Any) -> str:
    element = pad.get_parent_element()
    factory = element.get_factory() if element is not None else None
    return str(factory.get_name() if factory is not None else element.__class__.__name__)


def _shown(caps: Any) -> str:
    fields = caps.get_structure(0)
    known, width = fields.get_int("width")
    _, height = fields.get_int("height")
    pixels = fields.get_string("format") or fields.get_name()
    return f"{pixels}, {width} x {height} pixels" if known else str(pixels)
