"""A real model: PP-OCR's text detector; the program reads its probability map and reports where text is.

Usage: text_detection.py <nvinfer configuration> <text>
"""

import ctypes
import json
import sys

import gi
import numpy as np

gi.require_version("Gst", "1.0")
import pyds
from common import frames, link, make, run, user_metas, watch
from gi.repository import Gst


def pgie_src_pad_buffer_probe(_pad, info, seen):
    batch_meta = pyds.gst_buffer_get_nvds_batch_meta(hash(info.get_buffer()))
    for frame_meta in frames(batch_meta):
        for user_meta in user_metas(frame_meta.frame_user_meta_list):
            if user_meta.base_meta.meta_type == pyds.NvDsMetaType.NVDSINFER_TENSOR_OUTPUT_META:
                tensor_meta = pyds.NvDsInferTensorMeta.cast(user_meta.user_meta_data)
                layer = pyds.get_nvds_LayerInfo(tensor_meta, 0)
                pointer = ctypes.cast(pyds.get_ptr(layer.buffer), ctypes.POINTER(ctypes.c_float))
                dims = [int(layer.inferDims.d[axis]) for axis in range(layer.inferDims.numDims)]
                probability = np.ctypeslib.as_array(pointer, shape=dims)[0]
                rows, columns = np.nonzero(probability > 0.3)
                seen.append(
                    [int(v) for v in (columns.min(), rows.min(), columns.max(), rows.max())] if len(rows) else []
                )
    return Gst.PadProbeReturn.OK


def main(_program, config, words):
    Gst.init(None)
    pipeline = Gst.Pipeline()
    source = make(pipeline, "videotestsrc", "source", num_buffers=2, pattern="white")
    size = Gst.Caps.from_string("video/x-raw, format=RGBA, width=640, height=384, framerate=30/1")
    caps = make(pipeline, "capsfilter", "size", caps=size)
    overlay = make(
        pipeline, "textoverlay", "overlay", text=words, color=0xFF000000, font_desc="Sans 40", shaded_background=False
    )
    overlay.set_property("halignment", "center")
    overlay.set_property("valignment", "center")
    overlay.set_property("draw-outline", False)
    overlay.set_property("draw-shadow", False)
    converter = make(pipeline, "nvvideoconvert", "converter")
    streammux = make(pipeline, "nvstreammux", "mux", width=640, height=384, batch_size=1)
    pgie = make(pipeline, "nvinfer", "pgie", config_file_path=config)
    sink = make(pipeline, "fakesink", "sink")
    link(source, caps, overlay, converter)
    converter.get_static_pad("src").link(streammux.request_pad_simple("sink_0"))
    link(streammux, pgie, sink)
    seen = []
    watch(pgie, "src", pgie_src_pad_buffer_probe, seen)
    code = run(pipeline)
    print(json.dumps(seen))
    return code


if __name__ == "__main__":
    sys.exit(main(*sys.argv))
