"""Many sources: each URI is a source bin of its own; one batch, one detector, tiles, drawings, one output file.

Usage: sources_tiler.py <detector configuration> <output.mp4> <uri> [<uri> ...]
"""

import json
import math
import sys

import gi

gi.require_version("Gst", "1.0")
import pyds
from common import frames, link, make, objects, run, watch
from gi.repository import Gst


def cb_newpad(_decodebin, decoder_src_pad, source_bin):
    caps = decoder_src_pad.get_current_caps() or decoder_src_pad.query_caps()
    if caps.get_structure(0).get_name().find("video") == -1:
        return
    if not caps.get_features(0).contains("memory:NVMM"):
        sys.exit("Decodebin did not pick nvidia decoder plugin.")
    source_bin.get_static_pad("src").set_target(decoder_src_pad)


def create_source_bin(index, uri):
    source_bin = Gst.Bin.new(f"source-bin-{index:02d}")
    uri_decode_bin = Gst.ElementFactory.make("uridecodebin", "uri-decode-bin")
    uri_decode_bin.set_property("uri", uri)
    uri_decode_bin.connect("pad-added", cb_newpad, source_bin)
    source_bin.add(uri_decode_bin)
    source_bin.add_pad(Gst.GhostPad.new_no_target("src", Gst.PadDirection.SRC))
    return source_bin


def tiler_sink_pad_buffer_probe(_pad, info, batches):
    batch_meta = pyds.gst_buffer_get_nvds_batch_meta(hash(info.get_buffer()))
    batches.append([[f.pad_index, f.frame_num, f.num_obj_meta, f.batch_id] for f in frames(batch_meta)])
    return Gst.PadProbeReturn.OK


def tiler_src_pad_buffer_probe(_pad, info, boxes):
    batch_meta = pyds.gst_buffer_get_nvds_batch_meta(hash(info.get_buffer()))
    for frame_meta in frames(batch_meta):
        boxes.append(sorted([o.rect_params.left, o.rect_params.top, o.rect_params.width] for o in objects(frame_meta)))
    return Gst.PadProbeReturn.OK


def main(_program, config, target, *uris):
    Gst.init(None)
    pipeline = Gst.Pipeline()
    streammux = make(
        pipeline,
        "nvstreammux",
        "Stream-muxer",
        width=640,
        height=360,
        batch_size=len(uris),
        batched_push_timeout=4000000,
    )
    for index, uri in enumerate(uris):
        source_bin = create_source_bin(index, uri)
        pipeline.add(source_bin)
        source_bin.get_static_pad("src").link(streammux.request_pad_simple(f"sink_{index}"))
    pgie = make(pipeline, "nvinfer", "primary-inference", config_file_path=config)
    if pgie.get_property("batch-size") != len(uris):
        pgie.set_property("batch-size", len(uris))
    rows = int(math.sqrt(len(uris)))
    columns = math.ceil(len(uris) / rows)
    tiler = make(pipeline, "nvmultistreamtiler", "nvtiler", rows=rows, columns=columns, width=640, height=360)
    converter = make(pipeline, "nvvideoconvert", "convertor")
    osd = make(pipeline, "nvdsosd", "onscreendisplay", process_mode=0, display_text=1)
    after = make(pipeline, "nvvideoconvert", "convertor2")
    caps = make(pipeline, "capsfilter", "caps", caps=Gst.Caps.from_string("video/x-raw(memory:NVMM), format=I420"))
    encoder = make(pipeline, "nvv4l2h264enc", "encoder", bitrate=4000000)
    parser = make(pipeline, "h264parse", "parser")
    container = make(pipeline, "qtmux", "container")
    sink = make(pipeline, "filesink", "sink", location=target)
    queues = [make(pipeline, "queue", f"queue{number}") for number in range(1, 6)]
    link(
        *(streammux, queues[0], pgie, queues[1], tiler, queues[2], converter, queues[3], osd, queues[4]),
        *(after, caps, encoder, parser, container, sink),
    )
    batches, boxes = [], []
    watch(tiler, "sink", tiler_sink_pad_buffer_probe, batches)
    watch(tiler, "src", tiler_src_pad_buffer_probe, boxes)
    code = run(pipeline)
    print(json.dumps({"batches": batches, "boxes": boxes}))
    return code


if __name__ == "__main__":
    sys.exit(main(*sys.argv))
