"""Demultiplexing: two sources share a detector, then each goes its own way into a file of its own.

Usage: demux_outputs.py <detector configuration> <folder>
"""

import json
import sys

import gi

gi.require_version("Gst", "1.0")
import pyds
from common import frames, link, make, objects, run, watch
from gi.repository import Gst


def branch_probe(_pad, info, seen):
    batch_meta = pyds.gst_buffer_get_nvds_batch_meta(hash(info.get_buffer()))
    for frame_meta in frames(batch_meta):
        seen.append([frame_meta.pad_index, frame_meta.frame_num, len(list(objects(frame_meta)))])
    return Gst.PadProbeReturn.OK


def main(_program, config, folder):
    Gst.init(None)
    pipeline = Gst.Pipeline()
    streammux = make(pipeline, "nvstreammux", "mux", width=320, height=240, batch_size=2, batched_push_timeout=4000000)
    pgie = make(pipeline, "nvinfer", "pgie", config_file_path=config)
    demux = make(pipeline, "nvstreamdemux", "demux")
    seen = [[], []]
    for index, length in enumerate((10, 20)):
        source = make(pipeline, "videotestsrc", f"source{index}", num_buffers=length, pattern="ball")
        size = Gst.Caps.from_string("video/x-raw, width=320, height=240, framerate=30/1")
        caps = make(pipeline, "capsfilter", f"size{index}", caps=size)
        converter = make(pipeline, "nvvideoconvert", f"converter{index}")
        link(source, caps, converter)
        converter.get_static_pad("src").link(streammux.request_pad_simple(f"sink_{index}"))
        queue = make(pipeline, "queue", f"queue{index}")
        to_rgba = make(pipeline, "nvvideoconvert", f"to_rgba{index}")
        osd = make(pipeline, "nvdsosd", f"osd{index}")
        to_encoder = make(pipeline, "nvvideoconvert", f"to_encoder{index}")
        encoder = make(pipeline, "nvv4l2h264enc", f"encoder{index}", bitrate=2000000)
        parser = make(pipeline, "h264parse", f"parser{index}")
        container = make(pipeline, "mp4mux", f"container{index}")
        sink = make(pipeline, "filesink", f"sink{index}", location=f"{folder}/out{index}.mp4")
        demux.request_pad_simple(f"src_{index}").link(queue.get_static_pad("sink"))
        link(queue, to_rgba, osd, to_encoder, encoder, parser, container, sink)
        watch(osd, "sink", branch_probe, seen[index])
    link(streammux, pgie, demux)
    code = run(pipeline)
    print(json.dumps(seen))
    return code


if __name__ == "__main__":
    sys.exit(main(*sys.argv))
