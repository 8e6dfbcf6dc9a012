"""Past frames: where the tracker saw a target before it was sure of it.

Usage: past_frames.py <detector configuration> <tracker configuration>
"""

import json
import sys

import gi

gi.require_version("Gst", "1.0")
import pyds
from common import frames, link, make, run, user_metas, watch
from gi.repository import Gst


def tracker_src_pad_buffer_probe(_pad, info, seen):
    batch_meta = pyds.gst_buffer_get_nvds_batch_meta(hash(info.get_buffer()))
    for frame_meta in frames(batch_meta):
        seen["reported"].append([frame_meta.frame_num, frame_meta.num_obj_meta])
    for user_meta in user_metas(batch_meta.batch_user_meta_list):
        if user_meta.base_meta.meta_type == pyds.NvDsMetaType.NVDS_TRACKER_PAST_FRAME_META:
            past = pyds.NvDsTargetMiscDataBatch.cast(user_meta.user_meta_data)
            for stream in past.list():
                for target in stream.list():
                    seen["past"] += [[target.uniqueId, one.frameNum, one.tBbox.width] for one in target.list()]
    return Gst.PadProbeReturn.OK


def main(_program, primary, tracking):
    Gst.init(None)
    pipeline = Gst.Pipeline()
    source = make(pipeline, "videotestsrc", "source", num_buffers=8, pattern="ball")
    size = Gst.Caps.from_string("video/x-raw, width=320, height=240, framerate=30/1")
    caps = make(pipeline, "capsfilter", "size", caps=size)
    converter = make(pipeline, "nvvideoconvert", "converter")
    streammux = make(pipeline, "nvstreammux", "mux", width=320, height=240, batch_size=1)
    pgie = make(pipeline, "nvinfer", "primary-inference", config_file_path=primary)
    tracker = make(pipeline, "nvtracker", "tracker", ll_config_file=tracking)
    sink = make(pipeline, "fakesink", "sink")
    link(source, caps, converter)
    converter.get_static_pad("src").link(streammux.request_pad_simple("sink_0"))
    link(streammux, pgie, tracker, sink)
    seen = {"reported": [], "past": []}
    watch(tracker, "src", tracker_src_pad_buffer_probe, seen)
    code = run(pipeline)
    print(json.dumps(seen))
    return code


if __name__ == "__main__":
    sys.exit(main(*sys.argv))
