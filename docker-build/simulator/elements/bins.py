"""Elements that are bins: NVIDIA's name and pads around elements of the distribution."""

import itertools
from typing import Any

from gi.repository import Gst

from simulator.elements.nvvideoconvert import NvVideoConvert
from simulator.support.base import NVMM, Configured, make, template_of


class ConfiguredBin(Configured, Gst.Bin):
    """A bin with NVIDIA's properties, checked before it starts."""

    def __init__(self) -> None:
        super().__init__()
        self.configure()

    do_get_property = Configured.do_get_property
    do_set_property = Configured.do_set_property

    def do_change_state(self, transition: Gst.StateChange) -> Gst.StateChangeReturn:
        if transition == Gst.StateChange.NULL_TO_READY and not self.check_properties():
            return Gst.StateChangeReturn.FAILURE
        return Gst.Bin.do_change_state(self, transition)

    def chain(self, *elements: Gst.Element) -> None:
        """Add elements and link them in order.

        Raises:
            LookupError: Two of them do not fit, which says that a plugin of the distribution is not what it should be.
        """
        for element in elements:
            self.add(element)
        for left, right in itertools.pairwise(elements):
            if not left.link(right):
                raise LookupError(f"{left.get_name()} and {right.get_name()} cannot be linked.")

    def expose(self, name: str, target: Gst.Pad) -> None:
        """Show an inner pad under a name, with the element's own pad template."""
        ghost = Gst.GhostPad.new_from_template(name, target, template_of(self, name))
        ghost.set_active(True)
        self.add_pad(ghost)


def caps_filter(caps: str) -> Gst.Element:
    """A capsfilter."""
    return make("capsfilter", {"caps": Gst.Caps.from_string(caps)})


def into_nvmm(format_name: str) -> tuple[Gst.Element, Gst.Element]:
    """Elements that give frames the memory:NVMM label and a format."""
    return NvVideoConvert(), caps_filter(f"video/x-raw({NVMM}), format=(string){format_name}")


def out_of_nvmm(format_name: str) -> tuple[Gst.Element, Gst.Element]:
    """Elements that take frames out of memory:NVMM in a format."""
    return NvVideoConvert(), caps_filter(f"video/x-raw, format=(string){format_name}")


def first_installed(names: tuple[str, ...]) -> Gst.Element:
    """Make the first of these elements that is installed.

    Raises:
        LookupError: None of them is; the text names them.
    """
    for name in names:
        element: Any = Gst.ElementFactory.make(name, None)
        if element is not None:
            return element
    raise LookupError(f"None of GStreamer's elements {', '.join(names)} is installed.")
