"""A camera that goes away and comes back: the program plays on, until twenty frames after the pause.

Usage: rtsp_reconnect.py <uri>

Prints "playing" when the first twenty frames were seen.
"""

import json
import sys
import time

import gi

gi.require_version("Gst", "1.0")
import pyds
from common import finish, frames, link, make, run, watch
from gi.repository import Gst

ENOUGH = 20
PAUSE = 2.0


class Seen:
    def __init__(self):
        self.before, self.after, self.pauses, self.last, self.numbers = 0, 0, 0, time.monotonic(), []

    def frame(self, number):
        now = time.monotonic()
        self.numbers.append(number)
        self.pauses += self.before >= ENOUGH and now - self.last > PAUSE
        self.last = now
        if self.pauses:
            self.after += 1
        else:
            self.before += 1
        if self.before == ENOUGH and not self.pauses:
            print("playing", flush=True)
        if self.after == ENOUGH:
            finish()


def mux_src_pad_buffer_probe(_pad, info, seen):
    batch_meta = pyds.gst_buffer_get_nvds_batch_meta(hash(info.get_buffer()))
    for frame_meta in frames(batch_meta):
        seen.frame(frame_meta.frame_num)
    return Gst.PadProbeReturn.OK


def main(_program, uri):
    Gst.init(None)
    pipeline = Gst.Pipeline()
    source = make(pipeline, "nvurisrcbin", "uri-decode-bin", uri=uri, rtsp_reconnect_interval=8, latency=100)
    source.set_property("select-rtp-protocol", 4)
    streammux = make(
        pipeline, "nvstreammux", "mux", width=320, height=240, batch_size=1, batched_push_timeout=40000, live_source=1
    )
    source.connect("pad-added", lambda _bin, pad: pad.link(streammux.request_pad_simple("sink_0")))
    sink = make(pipeline, "fakesink", "sink", sync=False)
    link(streammux, sink)
    seen = Seen()
    watch(streammux, "src", mux_src_pad_buffer_probe, seen)
    code = run(pipeline, seconds=100)
    print(json.dumps({"before": seen.before, "after": seen.after, "numbers": seen.numbers}))
    return code


if __name__ == "__main__":
    sys.exit(main(*sys.argv))
