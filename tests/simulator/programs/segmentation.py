"""Segmentation: the class map of each frame is read as an array.

Usage: segmentation.py <segmentation configuration>
"""

import json
import sys

import gi
import numpy as np

gi.require_version("Gst", "1.0")
import pyds
from common import frames, link, make, run, user_metas, watch
from gi.repository import Gst


def seg_src_pad_buffer_probe(_pad, info, seen):
    batch_meta = pyds.gst_buffer_get_nvds_batch_meta(hash(info.get_buffer()))
    for frame_meta in frames(batch_meta):
        for user_meta in user_metas(frame_meta.frame_user_meta_list):
            if user_meta.base_meta.meta_type == pyds.NVDSINFER_SEGMENTATION_META:
                segmeta = pyds.NvDsInferSegmentationMeta.cast(user_meta.user_meta_data)
                masks = np.array(pyds.get_segmentation_masks(segmeta), copy=True, order="C")
                rows, columns = np.nonzero(masks == 1)
                seen.append([segmeta.classes, segmeta.width, segmeta.height, int(columns.mean()), int(rows.mean())])
    return Gst.PadProbeReturn.OK


def visual_src_pad_buffer_probe(_pad, info, seen):
    picture = pyds.get_nvds_buf_surface(hash(info.get_buffer()), 0)
    rows, columns = np.nonzero((picture[..., :3] == (128, 0, 0)).all(axis=2))
    seen[-1] += [list(picture.shape), int(columns.mean()), int(rows.mean()), picture[0, 0, :3].tolist()]
    return Gst.PadProbeReturn.OK


def main(_program, config):
    Gst.init(None)
    pipeline = Gst.Pipeline()
    source = make(pipeline, "videotestsrc", "source", num_buffers=5, pattern="ball")
    size = Gst.Caps.from_string("video/x-raw, width=320, height=240, framerate=30/1")
    caps = make(pipeline, "capsfilter", "size", caps=size)
    encoder = make(pipeline, "jpegenc", "jpeg", quality=100)
    parser = make(pipeline, "jpegparse", "jpeg-parser")
    decoder = make(pipeline, "nvv4l2decoder", "nvv4l2-decoder")
    streammux = make(pipeline, "nvstreammux", "mux", width=320, height=240, batch_size=1)
    seg = make(pipeline, "nvinfer", "primary-nvinference-engine", config_file_path=config)
    visual = make(pipeline, "nvsegvisual", "nvsegvisual", batch_size=1, width=160, height=120)
    sink = make(pipeline, "nveglglessink", "nvvideo-renderer", sync=0, qos=0)
    link(source, caps, encoder, parser, decoder)
    decoder.get_static_pad("src").link(streammux.request_pad_simple("sink_0"))
    link(streammux, seg, visual, sink)
    seen = []
    watch(visual, "src", visual_src_pad_buffer_probe, seen)
    watch(seg, "src", seg_src_pad_buffer_probe, seen)
    code = run(pipeline)
    print(json.dumps(seen))
    return code


if __name__ == "__main__":
    sys.exit(main(*sys.argv))
