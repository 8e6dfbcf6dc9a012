"""Ends a video after so much of it, by its own clock: the same frames in every run, however loaded the machine is."""

from typing import Any

from gi.repository import Gst


def end_after(element: Any, seconds: float) -> None:
    """Let only the first seconds of a video out of an element, then end its stream.

    Time counts from the video's first frame, so 1 s of 30 frames per second are 30 frames whatever the file's first
    time stamp is. Frames without one pass.

    Args:
        element: A GStreamer element with one source pad that decoded frames leave.
        seconds: More than 0.
    """
    limit = round(seconds * Gst.SECOND)
    first: int | None = None

    def look(pad: Any, info: Any) -> Any:
        nonlocal first
        moment = _moment(pad, info.get_buffer())
        if moment is None:
            return Gst.PadProbeReturn.OK
        first = moment if first is None else first
        if moment - first < limit:
            return Gst.PadProbeReturn.OK
        pad.push_event(Gst.Event.new_eos())  # what comes later finds the pad ended, which stops the decoder
        return Gst.PadProbeReturn.DROP

    element.get_static_pad("src").add_probe(Gst.PadProbeType.BUFFER, look)


def _moment(pad: Any, buffer: Any) -> int | None:
    """A frame's running time in nanoseconds; None where it has none."""
    event = pad.get_sticky_event(Gst.EventType.SEGMENT, 0)
    if event is None or buffer is None or buffer.pts == Gst.CLOCK_TIME_NONE:
        return None
    moment = event.parse_segment().to_running_time(Gst.Format.TIME, buffer.pts)
    return None if moment == Gst.CLOCK_TIME_NONE else int(moment)
