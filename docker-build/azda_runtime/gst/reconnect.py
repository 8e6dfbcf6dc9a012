"""The sources of a pipeline that come from cameras: what they say, and when they connect anew."""

import time
from collections.abc import Mapping
from typing import Any

from azda_runtime.plan.cameras import CameraState, CameraWatch

_INTERVAL = "rtsp-reconnect-interval"


class Reconnecting:
    """Watches a pipeline's cameras.

    DeepStream's nvurisrcbin connects anew by itself when no frame came for its interval; the interval grows while a
    camera stays away, and is short again once it is back. That a change holds at once is seen on the simulator.

    Args:
        name: The pipeline's id.
        pipeline: GStreamer's.
        cameras: Source element -> its sensor's name.
        frames: Sensor -> how many frames of it came so far.
    """

    def __init__(self, name: str, pipeline: Any, cameras: Mapping[str, str], frames: Mapping[str, int]) -> None:
        now = time.monotonic()
        self._frames = frames
        self._sensors = dict(cameras)
        self._elements = {name: pipeline.get_by_name(name) for name in cameras}
        self._watches = {element: CameraWatch(sensor, now, pipeline=name) for element, sensor in cameras.items()}

    @property
    def states(self) -> dict[str, CameraState]:
        """Sensor -> how its stream does."""
        return {self._sensors[name]: watch.state for name, watch in self._watches.items()}

    def warned(self, element: str, problem: str) -> bool:
        """An element of the pipeline warned; whether it is a camera's source, whose warnings are all logged here."""
        watch = self._watches.get(element)
        if watch is not None:
            watch.warned(problem, time.monotonic())
        return watch is not None

    def look(self) -> None:
        """Look at all of them; called some times each second."""
        now = time.monotonic()
        for name, watch in self._watches.items():
            before = watch.interval
            watch.saw(self._frames.get(self._sensors[name], 0), now)
            element = self._elements[name]
            if watch.interval != before and element is not None and element.find_property(_INTERVAL) is not None:
                element.set_property(_INTERVAL, watch.interval)
