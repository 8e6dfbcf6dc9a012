"""nvstreamdemux: each frame of a batch leaves on the source pad of its source.

As in NVIDIA's published element (DeepStream 9.1), all pads end when the batches end; `per-stream-eos` ends each pad
as soon as its own source has ended.
"""

import threading
from typing import Any

from gi.repository import Gst

from simulator.support import batches, capi, nvevents
from simulator.support.base import Configured, fail, formats, guarded, metadata, template, template_of
from simulator.support.properties import boolean, declare
from simulator.support.video import Layout

FORMATS = ("NV12", "RGBA", "I420")
TABLE = (boolean("per-stream-eos", False),)


class NvStreamDemux(Configured, Gst.Element):
    """Request pads `src_<n>` give the frames of the muxer's `sink_<n>`, one per buffer, with their metadata."""

    __gtype_name__ = "GstNvStreamDemux"
    __gstmetadata__ = metadata("Stream demultiplexer", "Generic", "1-to-N pipes stream demultiplexing")
    __gsttemplates__ = (
        template("sink", formats(FORMATS, nvmm=True)),
        template("src_%u", formats(FORMATS, nvmm=True), presence=Gst.PadPresence.REQUEST),
    )
    PROPERTIES = TABLE
    __gproperties__ = declare(TABLE)

    def __init__(self) -> None:
        super().__init__()
        self.configure()
        self.sinkpad = Gst.Pad.new_from_template(template_of(self, "sink"), "sink")
        self.sinkpad.set_chain_function_full(_chain)
        self.sinkpad.set_event_function_full(_event)
        self.sinkpad.set_query_function_full(_query)
        self.add_pad(self.sinkpad)
        self.outputs: dict[int, Gst.Pad] = {}
        self._caps: Gst.Caps | None = None
        self._segment: Gst.Event | None = None
        self._opened: set[int] = set()
        self._ended: set[int] = set()
        self._lock = threading.Lock()

    do_get_property = Configured.do_get_property
    do_set_property = Configured.do_set_property

    def do_request_new_pad(self, templ: Gst.PadTemplate, name: str | None, _caps: Gst.Caps | None) -> Gst.Pad | None:
        index = len(self.outputs) if name is None else int(name.removeprefix("src_"))
        if index in self.outputs:
            return None
        pad = Gst.Pad.new_from_template(templ, f"src_{index}")
        pad.use_fixed_caps()
        pad.set_active(True)
        with self._lock:
            self.outputs[index] = pad
        self.add_pad(pad)
        return pad

    def do_release_pad(self, pad: Gst.Pad) -> None:
        index = int(pad.get_name().removeprefix("src_"))
        if "outputs" in self.__dict__:  # gone when the element itself is disposed of
            with self._lock:
                self.outputs.pop(index, None)
                self._opened.discard(index)
        self.remove_pad(pad)

    def do_change_state(self, transition: Gst.StateChange) -> Gst.StateChangeReturn:
        if transition == Gst.StateChange.READY_TO_PAUSED:
            self._opened.clear()
            self._ended.clear()
        return Gst.Element.do_change_state(self, transition)

    @guarded
    def split(self, buffer: Gst.Buffer) -> Gst.FlowReturn:
        """Push each frame of a batch on its pad."""
        batch = batches.of(hash(buffer))
        if batch is None:
            fail(self, "nvstreamdemux got a buffer without batch metadata.", "Put nvstreammux before it.")
            return Gst.FlowReturn.ERROR
        flows = []
        for frame in list(batches.frames(batch)):
            pad = self.outputs.get(frame.pad_index)
            if pad is None:
                continue
            self._open(frame.pad_index, pad, batches.picture_of(batch, frame).layout, frame)
            address = capi.new_buffer(batches.DESCRIPTOR_BYTES, like=hash(buffer))
            capi.set_times(address, pts=frame.buf_pts, duration=buffer.duration)
            batches.attach(address, batches.alone(batch, frame))
            flows.append(capi.push(pad, address))
        return _together(flows)

    def _open(self, index: int, pad: Gst.Pad, layout: Layout, frame: Any) -> None:
        if index in self._opened:
            return
        self._opened.add(index)
        pad.push_event(Gst.Event.new_stream_start(f"{self.get_name()}/src_{index}"))
        pad.push_event(Gst.Event.new_caps(self._frame_caps(layout, frame)))
        if self._segment is not None:
            pad.push_event(self._segment)

    def _frame_caps(self, layout: Layout, _frame: Any) -> Gst.Caps:
        assert self._caps is not None  # noqa: S101 # caps come before data
        structure = self._caps.get_structure(0).copy()
        for name, value in (("width", layout.width), ("height", layout.height), ("batch-size", 1)):
            structure.set_value(name, value)
        caps = Gst.Caps.new_empty()
        caps.append_structure_full(structure, Gst.CapsFeatures.from_string("memory:NVMM"))
        return caps

    def hear(self, event: Gst.Event) -> bool:
        """Events of the batch: a source's end ends its pad, the batch's end ends all."""
        known = nvevents.source_of(event)
        if known is not None:
            self._source_event(*known)
        elif event.type == Gst.EventType.CAPS:
            self._caps = event.parse_caps()
            self._opened.clear()
        elif event.type == Gst.EventType.SEGMENT:
            self._segment = event
        elif event.type == Gst.EventType.EOS:
            self._end(set(self.outputs) - self._ended)
        elif event.type in (Gst.EventType.FLUSH_START, Gst.EventType.FLUSH_STOP):
            for pad in list(self.outputs.values()):
                pad.push_event(event)
        return True

    def _source_event(self, kind: int, source: int) -> None:
        if kind == nvevents.PAD_ADDED:
            self._ended.discard(source)
            self._opened.discard(source)
        elif kind == nvevents.STREAM_EOS and self.values["per-stream-eos"]:
            self._end({source} & set(self.outputs) - self._ended)

    def _end(self, sources: set[int]) -> None:
        for source in sorted(sources):
            self._ended.add(source)
            pad = self.outputs.get(source)
            if pad is None:
                continue
            if source not in self._opened:
                pad.push_event(Gst.Event.new_stream_start(f"{self.get_name()}/src_{source}"))
            pad.push_event(Gst.Event.new_eos())


def _together(flows: list[int]) -> Gst.FlowReturn:
    """One pad's end or missing link is not the end of the others."""
    bad = [flow for flow in flows if flow < Gst.FlowReturn.EOS or flow == Gst.FlowReturn.FLUSHING]
    bad = [flow for flow in bad if flow != Gst.FlowReturn.NOT_LINKED]
    if bad:
        return Gst.FlowReturn(bad[0])
    if flows and all(flow == Gst.FlowReturn.EOS for flow in flows):
        return Gst.FlowReturn.EOS
    return Gst.FlowReturn.OK


def _chain(_pad: Gst.Pad, demux: NvStreamDemux, buffer: Gst.Buffer) -> Gst.FlowReturn:
    flow: Gst.FlowReturn = demux.split(buffer)
    return flow


def _event(_pad: Gst.Pad, demux: NvStreamDemux, event: Gst.Event) -> bool:
    return demux.hear(event)


def _query(pad: Gst.Pad, demux: NvStreamDemux, query: Gst.Query) -> bool:
    if query.type == Gst.QueryType.CAPS:
        caps = pad.get_pad_template_caps()
        desire = query.parse_caps()
        query.set_caps_result(caps.intersect_full(desire, Gst.CapsIntersectMode.FIRST) if desire is not None else caps)
        return True
    return bool(pad.query_default(demux, query))
