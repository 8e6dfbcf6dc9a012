"""Metadata of the program's own: made in one probe, copied and released by the program's functions, read in another.

Usage: custom_user_meta.py
"""

import json
import sys

import gi

gi.require_version("Gst", "1.0")
import pyds
from common import frames, link, make, run, user_metas, watch
from gi.repository import Gst

RELEASED = []


def custom_copy(data, _user_data):
    src_user_meta = pyds.NvDsUserMeta.cast(data)
    srcdata = pyds.CustomDataStruct.cast(src_user_meta.user_meta_data)
    destdata = pyds.alloc_custom_struct(src_user_meta)
    destdata.message = pyds.get_string(srcdata.message)
    destdata.structId = srcdata.structId
    destdata.sampleInt = srcdata.sampleInt + 1
    return destdata


def custom_release(data, _user_data):
    user_meta = pyds.NvDsUserMeta.cast(data)
    released = pyds.CustomDataStruct.cast(user_meta.user_meta_data)
    RELEASED.append(released.structId)
    released.message = ""


def writer_probe(_pad, info, _data):
    batch_meta = pyds.gst_buffer_get_nvds_batch_meta(hash(info.get_buffer()))
    pyds.nvds_acquire_meta_lock(batch_meta)
    for frame_meta in frames(batch_meta):
        user_meta = pyds.nvds_acquire_user_meta_from_pool(batch_meta)
        if user_meta:
            data = pyds.alloc_custom_struct(user_meta)
            data.message = f"frame {frame_meta.frame_num}"
            data.message = pyds.get_string(data.message)
            data.structId = frame_meta.frame_num
            data.sampleInt = frame_meta.frame_num * 10
            user_meta.user_meta_data = data
            user_meta.base_meta.meta_type = pyds.NvDsMetaType.NVDS_USER_META
            pyds.user_copyfunc(user_meta, custom_copy)
            pyds.user_releasefunc(user_meta, custom_release)
            pyds.nvds_add_user_meta_to_frame(frame_meta, user_meta)
    pyds.nvds_release_meta_lock(batch_meta)
    return Gst.PadProbeReturn.OK


def reader_probe(_pad, info, seen):
    batch_meta = pyds.gst_buffer_get_nvds_batch_meta(hash(info.get_buffer()))
    for frame_meta in frames(batch_meta):
        for user_meta in user_metas(frame_meta.frame_user_meta_list):
            if user_meta.base_meta.meta_type == pyds.NvDsMetaType.NVDS_USER_META:
                data = pyds.CustomDataStruct.cast(user_meta.user_meta_data)
                seen.append([data.structId, pyds.get_string(data.message), data.sampleInt])
    return Gst.PadProbeReturn.OK


def main(_program):
    Gst.init(None)
    pipeline = Gst.Pipeline()
    source = make(pipeline, "videotestsrc", "source", num_buffers=5)
    size = Gst.Caps.from_string("video/x-raw, format=NV12, width=320, height=240, framerate=30/1")
    caps = make(pipeline, "capsfilter", "size", caps=size)
    converter = make(pipeline, "nvvideoconvert", "converter")
    streammux = make(pipeline, "nvstreammux", "mux", width=320, height=240, batch_size=1)
    queue = make(pipeline, "queue", "queue")
    other = make(pipeline, "nvvideoconvert", "other")
    rgba = make(pipeline, "capsfilter", "rgba", caps=Gst.Caps.from_string("video/x-raw(memory:NVMM), format=RGBA"))
    sink = make(pipeline, "fakesink", "sink")
    link(source, caps, converter)
    converter.get_static_pad("src").link(streammux.request_pad_simple("sink_0"))
    link(streammux, queue, other, rgba, sink)
    seen = []
    watch(streammux, "src", writer_probe)
    watch(sink, "sink", reader_probe, seen)
    code = run(pipeline)
    pyds.unset_callback_funcs()
    print(json.dumps({"seen": seen, "released": sorted(RELEASED)}))
    return code


if __name__ == "__main__":
    sys.exit(main(*sys.argv))
