"""A picture on a display: decoded video through the on-screen display into a window.

Usage: display.py <uri> <sink>
"""

import json
import sys

import gi

gi.require_version("Gst", "1.0")
import pyds
from common import frames, link, make, run, watch
from gi.repository import Gst


def sink_pad_buffer_probe(_pad, info, seen):
    batch_meta = pyds.gst_buffer_get_nvds_batch_meta(hash(info.get_buffer()))
    for frame_meta in frames(batch_meta):
        seen.append(frame_meta.frame_num)
    return Gst.PadProbeReturn.OK


def main(_program, uri, factory):
    Gst.init(None)
    pipeline = Gst.Pipeline()
    source = make(pipeline, "nvurisrcbin", "source", uri=uri)
    streammux = make(pipeline, "nvstreammux", "mux", width=640, height=360, batch_size=1)
    source.connect("pad-added", lambda _bin, pad: pad.link(streammux.request_pad_simple("sink_0")))
    converter = make(pipeline, "nvvideoconvert", "convertor")
    nvosd = make(pipeline, "nvdsosd", "onscreendisplay")
    sink = make(pipeline, factory, "renderer", sync=False)
    link(streammux, converter, nvosd, sink)
    seen = []
    watch(sink, "sink", sink_pad_buffer_probe, seen)
    code = run(pipeline)
    inner = sorted(element.get_factory().get_name() for element in pipeline.iterate_recurse() if not element.srcpads)
    print(json.dumps({"frames": seen, "sinks": inner}))
    return code


if __name__ == "__main__":
    sys.exit(main(*sys.argv))
