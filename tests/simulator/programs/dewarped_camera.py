"""A fisheye camera: the dewarper's view goes into the batch under the camera's own source id.

Usage: dewarped_camera.py <dewarper configuration>
"""

import json
import sys

import gi

gi.require_version("Gst", "1.0")
import pyds
from common import frames, link, make, run, watch
from gi.repository import Gst


def sink_pad_buffer_probe(_pad, info, seen):
    gst_buffer = info.get_buffer()
    batch_meta = pyds.gst_buffer_get_nvds_batch_meta(hash(gst_buffer))
    for frame_meta in frames(batch_meta):
        n_frame = pyds.get_nvds_buf_surface(hash(gst_buffer), frame_meta.batch_id)
        height, width, _ = n_frame.shape
        middle = n_frame[height // 2 - 2 : height // 2 + 2, width // 2 - 2 : width // 2 + 2, :3].mean()
        ids = [frame_meta.pad_index, frame_meta.source_id, frame_meta.surface_type, frame_meta.surface_index]
        seen.append([ids, [width, height], [frame_meta.source_frame_width, frame_meta.source_frame_height], middle])
    return Gst.PadProbeReturn.OK


def main(_program, config):
    Gst.init(None)
    pipeline = Gst.Pipeline()
    source = make(pipeline, "videotestsrc", "source", num_buffers=2, pattern="circular", kx2=0)
    size = Gst.Caps.from_string("video/x-raw, format=RGBA, width=480, height=480, framerate=30/1")
    caps = make(pipeline, "capsfilter", "size", caps=size)
    converter = make(pipeline, "nvvideoconvert", "converter")
    nvmm = make(pipeline, "capsfilter", "nvmm", caps=Gst.Caps.from_string("video/x-raw(memory:NVMM), format=RGBA"))
    dewarper = make(pipeline, "nvdewarper", "nvdewarper", config_file=config, source_id=6)
    streammux = make(pipeline, "nvstreammux", "mux", width=320, height=200, batch_size=1)
    sink = make(pipeline, "fakesink", "sink")
    link(source, caps, converter, nvmm, dewarper)
    dewarper.get_static_pad("src").link(streammux.request_pad_simple("sink_0"))
    link(streammux, sink)
    seen = []
    watch(sink, "sink", sink_pad_buffer_probe, seen)
    code = run(pipeline)
    print(json.dumps(seen))
    return code


if __name__ == "__main__":
    sys.exit(main(*sys.argv))
