"""Several files as NVIDIA's samples open them: decodebin chooses, batch sizes are overridden, tiles are displayed.

Usage: sample_streams.py <uri> <uri> <detector configuration> <tracker configuration>
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
    if caps.get_structure(0).get_name().find("video") != -1:
        if not caps.get_features(0).contains("memory:NVMM"):
            sys.stderr.write("Error: Decodebin did not pick nvidia decoder plugin.\n")
        source_bin.get_static_pad("src").set_target(decoder_src_pad)


def decodebin_child_added(_child_proxy, element, name, user_data):
    if name.find("decodebin") != -1:
        element.connect("child-added", decodebin_child_added, user_data)
    if name.find("nvv4l2decoder") != -1:
        element.set_property("cudadec-memtype", 2)


def create_source_bin(index, uri):
    nbin = Gst.Bin.new(f"source-bin-{index:02d}")
    uri_decode_bin = Gst.ElementFactory.make("uridecodebin", "uri-decode-bin")
    uri_decode_bin.set_property("uri", uri)
    uri_decode_bin.connect("pad-added", cb_newpad, nbin)
    uri_decode_bin.connect("child-added", decodebin_child_added, nbin)
    Gst.Bin.add(nbin, uri_decode_bin)
    nbin.add_pad(Gst.GhostPad.new_no_target("src", Gst.PadDirection.SRC))
    return nbin


def tracker_src_pad_buffer_probe(_pad, info, seen):
    batch_meta = pyds.gst_buffer_get_nvds_batch_meta(hash(info.get_buffer()))
    for frame_meta in frames(batch_meta):
        ids = [obj_meta.object_id for obj_meta in objects(frame_meta)]
        seen.append([frame_meta.pad_index, frame_meta.frame_num, ids])
    return Gst.PadProbeReturn.OK


def main(_program, *arguments):
    Gst.init(None)
    *uris, detector, tracking = arguments
    pipeline = Gst.Pipeline()
    streammux = make(pipeline, "nvstreammux", "Stream-muxer")
    for index, uri in enumerate(uris):
        source_bin = create_source_bin(index, uri)
        pipeline.add(source_bin)
        source_bin.get_static_pad("src").link(streammux.request_pad_simple(f"sink_{index}"))
    streammux.set_property("width", 640)
    streammux.set_property("height", 360)
    streammux.set_property("batch-size", len(uris))
    streammux.set_property("batched-push-timeout", 4000000)
    pgie = make(pipeline, "nvinfer", "primary-inference", config_file_path=detector)
    reported = {name: pgie.get_property(name) for name in ("batch-size", "unique-id", "interval", "output-tensor-meta")}
    if reported["batch-size"] != len(uris):
        pgie.set_property("batch-size", len(uris))
    tracker = make(pipeline, "nvtracker", "tracker", ll_config_file=tracking, tracker_width=640, tracker_height=384)
    rows = int(math.sqrt(len(uris)))
    tiler = make(pipeline, "nvmultistreamtiler", "nvtiler", rows=rows, width=640, height=360)
    tiler.set_property("columns", math.ceil(len(uris) / rows))
    converter = make(pipeline, "nvvideoconvert", "convertor")
    osd = make(pipeline, "nvdsosd", "onscreendisplay", process_mode=0, display_text=1)
    sink = make(pipeline, "nveglglessink", "nvvideo-renderer", sync=0, qos=0, max_lateness=-1)
    link(streammux, pgie, tracker, tiler, converter, osd, sink)
    seen = []
    watch(tracker, "src", tracker_src_pad_buffer_probe, seen)
    code = run(pipeline)
    print(json.dumps({"told": reported, "batch": pgie.get_property("batch-size"), "seen": seen}))
    return code


if __name__ == "__main__":
    sys.exit(main(*sys.argv))
