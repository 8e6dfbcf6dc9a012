"""Object images by the object encoder, and instance masks that a probe gives to the objects.

Usage: crops_and_masks.py <detector configuration> <folder for the images>
"""

import json
import sys
from pathlib import Path

import cv2
import gi
import numpy as np

gi.require_version("Gst", "1.0")
import pyds
from common import frames, link, make, objects, run, user_metas, watch
from gi.repository import Gst


def encode(context, gst_buffer, obj_meta, frame_meta, **wanted):
    args = pyds.NvDsObjEncUsrArgs()
    args.quality = 95
    for name, value in wanted.items():
        setattr(args, name, value)
    return pyds.nvds_obj_enc_process(context, args, hash(gst_buffer), obj_meta, frame_meta)


def give_mask(obj_meta, mask):
    mask_params = pyds.NvOSD_MaskParams.cast(obj_meta.mask_params)
    mask_params.threshold = 0.5
    mask_params.height, mask_params.width = mask.shape
    if mask_params.data is None:
        buffer = mask_params.alloc_mask_array()
        buffer[:] = mask.reshape(mask_params.width * mask_params.height)
    rect_params = obj_meta.rect_params
    rect_params.border_width = 0
    rect_params.border_color.set(1.0, 0.0, 0.0, 1.0)


def pgie_src_pad_buffer_probe(_pad, info, data):
    gst_buffer = info.get_buffer()
    batch_meta = pyds.gst_buffer_get_nvds_batch_meta(hash(gst_buffer))
    context, folder = data["context"], data["folder"]
    left_half = np.tile(np.array([1, 1, 0, 0], np.float32), (4, 1))
    for frame_meta in frames(batch_meta):
        encode(context, gst_buffer, None, frame_meta, isFrame=True, attachUsrMeta=True)
        for number, obj_meta in enumerate(objects(frame_meta)):
            path = str(folder / f"ball_{frame_meta.frame_num}.jpg")
            done = encode(context, gst_buffer, obj_meta, frame_meta, saveImg=1, fileNameImg=path, objNum=number)
            size = {"scaledWidth": 64, "scaledHeight": 48}
            encode(context, gst_buffer, obj_meta, frame_meta, attachUsrMeta=True, scaleImg=True, **size)
            rect = obj_meta.rect_params
            data["saved"].append([done, int(rect.width), int(rect.height)])
            obj_meta.text_params.display_text = ""
            give_mask(obj_meta, left_half)
    pyds.nvds_obj_enc_finish(context)
    return Gst.PadProbeReturn.OK


def images(node):
    for user_meta in user_metas(node):
        if user_meta.base_meta.meta_type == pyds.NvDsMetaType.NVDS_CROP_IMAGE_META:
            encoded = pyds.NvDsObjEncOutParams.cast(user_meta.user_meta_data)
            yield cv2.imdecode(encoded.outBuffer(), cv2.IMREAD_COLOR)


def osd_src_pad_buffer_probe(_pad, info, data):
    gst_buffer = info.get_buffer()
    batch_meta = pyds.gst_buffer_get_nvds_batch_meta(hash(gst_buffer))
    for frame_meta in frames(batch_meta):
        data["frames"].extend(list(image.shape) for image in images(frame_meta.frame_user_meta_list))
        pixels = pyds.get_nvds_buf_surface(hash(gst_buffer), frame_meta.batch_id).astype(int)
        for obj_meta in objects(frame_meta):
            data["scaled"].extend(list(image.shape) for image in images(obj_meta.obj_user_meta_list))
            rect = obj_meta.rect_params
            top, left, width, height = (int(v) for v in (rect.top, rect.left, rect.width, rect.height))
            box = pixels[top : top + height, left : left + width]
            redder = box[..., 0] - box[..., 2] > 60
            data["masked"].append([int(redder[:, : width // 2 - 2].sum()), int(redder[:, width // 2 + 2 :].sum())])
    return Gst.PadProbeReturn.OK


def main(_program, config, folder):
    Gst.init(None)
    pipeline = Gst.Pipeline()
    source = make(pipeline, "videotestsrc", "source", num_buffers=4, pattern="ball")
    size = Gst.Caps.from_string("video/x-raw, width=320, height=240, framerate=30/1")
    caps = make(pipeline, "capsfilter", "size", caps=size)
    to_nvmm = make(pipeline, "nvvideoconvert", "to-nvmm")
    streammux = make(pipeline, "nvstreammux", "mux", width=320, height=240, batch_size=1)
    link(source, caps, to_nvmm)
    to_nvmm.get_static_pad("src").link(streammux.request_pad_simple("sink_0"))
    pgie = make(pipeline, "nvinfer", "pgie", config_file_path=config)
    to_rgba = make(pipeline, "nvvideoconvert", "convertor")
    rgba = make(pipeline, "capsfilter", "rgba", caps=Gst.Caps.from_string("video/x-raw(memory:NVMM), format=RGBA"))
    osd = make(pipeline, "nvdsosd", "onscreendisplay", display_mask=True, process_mode=1)
    sink = make(pipeline, "fakesink", "sink")
    link(streammux, pgie, to_rgba, rgba, osd, sink)
    context = pyds.nvds_obj_enc_create_context(0)
    data = {"saved": [], "frames": [], "scaled": [], "masked": []}
    watch(pgie, "src", pgie_src_pad_buffer_probe, {"context": context, "folder": Path(folder), **data})
    watch(osd, "src", osd_src_pad_buffer_probe, data)
    code = run(pipeline)
    pyds.nvds_obj_enc_destroy_context(context)
    print(json.dumps(data))
    return code


if __name__ == "__main__":
    sys.exit(main(*sys.argv))
