"""nveglglessink and nv3dsink: a window where there is a display, elsewhere a sink that only keeps time."""

import os
from typing import Any

from gi.repository import Gst

from simulator.elements.bins import ConfiguredBin, first_installed, out_of_nvmm
from simulator.support.base import Configured, both_ways, formats, make, metadata, template
from simulator.support.properties import (
    GPU_ID,
    MAX_INT,
    MAX_UINT,
    PLACEMENT,
    boolean,
    declare,
    integer,
    integer64,
    memory_type,
    unsigned,
    unsigned64,
)

HANDED_ON = (
    boolean("sync", True),
    boolean("async", True),
    integer64("ts-offset", 0),
    unsigned64("render-delay", 0),
    unsigned64("throttle-time", 0),
    unsigned64("processing-deadline", 15_000_000),
    unsigned64("max-bitrate", 0),
    unsigned("blocksize", 4096),
)
"""What every sink of GStreamer has; the sink inside does it."""
WINDOW = (
    *HANDED_ON,
    boolean("qos", True, PLACEMENT),
    integer64("max-lateness", 5_000_000, PLACEMENT),
    boolean("show-preroll-frame", True, PLACEMENT),
    boolean("enable-last-sample", True, PLACEMENT),
    unsigned("window-x", 0, PLACEMENT),
    unsigned("window-y", 0, PLACEMENT),
    unsigned("window-width", 0, PLACEMENT),
    unsigned("window-height", 0, PLACEMENT),
    boolean("force-aspect-ratio", False, PLACEMENT),
    boolean("create-window", True, PLACEMENT),
    unsigned("rows", 1, PLACEMENT, bounds=(1, MAX_UINT)),
    unsigned("columns", 1, PLACEMENT, bounds=(1, MAX_UINT)),
    integer("profile", 0, PLACEMENT, bounds=(0, MAX_INT)),
    GPU_ID,
    memory_type(0),
)
"""Both sinks are closed: names from NVIDIA's documentation, defaults UNVERIFIED."""


_NAMES = frozenset(each.name for each in HANDED_ON)


class _Display(ConfiguredBin):
    """The sink's own properties go to the sink inside. Late frames are shown, not dropped: a CPU is often late."""

    PROPERTIES = WINDOW

    def __init__(self) -> None:
        super().__init__()
        if os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
            self._sink = _window()
            converter, plain = out_of_nvmm("RGBA")
            self.chain(converter, plain, make("videoconvert"), self._sink)
            first = converter
        else:
            self._sink = first = make("fakesink", {"sync": True})
            self.chain(first)
        self.expose("sink", first.get_static_pad("sink"))

    do_get_property = Configured.do_get_property
    do_set_property = Configured.do_set_property

    def property_changed(self, name: str, value: Any) -> None:
        """Hand on what the sink inside does."""
        if name in _NAMES and self._sink.find_property(name) is not None:
            self._sink.set_property(name, value)


def _window() -> Gst.Element:
    """The sink for the display at hand; autovideosink tries all, and those that have no display complain aloud."""
    try:
        return first_installed(("ximagesink",) if os.environ.get("DISPLAY") else ("waylandsink",))
    except LookupError:
        return make("autovideosink")


_TEMPLATES = (
    template(
        "sink",
        f"{formats(('NV12', 'RGBA', 'I420', 'BGRx', 'RGB', 'BGR'), nvmm=True)}; "
        f"{formats(('NV12', 'RGBA', 'I420', 'BGRx', 'RGB', 'BGR'), nvmm=False)}",
    ),
)


class NvEglGlesSink(_Display):
    """The dGPU display sink."""

    __gtype_name__ = "GstNvEglGlesSink"
    __gstmetadata__ = metadata("EGL/GLES vout Sink", "Sink/Video", "An EGL/GLES Video Output Sink")
    __gsttemplates__ = _TEMPLATES
    PROPERTIES = WINDOW
    __gproperties__ = declare(WINDOW)
    do_get_property = Configured.do_get_property
    do_set_property = Configured.do_set_property


class Nv3dSink(_Display):
    """The Jetson display sink."""

    __gtype_name__ = "GstNv3dSink"
    __gstmetadata__ = metadata("NVIDIA 3D sink", "Sink/Video", "Nvidia 3D sink")
    __gsttemplates__ = _TEMPLATES
    PROPERTIES = WINDOW
    __gproperties__ = declare(WINDOW)
    do_get_property = Configured.do_get_property
    do_set_property = Configured.do_set_property


class NvEglTransform(ConfiguredBin):
    """What Jetson programs put before nveglglessink: there it makes EGL images, here frames pass as they are."""

    __gtype_name__ = "GstNvEglTransform"
    __gstmetadata__ = metadata(
        "NVIDIA EGL transform", "Filter/Conv/Video", "Makes EGL images of frames for the display"
    )
    __gsttemplates__ = both_ways(formats(("NV12", "RGBA", "I420", "BGRx"), nvmm=True))

    def __init__(self) -> None:
        super().__init__()
        passing = make("identity", {"silent": True})
        self.chain(passing)
        self.expose("sink", passing.get_static_pad("sink"))
        self.expose("src", passing.get_static_pad("src"))
