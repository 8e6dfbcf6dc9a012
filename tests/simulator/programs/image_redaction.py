"""Image data: each detected ball is painted over in the frame itself, and the paint is seen downstream.

Usage: image_redaction.py <detector configuration> <folder for the kept frames>
"""

import json
import sys
from pathlib import Path

import gi
import numpy as np

gi.require_version("Gst", "1.0")
import pyds
from common import frames, link, make, objects, run, watch
from gi.repository import Gst


def tiler_sink_pad_buffer_probe(_pad, info, folder):
    gst_buffer = info.get_buffer()
    batch_meta = pyds.gst_buffer_get_nvds_batch_meta(hash(gst_buffer))
    for frame_meta in frames(batch_meta):
        n_frame = pyds.get_nvds_buf_surface(hash(gst_buffer), frame_meta.batch_id)
        frame_copy = np.array(n_frame, copy=True, order="C")
        if frame_meta.frame_num == 0:
            np.save(Path(folder) / f"stream_{frame_meta.pad_index}.npy", frame_copy)
        for obj_meta in objects(frame_meta):
            rect = obj_meta.rect_params
            top, left = int(rect.top), int(rect.left)
            n_frame[top : top + int(rect.height), left : left + int(rect.width)] = (255, 0, 0, 255)
    return Gst.PadProbeReturn.OK


def sink_pad_buffer_probe(_pad, info, seen):
    gst_buffer = info.get_buffer()
    n_frame = pyds.get_nvds_buf_surface(hash(gst_buffer), 0)
    red = (n_frame[..., 0] > 200) & (n_frame[..., 1] < 60)
    white = (n_frame[..., 0] > 200) & (n_frame[..., 1] > 200)
    seen.append([int(red.sum()), int(white.sum())])
    return Gst.PadProbeReturn.OK


def main(_program, config, folder):
    Gst.init(None)
    pipeline = Gst.Pipeline()
    streammux = make(pipeline, "nvstreammux", "mux", width=320, height=240, batch_size=2)
    for index in range(2):
        source = make(pipeline, "videotestsrc", f"source{index}", num_buffers=10, pattern="ball")
        caps = make(
            pipeline,
            "capsfilter",
            f"size{index}",
            caps=Gst.Caps.from_string("video/x-raw, width=320, height=240, framerate=30/1"),
        )
        converter = make(pipeline, "nvvideoconvert", f"converter{index}")
        link(source, caps, converter)
        converter.get_static_pad("src").link(streammux.request_pad_simple(f"sink_{index}"))
    pgie = make(pipeline, "nvinfer", "pgie", config_file_path=config)
    to_rgba = make(pipeline, "nvvideoconvert", "convertor1")
    rgba = make(pipeline, "capsfilter", "filter1", caps=Gst.Caps.from_string("video/x-raw(memory:NVMM), format=RGBA"))
    tiler = make(pipeline, "nvmultistreamtiler", "tiler", rows=1, columns=2, width=640, height=240)
    sink = make(pipeline, "fakesink", "sink")
    link(streammux, pgie, to_rgba, rgba, tiler, sink)
    seen = []
    watch(tiler, "sink", tiler_sink_pad_buffer_probe, folder)
    watch(sink, "sink", sink_pad_buffer_probe, seen)
    code = run(pipeline)
    print(json.dumps(seen))
    return code


if __name__ == "__main__":
    sys.exit(main(*sys.argv))
