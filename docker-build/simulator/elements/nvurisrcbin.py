"""nvurisrcbin: a URI in, decoded frames in memory:NVMM out; file loops and RTSP reconnection."""

import threading
import time
from typing import Any

from gi.repository import Gst

from simulator.elements.bins import caps_filter
from simulator.elements.nvvideoconvert import NvVideoConvert
from simulator.source.loop import Looping
from simulator.source.properties import TABLE
from simulator.support.base import (
    NVMM,
    Configured,
    describe,
    fail,
    formats,
    make,
    metadata,
    stream_failed,
    template,
    template_of,
)
from simulator.support.properties import declare

FORMATS = ("I420", "NV12", "RGBA", "BGRx", "GRAY8")
WATCH_EVERY = 0.2
"""Seconds between two looks at when the last frame of an RTSP source came."""
_RTSP = 2  # NVIDIA's number for a source of that kind


class NvUriSrcBin(Configured, Gst.Bin):
    """Shows `vsrc_0` when the stream's video is known, and `asrc_0` where audio is wanted."""

    __gtype_name__ = "GstDsNvUriSrcBin"
    __gstmetadata__ = metadata("NvUriSrc Bin", "NvUriSrc Bin", "Nvidia DeepStreamSDK NvUriSrc Bin")
    __gsttemplates__ = (
        template(
            "vsrc_%u",
            f"{formats(FORMATS, nvmm=True)}; {formats(FORMATS, nvmm=False)}",
            presence=Gst.PadPresence.SOMETIMES,
        ),
        template("asrc_%u", "audio/x-raw", presence=Gst.PadPresence.SOMETIMES),
    )
    PROPERTIES = TABLE
    __gproperties__ = declare(TABLE)

    def __init__(self) -> None:
        super().__init__()
        self.configure()
        self.looping = Looping(self)
        self._source: Gst.Element | None = None
        self._converter: Gst.Element | None = None
        self._stop = threading.Event()
        self._watch: threading.Thread | None = None
        self._asked_to_end = False
        self.last_frame = 0.0

    do_get_property = Configured.do_get_property
    do_set_property = Configured.do_set_property

    @property
    def is_rtsp(self) -> bool:
        """Whether the source is an RTSP camera."""
        return self.values["type"] == _RTSP or str(self.values["uri"]).startswith("rtsp")

    def do_change_state(self, transition: Gst.StateChange) -> Gst.StateChangeReturn:
        if transition == Gst.StateChange.NULL_TO_READY and not (self.check_properties() and self._build()):
            return Gst.StateChangeReturn.FAILURE
        if transition == Gst.StateChange.READY_TO_PAUSED:
            self._start_watch()
        if transition == Gst.StateChange.PAUSED_TO_READY:
            self._stop.set()
        result = Gst.Bin.do_change_state(self, transition)
        if transition == Gst.StateChange.PAUSED_TO_READY and self._watch is not None:
            self._watch.join()
            self._watch = None
        if transition == Gst.StateChange.READY_TO_NULL:
            self._dismantle()
        return result

    def _build(self) -> bool:
        if not self.values["uri"]:
            fail(self, "nvurisrcbin needs the property uri.", "Set uri to a file:// or rtsp:// address.")
            return False
        try:
            self._source = self._make_source()
            self._converter = NvVideoConvert()
            label = caps_filter(f"video/x-raw({NVMM}), format=(string){{ NV12, RGBA, I420 }}")
        except LookupError as problem:
            fail(self, describe(problem), "Install the distribution's GStreamer plugins.")
            return False
        for element in (self._source, self._converter, label):
            self.add(element)
        self._converter.link(label)
        ghost = Gst.GhostPad.new_from_template("vsrc_0", label.get_static_pad("src"), template_of(self, "vsrc_%u"))
        ghost.set_active(True)
        self._video = ghost
        self._shown = False
        pad = label.get_static_pad("src")
        pad.add_probe(Gst.PadProbeType.BUFFER, _note_frame)
        self.looping.watch(pad)
        return True

    def _make_source(self) -> Gst.Element:
        source = make("uridecodebin", {"uri": self.values["uri"]})
        if self.values["disable-audio"]:
            source.connect("autoplug-continue", _only_video)
        source.connect("source-setup", _set_up_source, self.values)
        source.connect("element-added", _set_up_decoder, self.values)
        source.connect("deep-element-added", _set_up_deep, self.values)
        source.connect("pad-added", _show, self)
        return source

    def show(self, pad: Gst.Pad) -> None:
        """A decoded stream appeared: link video to the converter; show or swallow audio."""
        caps = pad.get_current_caps() or pad.query_caps(None)
        kind = caps.get_structure(0).get_name()
        if kind.startswith("video") and self._converter is not None:
            pad.add_probe(Gst.PadProbeType.EVENT_DOWNSTREAM, _hold_back_the_end, self)
            target = self._converter.get_static_pad("sink")
            if not target.is_linked():
                pad.link(target)
            if not self._shown:
                self._shown = True
                self.add_pad(self._video)
                self.no_more_pads()
        elif kind.startswith("audio") and not self.values["disable-audio"]:
            ghost = Gst.GhostPad.new_from_template("asrc_0", pad, template_of(self, "asrc_%u"))
            ghost.set_active(True)
            self.add_pad(ghost)

    @property
    def waits_for_the_source(self) -> bool:
        """Whether an RTSP source that ends is expected back: a server that dies looks like an end of its stream."""
        return self._watch is not None and not self._asked_to_end

    def do_send_event(self, event: Gst.Event) -> bool:
        self._asked_to_end |= event.type == Gst.EventType.EOS
        return bool(Gst.Bin.do_send_event(self, event))

    def _start_watch(self) -> None:
        self._stop.clear()
        self._asked_to_end = False
        self.last_frame = time.monotonic()
        if self.is_rtsp and (self.values["rtsp-reconnect-interval"] or self.values["init-rtsp-reconnect-interval"]):
            self._watch = threading.Thread(target=self._look, name=f"{self.get_name()}:watch", daemon=True)
            self._watch.start()

    def _look(self) -> None:
        attempts = 0
        while not self._stop.wait(WATCH_EVERY):
            silent = time.monotonic() - self.last_frame
            first = self.values["init-rtsp-reconnect-interval"] if not self._shown else 0
            limit = first or self.values["rtsp-reconnect-interval"]
            if not limit or silent < limit:
                attempts = attempts if silent > WATCH_EVERY * 2 else 0
                continue
            most = self.values["rtsp-reconnect-attempts"]
            if 0 <= most <= attempts:
                stream_failed(self, f"nvurisrcbin gave up {self.values['uri']} after {attempts} attempts to reconnect.")
                return
            attempts += 1
            self.last_frame = time.monotonic()
            self._reconnect()

    def _reconnect(self) -> None:
        """Replace the source by a fresh one; downstream sees a pause."""
        old, self._source = self._source, None
        if old is not None:
            old.set_locked_state(True)  # or a state change of the whole pipeline, under way now, starts it again
            old.set_state(Gst.State.NULL)
            self.remove(old)
        if self._stop.is_set():
            return
        self._source = self._make_source()
        self.add(self._source)
        self._source.sync_state_with_parent()

    def do_handle_message(self, message: Gst.Message) -> None:
        if message.type == Gst.MessageType.ERROR and self._watch is not None and not self._stop.is_set():
            error, debug = message.parse_error()
            message = Gst.Message.new_warning(message.src, error, debug)
        Gst.Bin.do_handle_message(self, message)

    def _dismantle(self) -> None:
        if getattr(self, "_shown", False):
            self.remove_pad(self._video)
            self._shown = False
        for element in list(self.children):
            element.set_state(Gst.State.NULL)
            self.remove(element)
        self._source = self._converter = None
        self.looping = Looping(self)


def _note_frame(pad: Gst.Pad, _info: Gst.PadProbeInfo) -> Gst.PadProbeReturn:
    pad.get_parent_element().get_parent().last_frame = time.monotonic()
    return Gst.PadProbeReturn.OK


def _show(_source: Gst.Element, pad: Gst.Pad, owner: NvUriSrcBin) -> None:
    owner.show(pad)


def _hold_back_the_end(_pad: Gst.Pad, info: Gst.PadProbeInfo, owner: NvUriSrcBin) -> Gst.PadProbeReturn:
    ends = info.get_event().type == Gst.EventType.EOS and owner.waits_for_the_source
    return Gst.PadProbeReturn.DROP if ends else Gst.PadProbeReturn.OK


def _only_video(_source: Gst.Element, _pad: Gst.Pad, caps: Gst.Caps) -> bool:
    """Stop at undecoded audio: it stays an undecoded pad that nobody links."""
    return not caps.get_structure(0).get_name().startswith("audio/")


def _set_up_source(_bin: Gst.Element, source: Gst.Element, values: dict[str, Any]) -> None:
    if source.get_factory().get_name() != "rtspsrc":
        return
    for name, value in (
        ("latency", values["latency"]),
        ("buffer-mode", values["buffer-mode"]),
        ("drop-on-latency", values["drop-on-latency"]),
        ("udp-buffer-size", values["udp-buffer-size"]),
        ("protocols", values["select-rtp-protocol"]),
    ):
        source.set_property(name, value)


def _set_up_decoder(_bin: Gst.Element, element: Gst.Element, values: dict[str, Any]) -> None:
    factory = element.get_factory()
    if factory is not None and factory.get_name() == "nvv4l2decoder":
        element.set_property("drop-frame-interval", values["drop-frame-interval"])


def _set_up_deep(outer: Gst.Element, _bin: Gst.Element, element: Gst.Element, values: dict[str, Any]) -> None:
    _set_up_decoder(outer, element, values)
