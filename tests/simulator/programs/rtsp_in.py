"""Cameras by RTSP: a detector over a live stream, until thirty frames were seen.

Usage: rtsp_in.py <uri> <detector configuration>
"""

import json
import sys

import gi

gi.require_version("Gst", "1.0")
import pyds
from common import finish, frames, link, make, run, watch
from gi.repository import Gst


def pgie_src_pad_buffer_probe(_pad, info, seen):
    batch_meta = pyds.gst_buffer_get_nvds_batch_meta(hash(info.get_buffer()))
    for frame_meta in frames(batch_meta):
        seen.append([frame_meta.frame_num, frame_meta.num_obj_meta, frame_meta.ntp_timestamp])
    if len(seen) == 30:
        finish()
    return Gst.PadProbeReturn.OK


def main(_program, uri, config):
    Gst.init(None)
    pipeline = Gst.Pipeline()
    source = make(pipeline, "nvurisrcbin", "uri-decode-bin", uri=uri, rtsp_reconnect_interval=5, latency=200)
    source.set_property("select-rtp-protocol", 4)
    streammux = make(
        pipeline, "nvstreammux", "mux", width=320, height=240, batch_size=1, batched_push_timeout=40000, live_source=1
    )
    source.connect("pad-added", lambda _bin, pad: pad.link(streammux.request_pad_simple("sink_0")))
    pgie = make(pipeline, "nvinfer", "primary-inference", config_file_path=config)
    sink = make(pipeline, "fakesink", "sink", sync=False)
    link(streammux, pgie, sink)
    seen = []
    watch(pgie, "src", pgie_src_pad_buffer_probe, seen)
    code = run(pipeline)
    print(json.dumps(seen))
    return code


if __name__ == "__main__":
    sys.exit(main(*sys.argv))
