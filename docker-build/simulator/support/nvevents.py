"""NVIDIA's custom events that say which source of a batch something happened to."""

from typing import Any

from gi.repository import Gst
from pyds import _simulator as sim

from simulator.support import capi

_DOWNSTREAM, _SERIALIZED, _NUMBER_SHIFT = 1 << 1, 1 << 2, 8


def _kind(number: int) -> int:
    return number << _NUMBER_SHIFT | _DOWNSTREAM | _SERIALIZED


PAD_ADDED, PAD_DELETED, STREAM_EOS, STREAM_SEGMENT, STREAM_RESET, STREAM_START = map(_kind, range(400, 406))

_NAMES = {
    PAD_ADDED: "nv-pad-added",
    PAD_DELETED: "nv-pad-deleted",
    STREAM_EOS: "nv-stream-eos",
    STREAM_SEGMENT: "nv-stream-segment",
    STREAM_RESET: "nv-stream-reset",
    STREAM_START: "nv-stream-start",
}
"""The structure names are ours: NVIDIA's are inside a library without public source. The numbers are NVIDIA's."""


def push(pad: Any, kind: int, source: int) -> None:
    """Push one of these events downstream for a source (its sink pad's number on the muxer)."""
    text = f"{_NAMES[kind]}, source-id=(uint){source};"
    structure = capi.gst.gst_structure_from_string(text.encode(), None)
    capi.gst.gst_pad_push_event(hash(pad), capi.gst.gst_event_new_custom(kind, structure))


def source_of(event: Gst.Event) -> tuple[int, int] | None:
    """The kind and the source of an event; None when it is not one of these."""
    kind = int(event.type)
    if event.has_name(sim.STREAM_RESET):
        kind = STREAM_RESET
    if kind not in _NAMES:
        return None
    found, source = event.get_structure().get_uint("source-id")
    return (kind, source) if found else None


def interval_of(event: Gst.Event) -> int | None:
    """The interval in `pyds.gst_element_send_nvevent_interval_update`'s event; None for other events."""
    if not event.has_name(sim.INTERVAL_UPDATE):
        return None
    found, interval = event.get_structure().get_uint("interval")
    return interval if found else None
