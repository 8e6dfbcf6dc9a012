"""A cascade from one pipeline string; prints how many classifications each object has.

Usage: secondary_labels.py <elements between muxer and sink, the last one named "last">
"""

import json
import sys

import gi

gi.require_version("Gst", "1.0")
import pyds
from common import frames, objects, run, watch
from gi.repository import Gst


def last_src_pad_buffer_probe(_pad, info, seen):
    batch_meta = pyds.gst_buffer_get_nvds_batch_meta(hash(info.get_buffer()))
    for frame_meta in frames(batch_meta):
        for obj_meta in objects(frame_meta):
            seen.append(int(obj_meta.classifier_meta_list is not None))
    return Gst.PadProbeReturn.OK


def main(_program, words):
    Gst.init(None)
    pipeline = Gst.parse_launch(
        "videotestsrc num-buffers=4 pattern=ball ! video/x-raw,width=320,height=240,framerate=30/1 ! nvvideoconvert ! "
        f"mux.sink_0 nvstreammux name=mux width=320 height=240 batch-size=1 ! {words} ! fakesink"
    )
    seen = []
    watch(pipeline.get_by_name("last"), "src", last_src_pad_buffer_probe, seen)
    code = run(pipeline)
    print(json.dumps(seen))
    return code


if __name__ == "__main__":
    sys.exit(main(*sys.argv))
