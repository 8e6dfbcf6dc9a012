"""Metadata in a running pipeline: every branch of a tee has its own, and nothing stays when it stops."""

import gc
import warnings
from typing import Any

import pyds
import pytest
from pyds import _simulator as sim

gi = pytest.importorskip("gi", reason="GStreamer's Python binding belongs to the system's interpreter")

pytestmark = pytest.mark.gstreamer

BUFFERS = 200
OBJECTS = 5
CAPS = "video/x-raw,format=RGBA,width=32,height=32,framerate=30/1"


@pytest.fixture(scope="module")
def bindings() -> Any:
    gi.require_version("Gst", "1.0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ImportWarning)  # PyGObject's importer is of an older kind
        from gi.repository import Gst  # only where gi is there

    Gst.init(None)
    return Gst


def batch_of(number: int) -> Any:
    batch = sim.new_batch(1)
    frame = pyds.nvds_acquire_frame_meta_from_pool(batch)
    frame.frame_num = number
    pyds.nvds_add_frame_meta_to_batch(batch, frame)
    for class_id in range(OBJECTS):
        made = pyds.nvds_acquire_obj_meta_from_pool(batch)
        made.class_id = class_id
        pyds.nvds_add_obj_meta_to_frame(frame, made, None)
    return batch


class Probe:
    """A probe as a program writes it: reads every object, and on one branch removes one of each frame."""

    def __init__(self, gst: Any, *, removes: bool) -> None:
        self.gst, self.removes = gst, removes
        self.seen: list[tuple[int, list[int]]] = []
        self.errors: list[BaseException] = []

    def __call__(self, _pad: Any, info: Any) -> Any:
        try:
            self.read(info.get_buffer())
        except BaseException as error:  # noqa: BLE001 # a probe that raises loses the error
            self.errors.append(error)
        return self.gst.PadProbeReturn.OK

    def read(self, buffer: Any) -> None:
        batch = pyds.gst_buffer_get_nvds_batch_meta(hash(buffer))
        frame = pyds.NvDsFrameMeta.cast(batch.frame_meta_list.data)
        found, node = [], frame.obj_meta_list
        while node is not None:
            item = pyds.NvDsObjectMeta.cast(node.data)
            node = node.next
            found.append(item.class_id)
            if self.removes and item.class_id == 2:
                pyds.nvds_remove_obj_meta_from_frame(frame, item)
        self.seen.append((frame.frame_num, found))


def test_each_branch_of_a_tee_reads_its_own_metadata(bindings: Any) -> None:
    gst = bindings
    before = sim.living()
    pipeline = gst.parse_launch(
        f"appsrc name=src format=time max-buffers=8 block=true caps={CAPS} ! tee name=t "
        "t. ! queue ! videobalance saturation=0.5 name=writes ! fakesink name=a "
        "t. ! queue ! fakesink name=b"
    )
    first, second = Probe(gst, removes=True), Probe(gst, removes=False)
    for name, probe in (("writes", first), ("b", second)):
        pad = pipeline.get_by_name(name).get_static_pad("src" if name == "writes" else "sink")
        pad.add_probe(gst.PadProbeType.BUFFER, probe)
    source = pipeline.get_by_name("src")
    pipeline.set_state(gst.State.PLAYING)
    for number in range(BUFFERS):
        buffer = gst.Buffer.new_allocate(None, 32 * 32 * 4, None)
        sim.attach_batch_meta(hash(buffer), batch_of(number))
        source.emit("push-buffer", buffer)
        del buffer
    source.emit("end-of-stream")
    message = pipeline.get_bus().timed_pop_filtered(30 * gst.SECOND, gst.MessageType.EOS | gst.MessageType.ERROR)
    pipeline.set_state(gst.State.NULL)
    assert message.type == gst.MessageType.EOS
    assert first.errors == second.errors == []
    assert [number for number, _ in second.seen] == list(range(BUFFERS))
    assert all(found == [4, 3, 2, 1, 0] for _, found in second.seen)
    # The writing branch has copies, whose objects come out reversed, unless the other had let go of its buffer already.
    assert [number for number, _ in first.seen] == list(range(BUFFERS))
    assert all(found in ([0, 1, 2, 3, 4], [4, 3, 2, 1, 0]) for _, found in first.seen)
    del pipeline, source, message
    gc.collect()
    assert sim.living() == before
