"""What the older and the newer nvstreammux share: frames of several sources become one buffer with batch metadata."""

import threading
import time
from math import gcd
from typing import Any

from gi.repository import Gst

from simulator.mux import pads
from simulator.mux.batching import Batcher, Frame, Mark, Rules
from simulator.mux.pads import SinkState
from simulator.mux.properties import BATCH_LIMIT, FORMATS
from simulator.support import batches, capi, nvevents
from simulator.support.base import NVMM, Configured, describe, fail, formats, stream_failed, template, template_of
from simulator.support.slots import Slots
from simulator.support.video import Layout, MappedFrame

TEMPLATES = (
    template("src", formats(FORMATS, nvmm=True)),
    template("sink_%u", formats(FORMATS, nvmm=True), presence=Gst.PadPresence.REQUEST),
)

_SLOTS = 4
"""Batches under way; the newer muxer has no property for it."""


class StreamMux(Configured, Gst.Element):
    """A muxer without properties of its own: a class that GObject knows hands them on to those that derive from it."""

    scales = True

    def __init__(self) -> None:
        super().__init__()
        self.configure()
        self.srcpad = Gst.Pad.new_from_template(template_of(self, "src"), "src")
        self.srcpad.use_fixed_caps()
        self.srcpad.set_query_function_full(pads.answer_source)
        self.add_pad(self.srcpad)
        self.batcher = Batcher()
        self.sinks: dict[int, SinkState] = {}
        self.target: Layout | None = None
        self.slots = Slots(_SLOTS)
        self._thread: threading.Thread | None = None
        self._announce: set[int] = set()
        self._next_pts = 0
        self._started = False

    do_get_property = Configured.do_get_property
    do_set_property = Configured.do_set_property

    def do_request_new_pad(self, templ: Gst.PadTemplate, name: str | None, _caps: Gst.Caps | None) -> Gst.Pad | None:
        index = self._free_index() if name is None else int(name.removeprefix("sink_"))
        if index in self.sinks:
            return None
        pad = Gst.Pad.new_from_template(templ, f"sink_{index}")
        pad.set_chain_function_full(pads.take)
        pad.set_event_function_full(pads.listen)
        pad.set_query_function_full(pads.answer_sink)
        self.sinks[index] = SinkState(index, pad)
        self.batcher.add(index)
        pad.set_active(True)
        self.add_pad(pad)
        return pad

    def _free_index(self) -> int:
        return next(number for number in range(BATCH_LIMIT) if number not in self.sinks)

    def do_release_pad(self, pad: Gst.Pad) -> None:
        index = pads.index_of(pad)
        batcher = self.__dict__.get("batcher")  # gone when the element itself is disposed of
        if batcher is not None:
            batcher.remove(index)
            self.sinks.pop(index, None)
        self.remove_pad(pad)

    def do_change_state(self, transition: Gst.StateChange) -> Gst.StateChangeReturn:
        if transition == Gst.StateChange.NULL_TO_READY and not self._ready():
            return Gst.StateChangeReturn.FAILURE
        if transition == Gst.StateChange.READY_TO_PAUSED:
            self._start()
        if transition == Gst.StateChange.PAUSED_TO_READY:
            self.batcher.stop()
            self.slots.wake()
        result = Gst.Element.do_change_state(self, transition)
        if transition == Gst.StateChange.PAUSED_TO_READY and self._thread is not None:
            self._thread.join()
            self._thread = None
        return result

    def _ready(self) -> bool:
        required = (("width", "Output width not set"), ("height", "Output height not set")) if self.scales else ()
        for name, sentence in (*required, ("batch-size", "Batch size not set")):
            if not self.values[name]:
                fail(self, sentence, f"Set nvstreammux's {name}.")
                return False
        if self.values["sync-inputs"] and self.values["batched-push-timeout"] == -1:
            fail(self, "Batch push timeout not set", "sync-inputs needs batched-push-timeout.")
            return False
        return self.check_properties()

    def _start(self) -> None:
        self.target, self._started, self._next_pts = None, False, 0
        self._announce.clear()
        self.slots = Slots(self.values.get("buffer-pool-size", _SLOTS))
        for state in self.sinks.values():
            state.reset()
        if self.batcher.stopping:
            self.batcher.stop(stopping=False)
        self._thread = threading.Thread(target=self._run, name=f"{self.get_name()}:src", daemon=True)
        self._thread.start()

    def do_send_event(self, event: Gst.Event) -> bool:
        """`pyds.gst_element_send_nvevent_new_stream_reset` sends its event here."""
        known = nvevents.source_of(event)
        if known is not None and known[0] == nvevents.STREAM_RESET:
            self.batcher.mark(Mark(source=known[1], what="reset"))
            return True
        return bool(Gst.Element.do_send_event(self, event))

    def rules(self) -> Rules:
        """The properties as the batcher's rules."""
        timeout = self.values["batched-push-timeout"]
        return Rules(
            size=self.values["batch-size"],
            timeout=None if timeout < 0 else timeout / 1e6,
            live=self.values.get("live-source", False),
            synchronise=self.values["sync-inputs"],
            latency=self.values["max-latency"] / 1e9,
        )

    def layout_for(self, source: Layout) -> Layout:
        """The layout that frames of a source get; the older muxer has one for all."""
        with self.batcher.condition:
            if self.target is None:
                self.target = Layout(
                    format=source.format,
                    width=self.values["width"],
                    height=self.values["height"],
                    colorimetry=source.colorimetry,
                )
            return self.target

    def take_frame(self, state: "SinkState", buffer: Gst.Buffer) -> Gst.FlowReturn:
        """Copy a frame out of its buffer and queue it; waits while the source leads by too many."""
        if state.layout is None:
            return Gst.FlowReturn.NOT_NEGOTIATED
        target = self.layout_for(state.layout)
        surface = target.empty()
        with MappedFrame(hash(buffer), state.layout) as source:
            state.converter(target, self.values)(source, target.frame(surface))
        pts = buffer.pts
        known = pts != capi.NO_TIME
        running = state.segment.to_running_time(Gst.Format.TIME, pts) if known else 0
        frame = Frame(
            source=state.index,
            surface=surface,
            pts=pts if known else 0,
            running_time=running if running != capi.NO_TIME else 0,
            size=(state.layout.width, state.layout.height),
            ntp=None if self.values["attach-sys-ts"] else pads.reference_time(buffer),
            layout=target,
        )
        if self.batcher.put(frame):
            return Gst.FlowReturn.OK
        return Gst.FlowReturn.FLUSHING

    def _run(self) -> None:
        try:
            while True:
                marks, frames = self.batcher.take(self.rules())
                if self.batcher.stopping:
                    return
                for mark in marks:
                    self._report(mark)
                if frames:
                    result = self._push(frames)
                    if result < 0:
                        self._ended_with(result)
                        return
                elif not marks and not self._rest():
                    return
        except Exception as problem:  # noqa: BLE001 # the thread's last word must reach the bus
            stream_failed(self, describe(problem))

    def _rest(self) -> bool:
        """All sources have ended: say so once, then wait for a source to come back; False when stopping."""
        if not self.values["drop-pipeline-eos"]:
            self._open_stream(None)
            self.srcpad.push_event(Gst.Event.new_eos())
        with self.batcher.condition:
            while self.batcher.ended and not self.batcher.stopping:
                self.batcher.condition.wait()
        return not self.batcher.stopping

    def _ended_with(self, result: int) -> None:
        flow = Gst.FlowReturn(result)
        if flow not in (Gst.FlowReturn.FLUSHING, Gst.FlowReturn.EOS):
            stream_failed(
                self, "Internal data stream error.", f"streaming stopped, reason {flow.value_nick} ({result})"
            )
        if flow == Gst.FlowReturn.EOS:
            self.srcpad.push_event(Gst.Event.new_eos())
        self.batcher.stop()

    def _report(self, mark: Mark) -> None:
        if mark.what == "added":
            self._announce.add(mark.source)
        elif mark.what == "deleted":
            self._announce.discard(mark.source)
            nvevents.push(self.srcpad, nvevents.PAD_DELETED, mark.source)
        elif mark.what == "reset":
            self._restart_numbers(mark.source, "frame-num-reset-on-stream-reset")
            nvevents.push(self.srcpad, nvevents.STREAM_RESET, mark.source)
        elif mark.what == "eos":
            nvevents.push(self.srcpad, nvevents.STREAM_EOS, mark.source)
            structure = Gst.Structure.new_from_string(f"stream-eos, stream-id=(uint){mark.source};")
            self.post_message(Gst.Message.new_element(self, structure))
            self._restart_numbers(mark.source, "frame-num-reset-on-eos")

    def _restart_numbers(self, source: int, name: str) -> None:
        if self.values[name] and source in self.sinks:
            self.sinks[source].frame_number = 0

    def _push(self, frames: list[Frame]) -> int:
        if self.values.get("sort-batch"):
            frames = sorted(frames, key=lambda frame: frame.source)
        self._open_stream(frames[0])
        slot = self.slots.take()
        if self.batcher.stopping:
            return int(Gst.FlowReturn.FLUSHING)
        now = time.time_ns()
        batch = batches.create(self.values["batch-size"])
        batch.slot = slot
        for frame in frames:
            self._add(batch, frame, now)
        address = capi.new_buffer(batches.DESCRIPTOR_BYTES)
        capi.set_times(address, pts=self._pts(frames), duration=self.batcher.duration() or capi.NO_TIME)
        batches.attach(address, batch)
        return capi.push(self.srcpad, address)

    def _add(self, batch: Any, frame: Frame, now: int) -> None:
        state = self.sinks.get(frame.source)
        if frame.source in self._announce:
            self._announce.discard(frame.source)
            nvevents.push(self.srcpad, nvevents.PAD_ADDED, frame.source)
        number = 0
        if state is not None:
            number, state.frame_number = state.frame_number, state.frame_number + 1
        made = batches.add_frame(
            batch,
            batches.FrameFacts(
                surface=frame.surface,
                layout=frame.layout,
                pad_index=frame.source,
                source_id=frame.source,
                frame_number=number,
                pts=frame.pts,
                ntp=frame.ntp if frame.ntp is not None else (now if self.values["attach-sys-ts"] else 0),
                source_size=frame.size,
            ),
        )
        if state is not None and state.dewarped is not None:
            made.source_id, made.surface_type, made.surface_index = state.dewarped

    def _pts(self, frames: list[Frame]) -> int:
        """The time of a batch: the clock's for live sources, else counted up by the frame duration."""
        if self.values.get("live-source"):
            clock = self.get_clock()
            if clock is not None:
                return max(0, int(clock.get_time()) - int(self.get_base_time()))
        duration = self.batcher.duration()
        if not duration or not self.scales:
            return min(frame.running_time for frame in frames)
        pts, self._next_pts = self._next_pts, self._next_pts + duration
        return pts

    def _open_stream(self, frame: Frame | None) -> None:
        """Send stream-start, caps and segment before the first batch."""
        if self._started:
            return
        self._started = True
        self.srcpad.push_event(Gst.Event.new_stream_start(f"{self.get_name()}/src"))
        if frame is not None:
            self.srcpad.push_event(Gst.Event.new_caps(self._caps(frame)))
        segment = Gst.Segment()
        segment.init(Gst.Format.TIME)
        self.srcpad.push_event(Gst.Event.new_segment(segment))

    def _caps(self, frame: Frame) -> Gst.Caps:
        layout = frame.layout
        duration = self.batcher.duration()
        common = gcd(1_000_000_000, duration)
        rate = f"{1_000_000_000 // common}/{duration // common}" if duration else "0/1"
        colours = f", colorimetry=(string){layout.colorimetry}" if layout.colorimetry else ""
        state = self.sinks.get(frame.source)
        framerate = state.framerate if state is not None and state.framerate else rate
        return Gst.Caps.from_string(
            f"video/x-raw({NVMM}), format=(string){layout.format}, width=(int){layout.width}, "
            f"height=(int){layout.height}, framerate=(fraction){framerate}, pixel-aspect-ratio=(fraction)1/1, "
            f"batch-size=(int){self.values['batch-size']}, num-surfaces-per-frame=(int)1{colours}"
        )
