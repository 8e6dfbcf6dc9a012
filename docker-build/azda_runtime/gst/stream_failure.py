"""A source of this machine that fails while others play: its stream ends, and the others go on.

A camera on the network is looked after by its own source.
"""

import threading
from collections.abc import Mapping
from typing import Any

from gi.repository import Gst

from azda_runtime.plan.sources import MUX, QUEUE


class Parting:
    """Parts with sources that fail, but for the last one.

    Args:
        pipeline: GStreamer's.
        sources: Elements of the sources that may go -> the number of their stream.
        sensors: The names of all streams' sensors.

    Attributes:
        gone: Sensor -> why it went.
    """

    def __init__(self, pipeline: Any, sources: Mapping[str, int], sensors: tuple[str, ...]) -> None:
        self.gone: dict[str, str] = {}
        self._pipeline = pipeline
        self._sources = dict(sources)
        self._sensors = sensors

    def take(self, element: str, reason: str) -> bool:
        """An element failed: part with it, where it is a source and another stream is left.

        Returns:
            Whether the pipeline goes on.
        """
        number = self._sources.get(element)
        if number is None:
            return False
        sensor = self._sensors[number]
        if sensor not in self.gone:
            if len(self.gone) + 1 >= len(self._sensors):
                return False
            self.gone[sensor] = reason
            # In a thread of its own: the source's threads may wait for the one that reports the error.
            threading.Thread(target=self._end, args=(number,), daemon=True).start()
        return True

    def go_on(self) -> None:
        """See that the pipeline plays, which an error at its start makes it give up; called some times each second."""
        if self.gone and self._pipeline.get_state(0)[0] == Gst.StateChangeReturn.FAILURE:
            self._pipeline.set_state(Gst.State.PLAYING)

    def _end(self, number: int) -> None:
        """Stop the source, and end its stream, which the multiplexer would wait for."""
        for name, each in self._sources.items():
            if each == number:
                element = self._pipeline.get_by_name(name)
                element.set_locked_state(True)
                element.set_state(Gst.State.NULL)
                self._pipeline.remove(element)  # a pipeline that starts would wait for it
        pad = self._pipeline.get_by_name(f"{QUEUE}{number}").get_static_pad("sink")
        entrance = self._pipeline.get_by_name(MUX).get_static_pad(f"sink_{number}")
        if entrance.get_current_caps() is None:  # elements on the way keep an end back until they know the caps
            pad = entrance
            pad.send_event(Gst.Event.new_stream_start(f"gone-{number}"))
        pad.send_event(Gst.Event.new_eos())
