"""Raw tensors: the program parses the model's output with ctypes and numpy, and adds the objects itself.

Usage: tensor_parsing.py <detector configuration, network-type=100>
"""

import ctypes
import json
import sys

import gi
import numpy as np

gi.require_version("Gst", "1.0")
import pyds
from common import frames, link, make, objects, run, user_metas, watch
from gi.repository import Gst

UNTRACKED_OBJECT_ID = 0xFFFFFFFFFFFFFFFF


def layer_as_array(layer):
    pointer = ctypes.cast(pyds.get_ptr(layer.buffer), ctypes.POINTER(ctypes.c_float))
    dims = [layer.inferDims.d[index] for index in range(layer.inferDims.numDims)]
    return np.ctypeslib.as_array(pointer, shape=dims)


def add_obj_meta_to_frame(batch_meta, frame_meta, row):
    left, top, right, bottom, score = (float(value) for value in row)
    obj_meta = pyds.nvds_acquire_obj_meta_from_pool(batch_meta)
    rect_params = obj_meta.rect_params
    rect_params.left, rect_params.top = left, top
    rect_params.width, rect_params.height = right - left, bottom - top
    rect_params.border_width = 3
    rect_params.border_color.set(1, 0, 0, 1)
    obj_meta.confidence = score
    obj_meta.class_id = 0
    obj_meta.object_id = UNTRACKED_OBJECT_ID
    text_params = obj_meta.text_params
    text_params.display_text = f"ball {score:.2f}"
    text_params.x_offset = int(left)
    text_params.y_offset = max(0, int(top - 10))
    pyds.nvds_add_obj_meta_to_frame(frame_meta, obj_meta, None)


def pgie_src_pad_buffer_probe(_pad, info, layers):
    gst_buffer = info.get_buffer()
    batch_meta = pyds.gst_buffer_get_nvds_batch_meta(hash(gst_buffer))
    for frame_meta in frames(batch_meta):
        for user_meta in user_metas(frame_meta.frame_user_meta_list):
            if user_meta.base_meta.meta_type != pyds.NvDsMetaType.NVDSINFER_TENSOR_OUTPUT_META:
                continue
            tensor_meta = pyds.NvDsInferTensorMeta.cast(user_meta.user_meta_data)
            for index in range(tensor_meta.num_output_layers):
                layer = pyds.get_nvds_LayerInfo(tensor_meta, index)
                layers.add((layer.layerName, str(layer.dataType), tensor_meta.unique_id))
                for row in layer_as_array(layer):
                    if row[4] > 0.5:
                        add_obj_meta_to_frame(batch_meta, frame_meta, row)
    return Gst.PadProbeReturn.OK


def sink_pad_buffer_probe(_pad, info, boxes):
    batch_meta = pyds.gst_buffer_get_nvds_batch_meta(hash(info.get_buffer()))
    for frame_meta in frames(batch_meta):
        for obj_meta in objects(frame_meta):
            rect = obj_meta.rect_params
            text = pyds.get_string(obj_meta.text_params.display_text)
            boxes.append([frame_meta.frame_num, rect.left, rect.top, rect.width, rect.height, text])
    return Gst.PadProbeReturn.OK


def main(_program, config):
    Gst.init(None)
    pipeline = Gst.Pipeline()
    source = make(pipeline, "videotestsrc", "source", num_buffers=20, pattern="ball")
    caps = make(
        pipeline,
        "capsfilter",
        "size",
        caps=Gst.Caps.from_string("video/x-raw, format=RGBA, width=320, height=240, framerate=30/1"),
    )
    converter = make(pipeline, "nvvideoconvert", "converter")
    nvmm = make(pipeline, "capsfilter", "nvmm", caps=Gst.Caps.from_string("video/x-raw(memory:NVMM), format=RGBA"))
    streammux = make(pipeline, "nvstreammux", "mux", width=320, height=240, batch_size=1)
    pgie = make(pipeline, "nvinfer", "pgie", config_file_path=config)
    queue = make(pipeline, "queue", "queue")
    sink = make(pipeline, "fakesink", "sink")
    link(source, caps, converter, nvmm)
    nvmm.get_static_pad("src").link(streammux.request_pad_simple("sink_0"))
    link(streammux, pgie, queue, sink)
    layers, boxes = set(), []
    watch(pgie, "src", pgie_src_pad_buffer_probe, layers)
    watch(sink, "sink", sink_pad_buffer_probe, boxes)
    code = run(pipeline)
    print(json.dumps({"layers": sorted(layers), "boxes": boxes}))
    return code


if __name__ == "__main__":
    sys.exit(main(*sys.argv))
