"""When the outputs of a demultiplexer end: two sources, of which the first is the shorter.

Usage: demux_ends.py <0 or 1 for per-stream-eos>
"""

import json
import sys

import gi

gi.require_version("Gst", "1.0")
from common import link, make, run
from gi.repository import Gst


def main(_program, per_stream_eos):
    Gst.init(None)
    pipeline = Gst.Pipeline()
    streammux = make(pipeline, "nvstreammux", "mux", width=320, height=240, batch_size=2, batched_push_timeout=4000000)
    demux = make(pipeline, "nvstreamdemux", "demux", per_stream_eos=bool(int(per_stream_eos)))
    happened = []

    def note(_pad, info, index):
        if info.type & Gst.PadProbeType.BUFFER:
            happened.append(["frame", index])
        elif info.get_event().type == Gst.EventType.EOS:
            happened.append(["end", index])
        return Gst.PadProbeReturn.OK

    for index, length in enumerate((5, 15)):
        source = make(pipeline, "videotestsrc", f"source{index}", num_buffers=length)
        size = Gst.Caps.from_string("video/x-raw, width=320, height=240, framerate=30/1")
        caps = make(pipeline, "capsfilter", f"size{index}", caps=size)
        converter = make(pipeline, "nvvideoconvert", f"converter{index}")
        link(source, caps, converter)
        converter.get_static_pad("src").link(streammux.request_pad_simple(f"sink_{index}"))
        queue = make(pipeline, "queue", f"queue{index}")
        sink = make(pipeline, "fakesink", f"sink{index}", sync=False)
        pad = demux.request_pad_simple(f"src_{index}")
        pad.add_probe(Gst.PadProbeType.BUFFER | Gst.PadProbeType.EVENT_DOWNSTREAM, note, index)
        pad.link(queue.get_static_pad("sink"))
        link(queue, sink)
    link(streammux, demux)
    code = run(pipeline)
    print(json.dumps(happened))
    return code


if __name__ == "__main__":
    sys.exit(main(*sys.argv))
