"""A native parser's objects, with their masks or labels: what a probe behind nvinfer sees.

Usage: native_parser.py <configuration>
"""

import json
import sys

import gi

gi.require_version("Gst", "1.0")
import pyds
from common import frames, link, make, objects, run, watch
from gi.repository import Gst


def seen_of(obj_meta):
    """What is asserted of an object."""
    box, mask = obj_meta.rect_params, obj_meta.mask_params
    found = {"class": obj_meta.class_id, "box": [box.left, box.top, box.width, box.height]}
    found["confidence"] = round(obj_meta.confidence, 4)
    found["text"] = pyds.get_string(obj_meta.text_params.display_text)
    if mask.size:
        found["mask"] = [mask.height, mask.width, [round(v, 4) for v in mask.get_mask_array().tolist()]]
    node = obj_meta.classifier_meta_list
    if node is not None:
        label_info = pyds.NvDsLabelInfo.cast(pyds.NvDsClassifierMeta.cast(node.data).label_info_list.data)
        found["label"] = [label_info.result_class_id, label_info.result_label]
    return found


def infer_src_pad_buffer_probe(_pad, info, seen):
    batch_meta = pyds.gst_buffer_get_nvds_batch_meta(hash(info.get_buffer()))
    seen += [[seen_of(obj_meta) for obj_meta in objects(frame_meta)] for frame_meta in frames(batch_meta)]
    return Gst.PadProbeReturn.OK


def main(_program, config):
    Gst.init(None)
    pipeline = Gst.Pipeline()
    source = make(pipeline, "videotestsrc", "source", num_buffers=3)
    caps = make(pipeline, "capsfilter", "size", caps=Gst.Caps.from_string("video/x-raw, width=640, height=480"))
    converter = make(pipeline, "nvvideoconvert", "converter")
    memory = make(pipeline, "capsfilter", "memory", caps=Gst.Caps.from_string("video/x-raw(memory:NVMM), format=NV12"))
    streammux = make(pipeline, "nvstreammux", "mux", width=640, height=480, batch_size=1)
    infer = make(pipeline, "nvinfer", "infer", config_file_path=config)
    sink = make(pipeline, "fakesink", "sink")
    link(source, caps, converter, memory)
    memory.get_static_pad("src").link(streammux.request_pad_simple("sink_0"))
    link(streammux, infer, sink)
    seen = []
    watch(infer, "src", infer_src_pad_buffer_probe, seen)
    code = run(pipeline)
    print(json.dumps(seen))
    return code


if __name__ == "__main__":
    sys.exit(main(*sys.argv))
