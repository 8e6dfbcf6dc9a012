"""A file that starts again at its end, as a camera would go on.

Usage: looped_file.py <uri> <frames>
"""

import json
import sys

import gi

gi.require_version("Gst", "1.0")
import pyds
from common import finish, frames, link, make, run, watch
from gi.repository import Gst


def sink_pad_buffer_probe(_pad, info, data):
    seen, wanted = data
    gst_buffer = info.get_buffer()
    batch_meta = pyds.gst_buffer_get_nvds_batch_meta(hash(gst_buffer))
    for frame_meta in frames(batch_meta):
        seen.append([frame_meta.frame_num, frame_meta.buf_pts, gst_buffer.pts])
    if len(seen) == wanted:
        finish()
    return Gst.PadProbeReturn.OK


def main(_program, uri, wanted):
    Gst.init(None)
    pipeline = Gst.Pipeline()
    source = make(pipeline, "nvurisrcbin", "source", uri=uri, file_loop=1)
    streammux = make(pipeline, "nvstreammux", "mux", width=320, height=240, batch_size=1)
    source.connect("pad-added", lambda _bin, pad: pad.link(streammux.request_pad_simple("sink_0")))
    sink = make(pipeline, "fakesink", "sink", sync=False)
    link(streammux, sink)
    seen = []
    watch(sink, "sink", sink_pad_buffer_probe, (seen, int(wanted)))
    code = run(pipeline)
    print(json.dumps(seen))
    return code


if __name__ == "__main__":
    sys.exit(main(*sys.argv))
