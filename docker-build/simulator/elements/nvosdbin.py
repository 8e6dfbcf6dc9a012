"""nvosdbin: nvdsosd with the converter that it needs, as one element; Service Maker's programs use it."""

from typing import Any

from gi.repository import Gst

from simulator.elements.bins import ConfiguredBin
from simulator.elements.nvdsosd import TABLE, NvDsOsd
from simulator.elements.nvvideoconvert import NvVideoConvert
from simulator.support.base import NVMM, Configured, both_ways, formats, make, metadata
from simulator.support.properties import declare


class NvOsdBin(ConfiguredBin):
    """Frames become RGBA and are drawn on; every property is nvdsosd's."""

    __gtype_name__ = "GstNvOsdBin"
    __gstmetadata__ = metadata("NvOsd Bin", "NvOsd Bin", "Converter and on-screen display")
    __gsttemplates__ = both_ways(formats(("NV12", "RGBA", "I420"), nvmm=True))
    PROPERTIES = TABLE
    __gproperties__ = declare(TABLE)

    def __init__(self) -> None:
        super().__init__()
        converter = NvVideoConvert()
        rgba = make("capsfilter", {"caps": Gst.Caps.from_string(f"video/x-raw({NVMM}), format=(string)RGBA")})
        self.display = NvDsOsd()
        self.chain(converter, rgba, self.display)
        self.expose("sink", converter.get_static_pad("sink"))
        self.expose("src", self.display.get_static_pad("src"))

    do_get_property = Configured.do_get_property
    do_set_property = Configured.do_set_property

    def property_changed(self, name: str, value: Any) -> None:
        """Hand the value to the display."""
        self.display.set_property(name, value)
