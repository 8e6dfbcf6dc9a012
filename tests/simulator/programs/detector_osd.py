"""A detector over a file: the boxes are drawn, the result is encoded into another file.

Usage: detector_osd.py <input.mp4> <detector configuration> <output.mp4>
"""

import json
import sys

import gi

gi.require_version("Gst", "1.0")
import pyds
from common import frames, link, make, objects, run, watch
from gi.repository import Gst


def osd_sink_pad_buffer_probe(_pad, info, counts):
    gst_buffer = info.get_buffer()
    if not gst_buffer:
        return Gst.PadProbeReturn.OK
    batch_meta = pyds.gst_buffer_get_nvds_batch_meta(hash(gst_buffer))
    for frame_meta in frames(batch_meta):
        for obj_meta in objects(frame_meta):
            obj_meta.rect_params.border_color.set(0.0, 0.0, 1.0, 0.8)
        display_meta = pyds.nvds_acquire_display_meta_from_pool(batch_meta)
        display_meta.num_labels = 1
        text = display_meta.text_params[0]
        text.display_text = f"Frame Number={frame_meta.frame_num} Objects={frame_meta.num_obj_meta}"
        text.x_offset = 10
        text.y_offset = 12
        text.font_params.font_name = "Serif"
        text.font_params.font_size = 10
        text.font_params.font_color.set(1.0, 1.0, 1.0, 1.0)
        text.set_bg_clr = 1
        text.text_bg_clr.set(0.0, 0.0, 0.0, 1.0)
        pyds.nvds_add_display_meta_to_frame(frame_meta, display_meta)
        counts.append(frame_meta.num_obj_meta)
    return Gst.PadProbeReturn.OK


def main(_program, source, config, target):
    Gst.init(None)
    pipeline = Gst.Pipeline()
    reader = make(pipeline, "filesrc", "file-source", location=source)
    demuxer = make(pipeline, "qtdemux", "demuxer")
    parser = make(pipeline, "h264parse", "h264-parser")
    decoder = make(pipeline, "nvv4l2decoder", "nvv4l2-decoder")
    streammux = make(
        pipeline, "nvstreammux", "Stream-muxer", width=640, height=360, batch_size=1, batched_push_timeout=4000000
    )
    pgie = make(pipeline, "nvinfer", "primary-inference", config_file_path=config)
    converter = make(pipeline, "nvvideoconvert", "convertor")
    osd = make(pipeline, "nvdsosd", "onscreendisplay")
    after = make(pipeline, "nvvideoconvert", "convertor_postosd")
    caps = make(pipeline, "capsfilter", "filter", caps=Gst.Caps.from_string("video/x-raw(memory:NVMM), format=I420"))
    encoder = make(pipeline, "nvv4l2h264enc", "encoder", bitrate=4000000)
    again = make(pipeline, "h264parse", "parser2")
    container = make(pipeline, "mp4mux", "container")
    sink = make(pipeline, "filesink", "file-sink", location=target)
    link(reader, demuxer)
    demuxer.connect("pad-added", lambda _demuxer, pad: pad.link(parser.get_static_pad("sink")))
    link(parser, decoder)
    decoder.get_static_pad("src").link(streammux.request_pad_simple("sink_0"))
    link(streammux, pgie, converter, osd, after, caps, encoder, again, container, sink)
    counts = []
    watch(osd, "sink", osd_sink_pad_buffer_probe, counts)
    code = run(pipeline)
    print(json.dumps({"frames": len(counts), "objects": sum(counts)}))
    return code


if __name__ == "__main__":
    sys.exit(main(*sys.argv))
