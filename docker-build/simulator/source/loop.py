"""nvurisrcbin's file-loop."""

import threading
from typing import Any

from gi.repository import Gst


class Looping:
    """`file-loop`: at the end of a file the stream starts again, and running time goes on."""

    def __init__(self, owner: Any) -> None:
        self._owner = owner
        self._base = 0
        self._last_end = 0
        self._segment = Gst.Segment()
        self._restarting = False

    def watch(self, pad: Gst.Pad) -> None:
        """Look at what leaves through a pad."""
        kinds = Gst.PadProbeType.EVENT_DOWNSTREAM | Gst.PadProbeType.EVENT_FLUSH | Gst.PadProbeType.BUFFER
        pad.add_probe(kinds, self._look)

    def _look(self, pad: Gst.Pad, info: Gst.PadProbeInfo) -> Gst.PadProbeReturn:
        if not self._owner.values["file-loop"] or self._owner.is_rtsp:
            return Gst.PadProbeReturn.OK
        if info.type & Gst.PadProbeType.BUFFER:
            self._measure(info.get_buffer())
            return Gst.PadProbeReturn.OK
        event = info.get_event()
        if event.type == Gst.EventType.EOS:
            threading.Thread(target=self._restart, daemon=True).start()
            return Gst.PadProbeReturn.DROP
        if event.type in (Gst.EventType.FLUSH_START, Gst.EventType.FLUSH_STOP) and self._restarting:
            return Gst.PadProbeReturn.DROP
        if event.type == Gst.EventType.SEGMENT and not event.has_name("nvurisrcbin-loop"):
            return self._shift(pad, event)
        return Gst.PadProbeReturn.OK

    def _measure(self, buffer: Gst.Buffer) -> None:
        self._restarting = False
        if buffer.pts != Gst.CLOCK_TIME_NONE:
            length = buffer.duration if buffer.duration != Gst.CLOCK_TIME_NONE else 0
            running = self._segment.to_running_time(Gst.Format.TIME, buffer.pts)
            if running != Gst.CLOCK_TIME_NONE:
                self._last_end = max(self._last_end, running + length)

    def _shift(self, pad: Gst.Pad, event: Gst.Event) -> Gst.PadProbeReturn:
        segment = event.parse_segment().copy()
        if segment.base == self._base:
            self._segment = segment
            return Gst.PadProbeReturn.OK
        segment.base = self._base
        self._segment = segment
        pad.push_event(Gst.Event.new_segment(segment))
        return Gst.PadProbeReturn.DROP

    def _restart(self) -> None:
        self._base, self._restarting = self._last_end, True
        source = self._owner._source  # noqa: SLF001 # one thing in two classes
        if source is not None:
            flags = Gst.SeekFlags.FLUSH | Gst.SeekFlags.KEY_UNIT
            source.seek_simple(Gst.Format.TIME, flags, 0)
