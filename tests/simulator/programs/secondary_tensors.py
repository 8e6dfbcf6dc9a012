"""Raw tensors of a secondary network: what it gives for each object hangs on that object.

Usage: secondary_tensors.py <primary configuration> <secondary configuration>
"""

import ctypes
import json
import sys

import gi

gi.require_version("Gst", "1.0")
import numpy as np
import pyds
from common import frames, link, make, objects, run, user_metas, watch
from gi.repository import Gst


def tensors(obj_meta):
    for user_meta in user_metas(obj_meta.obj_user_meta_list):
        if user_meta.base_meta.meta_type != pyds.NvDsMetaType.NVDSINFER_TENSOR_OUTPUT_META:
            continue
        tensor_meta = pyds.NvDsInferTensorMeta.cast(user_meta.user_meta_data)
        for index in range(tensor_meta.num_output_layers):
            layer = pyds.get_nvds_LayerInfo(tensor_meta, index)
            pointer = ctypes.cast(pyds.get_ptr(layer.buffer), ctypes.POINTER(ctypes.c_float))
            values = np.ctypeslib.as_array(pointer, shape=(layer.inferDims.numElements,))
            yield tensor_meta.unique_id, layer.layerName, [float(value) for value in values]


def sgie_src_pad_buffer_probe(_pad, info, seen):
    batch_meta = pyds.gst_buffer_get_nvds_batch_meta(hash(info.get_buffer()))
    for frame_meta in frames(batch_meta):
        on_the_frame = len(list(user_metas(frame_meta.frame_user_meta_list)))
        for obj_meta in objects(frame_meta):
            seen.append([frame_meta.pad_index, on_the_frame, list(tensors(obj_meta))])
    return Gst.PadProbeReturn.OK


def main(_program, primary, secondary):
    Gst.init(None)
    pipeline = Gst.Pipeline()
    streammux = make(pipeline, "nvstreammux", "mux", width=320, height=240, batch_size=2, batched_push_timeout=4000000)
    for index, colour in enumerate((0xFFFF0000, 0xFF0000FF)):
        source = make(
            pipeline, "videotestsrc", f"source{index}", num_buffers=5, pattern="ball", foreground_color=colour
        )
        size = Gst.Caps.from_string("video/x-raw, format=RGBA, width=320, height=240, framerate=30/1")
        caps = make(pipeline, "capsfilter", f"size{index}", caps=size)
        converter = make(pipeline, "nvvideoconvert", f"converter{index}")
        link(source, caps, converter)
        converter.get_static_pad("src").link(streammux.request_pad_simple(f"sink_{index}"))
    pgie = make(pipeline, "nvinfer", "primary-inference", config_file_path=primary)
    sgie = make(pipeline, "nvinfer", "secondary-inference", config_file_path=secondary)
    sink = make(pipeline, "fakesink", "sink")
    link(streammux, pgie, sgie, sink)
    seen = []
    watch(sgie, "src", sgie_src_pad_buffer_probe, seen)
    code = run(pipeline)
    print(json.dumps(seen))
    return code


if __name__ == "__main__":
    sys.exit(main(*sys.argv))
