"""Regions of interest: nvdspreprocess names parts of the frame, and nvinfer looks only there.

Usage: preprocess_regions.py <preprocess configuration> <detector configuration>
"""

import json
import sys

import gi

gi.require_version("Gst", "1.0")
import pyds
from common import frames, link, make, objects, run, watch
from gi.repository import Gst


def corners(rect_params):
    return [rect_params.left, rect_params.top, rect_params.width, rect_params.height]


def regions(batch_meta):
    """What nvdspreprocess attached, where the release has names for it."""
    kind = pyds.NvDsMetaType.__members__.get("NVDS_PREPROCESS_BATCH_META")
    node = batch_meta.batch_user_meta_list if kind is not None else None
    while node is not None:
        user_meta = pyds.NvDsUserMeta.cast(node.data)
        if user_meta.base_meta.meta_type == kind:
            yield pyds.GstNvDsPreProcessBatchMeta.cast(user_meta.user_meta_data)
        node = node.next


def prepared(meta):
    tensor = meta.tensor_meta
    return {
        "for": meta.target_unique_ids,
        "tensor": [tensor.tensor_name, tensor.tensor_shape, tensor.data_type.name, tensor.buffer_size],
        "regions": [[corners(each.roi), each.scale_ratio_x, each.frame_meta.frame_num] for each in meta.roi_vector],
    }


def pgie_src_pad_buffer_probe(_pad, info, seen):
    batch_meta = pyds.gst_buffer_get_nvds_batch_meta(hash(info.get_buffer()))
    for frame_meta in frames(batch_meta):
        boxes = [corners(obj_meta.rect_params) for obj_meta in objects(frame_meta)]
        node, shown = frame_meta.display_meta_list, []
        while node is not None:
            display_meta = pyds.NvDsDisplayMeta.cast(node.data)
            shown += [corners(display_meta.rect_params[index]) for index in range(display_meta.num_rects)]
            node = node.next
        seen.append({"boxes": boxes, "shown": shown, "prepared": [prepared(each) for each in regions(batch_meta)]})
    return Gst.PadProbeReturn.OK


def main(_program, regions, primary):
    Gst.init(None)
    pipeline = Gst.Pipeline()
    source = make(pipeline, "videotestsrc", "source", num_buffers=3, pattern="ball")
    size = Gst.Caps.from_string("video/x-raw, format=RGBA, width=640, height=480, framerate=30/1")
    caps = make(pipeline, "capsfilter", "size", caps=size)
    converter = make(pipeline, "nvvideoconvert", "converter")
    streammux = make(pipeline, "nvstreammux", "mux", width=640, height=480, batch_size=1)
    preprocess = make(pipeline, "nvdspreprocess", "preprocess-plugin", config_file=regions)
    pgie = make(pipeline, "nvinfer", "primary-inference", config_file_path=primary, input_tensor_meta=True)
    sink = make(pipeline, "fakesink", "sink")
    link(source, caps, converter)
    converter.get_static_pad("src").link(streammux.request_pad_simple("sink_0"))
    link(streammux, preprocess, pgie, sink)
    seen = []
    watch(pgie, "src", pgie_src_pad_buffer_probe, seen)
    code = run(pipeline)
    print(json.dumps(seen))
    return code


if __name__ == "__main__":
    sys.exit(main(*sys.argv))
