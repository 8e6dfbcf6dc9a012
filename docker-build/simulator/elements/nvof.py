"""nvof and nvofvisual: optical flow is computed by hardware of its own, so they exist and refuse to start."""

from gi.repository import Gst

from simulator.elements.bins import ConfiguredBin
from simulator.support.base import Configured, both_ways, fail, formats, make, metadata
from simulator.support.properties import GPU_ID, PLACEMENT, declare, text, unsigned


class _Hardware(ConfiguredBin):
    """Frames would pass; starting is refused by a sentence."""

    NAME = ""

    def __init__(self) -> None:
        super().__init__()
        passing = make("identity", {"silent": True})
        self.chain(passing)
        self.expose("sink", passing.get_static_pad("sink"))
        self.expose("src", passing.get_static_pad("src"))

    def do_change_state(self, transition: Gst.StateChange) -> Gst.StateChangeReturn:
        if transition == Gst.StateChange.NULL_TO_READY:
            fail(
                self,
                f"{self.NAME} needs the optical flow hardware of an NVIDIA GPU, and the simulator has none.",
                "Leave it out here, and test its part on a device.",
            )
            return Gst.StateChangeReturn.FAILURE
        return ConfiguredBin.do_change_state(self, transition)


class NvOf(_Hardware):
    """Motion vectors between frames."""

    __gtype_name__ = "GstNvOf"
    __gstmetadata__ = metadata("nvof plugin", "nvof functionality", "Optical flow of NVIDIA's hardware")
    __gsttemplates__ = both_ways(formats(("NV12",), nvmm=True))
    PROPERTIES = (
        GPU_ID,
        text("dump-of-meta", "", PLACEMENT),
        unsigned("preset-level", 0, PLACEMENT),
        unsigned("pool-size", 7, PLACEMENT),
        unsigned("grid-size", 0, PLACEMENT),
    )
    __gproperties__ = declare(PROPERTIES)
    NAME = "nvof"
    do_get_property = Configured.do_get_property
    do_set_property = Configured.do_set_property


class NvOfVisual(_Hardware):
    """Motion vectors as colours."""

    __gtype_name__ = "GstNvOfVisual"
    __gstmetadata__ = metadata("nvofvisual", "nvofvisual", "Shows motion vectors as colours")
    __gsttemplates__ = both_ways(formats(("NV12", "RGBA"), nvmm=True))
    PROPERTIES = (GPU_ID,)
    __gproperties__ = declare(PROPERTIES)
    NAME = "nvofvisual"
    do_get_property = Configured.do_get_property
    do_set_property = Configured.do_set_property
