"""From a plan to a GStreamer pipeline: each step is checked, for GStreamer answers with False or None."""

import contextlib
from typing import Any

from gi.repository import GLib, Gst

from azda_runtime.gst.errors import PipelineError
from azda_runtime.gst.passthrough import parsed
from azda_runtime.plan import Element, Link, Plan, Secret
from azda_runtime.plan.values import Value

_PACKAGES = {
    "x264enc": "gstreamer1.0-plugins-ugly",
    "h264parse": "gstreamer1.0-plugins-bad",
    "mp4mux": "gstreamer1.0-plugins-good",
    "pngenc": "gstreamer1.0-plugins-good",
    "rtph264pay": "gstreamer1.0-plugins-good",
    "udpsink": "gstreamer1.0-plugins-good",
    "v4l2src": "gstreamer1.0-plugins-good",
    "decodebin": "gstreamer1.0-plugins-base",
    "videoconvert": "gstreamer1.0-plugins-base",
}


def assemble(plan: Plan) -> Any:
    """Make the pipeline, in the state NULL.

    Raises:
        PipelineError: An element or a property is not there, or two elements cannot be linked.
        InvalidValueError: A passthrough pipeline would touch files that it may not.
    """
    if plan.launch:
        return parsed(plan.launch)
    pipeline = Gst.Pipeline.new(None)
    elements = {}
    for planned in plan.elements:
        element = elements[planned.name] = _made(planned)
        # Older bindings answer with a bool, newer ones raise an exception of their own.
        with contextlib.suppress(Exception):
            pipeline.add(element)
        if element.get_parent() is None:
            raise PipelineError(f"The element {planned.name} cannot be added to the pipeline.")
    for link in plan.links:
        _connect(elements[link.source], elements[link.sink], link)
    return pipeline


def set_property(element: Any, name: str, value: Value) -> None:
    """Set a property; the value never gets into an error's text when it is a secret.

    Raises:
        PipelineError: There is no such property, or it does not take the value.
    """
    factory = element.get_factory().get_name()
    if element.find_property(name) is None:
        raise PipelineError(f"{factory} has no property {name} in this release.", hint="Is it DeepStream 6.4 to 9.2?")
    plain: Any = value.value if isinstance(value, Secret) else value
    if name == "caps":
        plain = Gst.Caps.from_string(plain)
    try:
        element.set_property(name, plain)
    except (TypeError, ValueError, OverflowError):
        shown = value.shown if isinstance(value, Secret) else repr(value)
        raise PipelineError(f"{factory} does not take {shown} for {name}.") from None


def _made(planned: Element) -> Any:
    element = Gst.ElementFactory.make(planned.factory, planned.name)
    if element is None:
        package = _PACKAGES.get(planned.factory, "gstreamer1.0-plugins-base")
        hint = f"apt-get install {package}"
        if planned.factory.startswith("nv"):
            hint = (
                "It is DeepStream's own: run in DeepStream's image, or with the simulator's plugins (GST_PLUGIN_PATH)."
            )
        raise PipelineError(f"GStreamer has no element {planned.factory}.", hint=hint)
    for name, value in planned.properties:
        set_property(element, name, value)
    return element


def _connect(source: Any, sink: Any, link: Link) -> None:
    if link.late:
        source.connect("pad-added", _connect_video, sink)
    elif not source.link_pads(None, sink, link.sink_pad or None):
        raise _unlinked(link.source, link.sink)


def _connect_video(source: Any, pad: Any, sink: Any) -> None:
    """Link the first video that a source shows; audio and further tracks are left alone."""
    target = sink.get_static_pad("sink")
    caps = pad.get_current_caps() or pad.query_caps(None)
    if target.is_linked() or caps.is_empty() or not caps.get_structure(0).get_name().startswith("video/"):
        return
    if not _linked(pad, target):
        error = GLib.Error.new_literal(
            Gst.CoreError.quark(), str(_unlinked(source.get_name(), sink.get_name())), Gst.CoreError.NEGOTIATION
        )
        source.post_message(Gst.Message.new_error(source, error, None))


def _linked(pad: Any, target: Any) -> bool:
    try:
        answer = pad.link(target)
    except Exception:  # noqa: BLE001 # newer bindings raise a LinkError of their own, older ones have no such class
        return False
    return bool(answer == Gst.PadLinkReturn.OK)


def _unlinked(source: str, sink: str) -> PipelineError:
    return PipelineError(f"{source} cannot be linked to {sink}.", hint="Their formats exclude each other.")
