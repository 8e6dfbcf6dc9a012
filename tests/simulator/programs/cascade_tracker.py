"""A cascade: a detector, a tracker, and a classifier that looks into each tracked object.

Usage: cascade_tracker.py <primary configuration> <secondary configuration> <tracker configuration>
"""

import json
import sys

import gi

gi.require_version("Gst", "1.0")
import pyds
from common import frames, link, make, objects, run, watch
from gi.repository import Gst


def classifications(obj_meta):
    node = obj_meta.classifier_meta_list
    while node is not None:
        classifier_meta = pyds.NvDsClassifierMeta.cast(node.data)
        label_node = classifier_meta.label_info_list
        while label_node is not None:
            label_info = pyds.NvDsLabelInfo.cast(label_node.data)
            yield classifier_meta.unique_component_id, label_info.result_label, label_info.result_class_id
            label_node = label_node.next
        node = node.next


def osd_sink_pad_buffer_probe(_pad, info, seen):
    batch_meta = pyds.gst_buffer_get_nvds_batch_meta(hash(info.get_buffer()))
    for frame_meta in frames(batch_meta):
        for obj_meta in objects(frame_meta):
            seen.append(
                {
                    "source": frame_meta.pad_index,
                    "frame": frame_meta.frame_num,
                    "id": obj_meta.object_id,
                    "class": obj_meta.class_id,
                    "text": pyds.get_string(obj_meta.text_params.display_text),
                    "labels": list(classifications(obj_meta)),
                }
            )
    return Gst.PadProbeReturn.OK


def main(_program, primary, secondary, tracking):
    Gst.init(None)
    pipeline = Gst.Pipeline()
    streammux = make(pipeline, "nvstreammux", "mux", width=320, height=240, batch_size=2, batched_push_timeout=4000000)
    for index, colour in enumerate((0xFFFF0000, 0xFF0000FF)):
        source = make(
            pipeline, "videotestsrc", f"source{index}", num_buffers=15, pattern="ball", foreground_color=colour
        )
        size = Gst.Caps.from_string("video/x-raw, format=RGBA, width=320, height=240, framerate=30/1")
        caps = make(pipeline, "capsfilter", f"size{index}", caps=size)
        converter = make(pipeline, "nvvideoconvert", f"converter{index}")
        link(source, caps, converter)
        converter.get_static_pad("src").link(streammux.request_pad_simple(f"sink_{index}"))
    pgie = make(pipeline, "nvinfer", "primary-inference", config_file_path=primary)
    tracker = make(
        pipeline,
        "nvtracker",
        "tracker",
        tracker_width=640,
        tracker_height=384,
        gpu_id=0,
        ll_lib_file="/opt/nvidia/deepstream/deepstream/lib/libnvds_nvmultiobjecttracker.so",
        ll_config_file=tracking,
    )
    sgie = make(pipeline, "nvinfer", "secondary1-nvinference-engine", config_file_path=secondary)
    converter = make(pipeline, "nvvideoconvert", "convertor")
    osd = make(pipeline, "nvdsosd", "onscreendisplay")
    sink = make(pipeline, "nveglglessink", "nvvideo-renderer", sync=False)
    link(streammux, pgie, tracker, sgie, converter, osd, sink)
    seen = []
    watch(osd, "sink", osd_sink_pad_buffer_probe, seen)
    code = run(pipeline)
    print(json.dumps(seen))
    return code


if __name__ == "__main__":
    sys.exit(main(*sys.argv))
