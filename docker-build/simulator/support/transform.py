"""The two shapes that most elements have: one works on a batch in place, the other makes new buffers."""

from typing import Any

from gi.repository import Gst

from simulator.support import batches, capi, nvevents
from simulator.support.base import Configured, describe, fail, guarded
from simulator.support.introspection import BaseTransform


class BatchTransform(Configured, BaseTransform):
    """Works on the batch metadata (and pixels) of each buffer in place; the buffer itself passes through.

    As with NVIDIA's elements, branches behind a tee share the metadata: nothing is copied on the way.
    """

    def __init__(self) -> None:
        super().__init__()
        self.configure()
        self.set_in_place(True)
        self.set_passthrough(True)
        self.sinkpad.add_probe(Gst.PadProbeType.EVENT_DOWNSTREAM, _hear)

    do_get_property = Configured.do_get_property
    do_set_property = Configured.do_set_property

    def do_start(self) -> bool:
        return start(self)

    def do_stop(self) -> bool:
        self.close()
        return True

    @guarded
    def do_transform_ip(self, buffer: Gst.Buffer) -> Gst.FlowReturn:
        batch = batches.of(hash(buffer))
        if batch is None:
            fail(
                self,
                f"{type(self).__name__.lower()} got a buffer without batch metadata.",
                "Put nvstreammux before it.",
            )
            return Gst.FlowReturn.ERROR
        self.process(batch, buffer)
        return Gst.FlowReturn.OK

    def open(self) -> None:
        """Read configuration and allocate; an exception becomes an element error that stops the pipeline."""

    def close(self) -> None:
        """Release what `open` took."""

    def process(self, batch: Any, buffer: Gst.Buffer) -> None:
        """Work on one batch."""

    def source_event(self, kind: int, source: int) -> None:
        """Something happened to a source (see nvevents)."""


class PushTransform(Configured, BaseTransform):
    """Makes new buffers: GstBaseTransform negotiates, an own chain function converts and pushes by address."""

    def __init__(self) -> None:
        super().__init__()
        self.configure()
        self.set_passthrough(False)
        self.sinkpad.set_chain_function_full(_chain)
        self.sinkpad.add_probe(Gst.PadProbeType.EVENT_DOWNSTREAM, _hear)

    do_get_property = Configured.do_get_property
    do_set_property = Configured.do_set_property

    def do_start(self) -> bool:
        return start(self)

    def do_stop(self) -> bool:
        self.close()
        return True

    def open(self) -> None:
        """Read configuration and allocate; an exception becomes an element error that stops the pipeline."""

    def close(self) -> None:
        """Release what `open` took."""

    def handle(self, buffer: Gst.Buffer) -> int:
        """Take one buffer and push what follows from it; returns the GstFlowReturn as int."""
        return capi.push_again(self.srcpad, buffer)

    def source_event(self, kind: int, source: int) -> None:
        """Something happened to a source (see nvevents)."""


def start(element: Any) -> bool:
    """Check the properties and open the element; a failure is posted and refuses the start."""
    if not element.check_properties():
        return False
    try:
        element.open()
    except Exception as problem:  # noqa: BLE001 # whatever a configuration can provoke must reach the bus as one sentence
        fail(element, describe(problem), getattr(problem, "hint", "") or "")
        return False
    return True


def _chain(_pad: Gst.Pad, element: PushTransform, buffer: Gst.Buffer) -> Gst.FlowReturn:
    flow: Gst.FlowReturn = _handle(element, buffer)
    return flow


@guarded
def _handle(element: PushTransform, buffer: Gst.Buffer) -> Gst.FlowReturn:
    if element.srcpad.needs_reconfigure() and not element.reconfigure():
        return Gst.FlowReturn.FLUSHING if element.srcpad.is_flushing() else Gst.FlowReturn.NOT_NEGOTIATED
    return Gst.FlowReturn(element.handle(buffer))


def _hear(pad: Gst.Pad, info: Gst.PadProbeInfo) -> Gst.PadProbeReturn:
    event, element = info.get_event(), pad.get_parent_element()
    known, interval = nvevents.source_of(event), nvevents.interval_of(event)
    if known is not None and element is not None:
        element.source_event(*known)
    if interval is not None and hasattr(element, "interval_event"):
        element.interval_event(interval)
    return Gst.PadProbeReturn.OK
