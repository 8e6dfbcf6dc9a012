"""nvstreammux, the older and the newer."""

from typing import ClassVar

from simulator.mux.muxer import TEMPLATES, StreamMux
from simulator.mux.properties import NEW, OLD
from simulator.support.base import metadata
from simulator.support.properties import Property, declare
from simulator.support.video import Layout


class NvStreamMux(StreamMux):
    """The older muxer: every frame is scaled to width x height."""

    __gtype_name__ = "GstNvStreamMux"
    __gstmetadata__ = metadata("Stream multiplexer", "Generic", "N-to-1 pipe stream multiplexing")
    __gsttemplates__ = TEMPLATES
    PROPERTIES: ClassVar[tuple[Property, ...]] = OLD
    __gproperties__ = declare(OLD)

    do_get_property = StreamMux.do_get_property
    do_set_property = StreamMux.do_set_property


class NewStreamMux(StreamMux):
    """The newer muxer (USE_NEW_NVSTREAMMUX=yes): no scaling, one timeout, all sources of one size."""

    __gtype_name__ = "GstNvStreamMuxNew"
    __gstmetadata__ = metadata("Stream multiplexer", "Generic", "N-to-1 pipe stream multiplexing, without scaling")
    __gsttemplates__ = TEMPLATES
    PROPERTIES: ClassVar[tuple[Property, ...]] = NEW
    __gproperties__ = declare(NEW)
    scales = False

    do_get_property = StreamMux.do_get_property
    do_set_property = StreamMux.do_set_property

    def layout_for(self, source: Layout) -> Layout:
        """Every source keeps its own layout."""
        return source
