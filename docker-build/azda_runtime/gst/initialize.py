"""Starting GStreamer."""

from gi.repository import Gst

from azda_runtime.gst.errors import PipelineError


def start() -> None:
    """Initialise GStreamer; a second time does nothing.

    Raises:
        PipelineError: It cannot be initialised.
    """
    if not Gst.init_check(None):
        raise PipelineError("GStreamer cannot be initialised.", hint="Try gst-inspect-1.0: it says why.")


def has_element(factory: str) -> bool:
    """Whether there is an element of that name."""
    return Gst.ElementFactory.find(factory) is not None
