"""A car, its plate and two user metadata on one frame, read before and behind elements that make new buffers.

Usage: copied_metadata.py
"""

import json
import sys

import gi

gi.require_version("Gst", "1.0")
import pyds
from common import run
from gi.repository import Gst

LAUNCH = (
    "videotestsrc num-buffers=1 ! video/x-raw,format=NV12,width=320,height=240 ! nvvideoconvert ! "
    "video/x-raw(memory:NVMM),format=NV12 ! m.sink_0 nvstreammux name=m batch-size=1 width=320 height=240 ! "
    "nvvideoconvert name=same ! nvvideoconvert name=convert ! video/x-raw(memory:NVMM),format=RGBA ! "
    "nvstreamdemux name=d d.src_0 ! fakesink name=end"
)


def first_frame(info):
    batch_meta = pyds.gst_buffer_get_nvds_batch_meta(hash(info.get_buffer()))
    return batch_meta, pyds.NvDsFrameMeta.cast(batch_meta.frame_meta_list.data)


def fill(_pad, info):
    batch_meta, frame_meta = first_frame(info)
    parent = None
    for class_id in range(2):
        made = pyds.nvds_acquire_obj_meta_from_pool(batch_meta)
        made.class_id = class_id
        pyds.nvds_add_obj_meta_to_frame(frame_meta, made, parent)
        parent = made
    plain = pyds.nvds_acquire_user_meta_from_pool(batch_meta)
    pyds.nvds_add_user_meta_to_frame(frame_meta, plain)
    custom = pyds.nvds_acquire_user_meta_from_pool(batch_meta)
    custom.user_meta_data = pyds.alloc_custom_struct(custom)
    pyds.nvds_add_user_meta_to_frame(frame_meta, custom)
    return Gst.PadProbeReturn.OK


def read(_pad, info, name, seen):
    _, frame_meta = first_frame(info)
    found, users = [], 0
    node = frame_meta.obj_meta_list
    while node is not None:
        item = pyds.NvDsObjectMeta.cast(node.data)
        found.append([item.class_id, item.parent.class_id if item.parent else None])
        node = node.next
    node = frame_meta.frame_user_meta_list
    while node is not None:
        users, node = users + 1, node.next
    seen[name] = [found, users]
    return Gst.PadProbeReturn.OK


def main(_program):
    Gst.init(None)
    pipeline = Gst.parse_launch(LAUNCH)
    seen = {}
    pipeline.get_by_name("m").get_static_pad("src").add_probe(Gst.PadProbeType.BUFFER, fill)
    for name, pad in (("same", "src"), ("convert", "src"), ("end", "sink")):
        pipeline.get_by_name(name).get_static_pad(pad).add_probe(Gst.PadProbeType.BUFFER, read, name, seen)
    run(pipeline)
    print(json.dumps(seen))


main(*sys.argv)
