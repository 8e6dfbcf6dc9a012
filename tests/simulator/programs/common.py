"""What the programs share: walking metadata lists, and a main loop that ends with the stream."""

import sys

import gi

gi.require_version("Gst", "1.0")
import itertools

import pyds
from gi.repository import GLib, Gst


def frames(batch_meta):
    """The frame metadata of a batch."""
    node = batch_meta.frame_meta_list
    while node is not None:
        try:
            frame_meta = pyds.NvDsFrameMeta.cast(node.data)
        except StopIteration:
            break
        yield frame_meta
        try:
            node = node.next
        except StopIteration:
            break


def objects(frame_meta):
    """The object metadata of a frame."""
    node = frame_meta.obj_meta_list
    while node is not None:
        try:
            obj_meta = pyds.NvDsObjectMeta.cast(node.data)
        except StopIteration:
            break
        yield obj_meta
        try:
            node = node.next
        except StopIteration:
            break


def user_metas(node):
    """The user metadata of a list."""
    while node is not None:
        try:
            user_meta = pyds.NvDsUserMeta.cast(node.data)
        except StopIteration:
            break
        yield user_meta
        try:
            node = node.next
        except StopIteration:
            break


def bus_call(_bus, message, loop):
    """End the loop at the end of the stream, or with an error."""
    if message.type == Gst.MessageType.EOS:
        loop.quit()
    elif message.type == Gst.MessageType.ERROR:
        error, debug = message.parse_error()
        sys.stderr.write(f"Error: {error}: {debug}\n")
        loop.failed = True
        loop.quit()
    return True


def make(pipeline, factory, name, **properties):
    """Make an element, set its properties, add it to the pipeline."""
    element = Gst.ElementFactory.make(factory, name)
    if not element:
        sys.exit(f"Unable to create {factory}")
    for key, value in properties.items():
        element.set_property(key.replace("_", "-"), value)
    pipeline.add(element)
    return element


def link(*elements):
    """Link elements in order."""
    for left, right in itertools.pairwise(elements):
        if not left.link(right):
            sys.exit(f"Unable to link {left.get_name()} and {right.get_name()}")


def watch(element, pad_name, callback, data=None):
    """Add a buffer probe."""
    pad = element.get_static_pad(pad_name)
    if not pad:
        sys.exit(f"Unable to get the pad {pad_name} of {element.get_name()}")
    pad.add_probe(Gst.PadProbeType.BUFFER, callback, data)


LOOP = GLib.MainLoop()


def finish():
    """End the program from a probe."""
    GLib.idle_add(LOOP.quit)


def run(pipeline, seconds=60):
    """Play to the end; the exit code says whether it ended well."""
    loop = LOOP
    loop.failed = False
    bus = pipeline.get_bus()
    bus.add_signal_watch()
    bus.connect("message", bus_call, loop)
    GLib.timeout_add_seconds(seconds, lambda: (sys.stderr.write("no end of stream\n"), loop.quit())[1])
    if pipeline.set_state(Gst.State.PLAYING) == Gst.StateChangeReturn.FAILURE:
        message = bus.timed_pop_filtered(Gst.SECOND, Gst.MessageType.ERROR)
        if message:
            bus_call(bus, message, loop)
        loop.failed = True
    else:
        loop.run()
    pipeline.set_state(Gst.State.NULL)
    return 1 if loop.failed else 0
