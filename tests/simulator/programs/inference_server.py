"""Triton's way: nvinferserver runs a model of a local repository, configured by protobuf text.

Usage: inference_server.py <nvinferserver configuration>
"""

import json
import sys

import gi

gi.require_version("Gst", "1.0")
import pyds
from common import frames, link, make, objects, run, watch
from gi.repository import Gst


def pgie_src_pad_buffer_probe(_pad, info, seen):
    batch_meta = pyds.gst_buffer_get_nvds_batch_meta(hash(info.get_buffer()))
    for frame_meta in frames(batch_meta):
        for obj_meta in objects(frame_meta):
            rect = obj_meta.rect_params
            seen.append([obj_meta.unique_component_id, obj_meta.obj_label, rect.width, rect.height])
    return Gst.PadProbeReturn.OK


def main(_program, config):
    Gst.init(None)
    pipeline = Gst.Pipeline()
    source = make(pipeline, "videotestsrc", "source", num_buffers=4, pattern="ball")
    size = Gst.Caps.from_string("video/x-raw, width=320, height=240, framerate=30/1")
    caps = make(pipeline, "capsfilter", "size", caps=size)
    converter = make(pipeline, "nvvideoconvert", "converter")
    streammux = make(pipeline, "nvstreammux", "mux", width=320, height=240, batch_size=1)
    pgie = make(pipeline, "nvinferserver", "primary-inference", config_file_path=config)
    sink = make(pipeline, "fakesink", "sink")
    link(source, caps, converter)
    converter.get_static_pad("src").link(streammux.request_pad_simple("sink_0"))
    link(streammux, pgie, sink)
    seen = []
    watch(pgie, "src", pgie_src_pad_buffer_probe, seen)
    code = run(pipeline)
    print(json.dumps(seen))
    return code


if __name__ == "__main__":
    sys.exit(main(*sys.argv))
