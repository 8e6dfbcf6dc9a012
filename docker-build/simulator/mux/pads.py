"""The pads of nvstreammux: what arrives on a sink pad, and what neighbours may ask."""

from typing import Any

from gi.repository import Gst

from simulator.mux.batching import Mark
from simulator.support import nvevents
from simulator.support.base import NVMM, guarded
from simulator.support.video import Converter, Converters, Layout, Rectangle

DEWARPED = ("dewarper-source-id", "dewarper-surface-type", "dewarper-surface-index")
"""Caps fields in which nvdewarper states the source, the projection and the surface."""
NTP_CAPS = "timestamp/x-ntp"
NTP_TO_UNIX = 2_208_988_800 * 10**9  # RFC 868 states the seconds
"""Nanoseconds between 1900, where NTP starts to count, and 1970."""


class SinkState:
    """What the muxer knows of one sink pad."""

    def __init__(self, index: int, pad: Gst.Pad) -> None:
        self.index, self.pad = index, pad
        self.converters = Converters(4)
        self.reset()

    def reset(self) -> None:
        """Forget the stream, as at the start of a run."""
        self.layout: Layout | None = None
        self.framerate = ""
        self.dewarped: tuple[int, ...] | None = None
        self.segment = Gst.Segment()
        self.segment.init(Gst.Format.TIME)
        self.frame_number = 0

    def converter(self, target: Layout, values: dict[str, Any]) -> Converter:
        """The converter from this source to the batch's layout, with black bands where padding is on."""
        assert self.layout is not None  # noqa: S101 # frames come after caps
        nearest = values.get("interpolation-method") in (0, 6)
        if not values.get("enable-padding"):
            return self.converters.get(self.layout, target, nearest=nearest)
        place = letterbox(self.layout, target)
        border = 0 if target.format == "RGBA" else 0xFF000000
        return self.converters.get(self.layout, target, nearest=nearest, place=place, border=border)


def letterbox(source: Layout, target: Layout) -> Rectangle:
    """Where a source goes in the frame when its aspect ratio is kept: centred, all numbers even, as NVIDIA's does."""
    height = target.width * source.height / source.width
    if height <= target.height:
        width, rows = target.width, int(height)
    else:
        width, rows = int(target.height * source.width / source.height), target.height
    width, rows = width & ~1, rows & ~1
    return ((target.width - width) // 2 & ~1, (target.height - rows) // 2 & ~1, width, rows)


def index_of(pad: Gst.Pad) -> int:
    """The number in `sink_<number>`."""
    return int(pad.get_name().removeprefix("sink_"))


def reference_time(buffer: Gst.Buffer) -> int | None:
    """The sender's capture time from rtspsrc (`add-reference-timestamp-meta`), nanoseconds since 1970."""
    meta = buffer.get_reference_timestamp_meta(Gst.Caps.from_string(NTP_CAPS))
    return None if meta is None else int(meta.timestamp) - NTP_TO_UNIX


def take(pad: Gst.Pad, mux: Any, buffer: Gst.Buffer) -> Gst.FlowReturn:
    """Chain function of a sink pad."""
    state = mux.sinks.get(index_of(pad))
    return Gst.FlowReturn.FLUSHING if state is None else _take(mux, (state, buffer))


@guarded
def _take(mux: Any, what: tuple[SinkState, Gst.Buffer]) -> Gst.FlowReturn:
    flow: Gst.FlowReturn = mux.take_frame(*what)
    return flow


def listen(pad: Gst.Pad, mux: Any, event: Gst.Event) -> bool:
    """Event function of a sink pad: nothing is forwarded but upstream's requests; the muxer starts its own stream."""
    index = index_of(pad)
    state = mux.sinks.get(index)
    if state is None:
        return False
    kind = event.type
    if kind == Gst.EventType.CAPS:
        return _take_caps(mux, state, event.parse_caps())
    if kind == Gst.EventType.SEGMENT:
        state.segment = event.parse_segment().copy()
    elif kind == Gst.EventType.EOS:
        mux.batcher.mark(Mark(source=index, what="eos"))
    elif kind in (Gst.EventType.FLUSH_START, Gst.EventType.FLUSH_STOP):
        mux.batcher.flush(index, start=kind == Gst.EventType.FLUSH_START)
    elif (nvevents.source_of(event) or (0,))[0] == nvevents.STREAM_RESET:
        mux.batcher.mark(Mark(source=index, what="reset"))
    return True


def _take_caps(mux: Any, state: SinkState, caps: Gst.Caps) -> bool:
    state.layout = Layout.from_caps(caps)
    fields = caps.get_structure(0)
    state.dewarped = tuple(fields.get_int(name)[1] for name in DEWARPED) if fields.has_field(DEWARPED[0]) else None
    known, numerator, denominator = caps.get_structure(0).get_fraction("framerate")
    state.framerate = f"{numerator}/{denominator}" if known and numerator else ""
    duration = round(10**9 * denominator / numerator) if known and numerator else 0
    mux.batcher.frame_duration(state.index, duration)
    mux.batcher.recorded(state.index, yes=_is_recorded(state.pad))
    return True


def _is_recorded(pad: Gst.Pad) -> bool:
    """Whether what is upstream says that it is not a live source."""
    query = Gst.Query.new_latency()
    return bool(pad.peer_query(query)) and not query.parse_latency()[0]


def answer_sink(pad: Gst.Pad, mux: Any, query: Gst.Query) -> bool:
    """Query function of a sink pad: only formats that the elements behind the muxer take."""
    if query.type != Gst.QueryType.CAPS:
        return bool(pad.query_default(mux, query))
    caps = pad.get_pad_template_caps()
    wanted = mux.srcpad.peer_query_caps(None)
    allowed = _formats(caps) & _formats(wanted) if wanted and not wanted.is_any() and not wanted.is_empty() else None
    if allowed:
        listed = ", ".join(name for name in ("NV12", "RGBA", "I420") if name in allowed)
        caps = caps.intersect(Gst.Caps.from_string(f"video/x-raw({NVMM}), format=(string){{ {listed} }}"))
    desire = query.parse_caps()
    query.set_caps_result(caps.intersect_full(desire, Gst.CapsIntersectMode.FIRST) if desire is not None else caps)
    return True


def _formats(caps: Gst.Caps) -> set[str]:
    """The format names that caps list; everything when a structure leaves the format open."""
    names = {"NV12", "RGBA", "I420"}
    found: set[str] = set()
    for index in range(caps.get_size()):
        structure = caps.get_structure(index)
        if not structure.has_field("format"):
            return names
        value = structure.get_value("format")
        found |= {value} if isinstance(value, str) else set(value)
    return found & names


def answer_source(pad: Gst.Pad, mux: Any, query: Gst.Query) -> bool:
    """Query function of the source pad; the wait for a batch adds to the latency of live sources."""
    answered = bool(pad.query_default(mux, query))
    if answered and query.type == Gst.QueryType.LATENCY:
        live, least, most = query.parse_latency()
        extra = max(0, mux.values["batched-push-timeout"]) * 1000 + mux.values["max-latency"]
        if live:
            query.set_latency(live, least + extra, most if most == Gst.CLOCK_TIME_NONE else most + extra)
    return answered
