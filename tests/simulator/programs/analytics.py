"""Analytics: regions, a line and a crowd over tracked objects, read from the user metadata of frames and objects.

Usage: analytics.py <uri> <detector configuration> <tracker configuration> <analytics configuration>
"""

import json
import sys

import gi

gi.require_version("Gst", "1.0")
import pyds
from common import frames, link, make, objects, run, user_metas, watch
from gi.repository import Gst


def type_of(name, descriptor):
    """The type has a name of its own from DeepStream 8.0 on."""
    named = pyds.NvDsMetaType.__members__.get(name)
    return pyds.nvds_get_user_meta_type(descriptor) if named is None else named


OBJECT = type_of("NVDS_OBJ_META_NVDSANALYTICS", "NVIDIA.DSANALYTICSOBJ.USER_META")
FRAME = type_of("NVDS_FRAME_META_NVDSANALYTICS", "NVIDIA.DSANALYTICSFRAME.USER_META")


def nvanalytics_src_pad_buffer_probe(_pad, info, seen):
    batch_meta = pyds.gst_buffer_get_nvds_batch_meta(hash(info.get_buffer()))
    for frame_meta in frames(batch_meta):
        entry = {"frame": frame_meta.frame_num, "objects": []}
        for obj_meta in objects(frame_meta):
            for user_meta in user_metas(obj_meta.obj_user_meta_list):
                if user_meta.base_meta.meta_type == OBJECT:
                    data = pyds.NvDsAnalyticsObjInfo.cast(user_meta.user_meta_data)
                    entry["objects"].append([data.roiStatus, data.lcStatus, data.dirStatus])
        for user_meta in user_metas(frame_meta.frame_user_meta_list):
            if user_meta.base_meta.meta_type == FRAME:
                data = pyds.NvDsAnalyticsFrameMeta.cast(user_meta.user_meta_data)
                entry.update(regions=data.objInROIcnt, crossed=data.objLCCumCnt, counts=data.objCnt)
        seen.append(entry)
    return Gst.PadProbeReturn.OK


def main(_program, uri, primary, tracking, rules):
    Gst.init(None)
    pipeline = Gst.Pipeline()
    source = make(pipeline, "uridecodebin", "source", uri=uri)
    streammux = make(pipeline, "nvstreammux", "mux", width=640, height=360, batch_size=1, batched_push_timeout=4000000)
    source.connect("pad-added", lambda _bin, pad: pad.link(streammux.request_pad_simple("sink_0")))
    pgie = make(pipeline, "nvinfer", "primary-inference", config_file_path=primary)
    tracker = make(pipeline, "nvtracker", "tracker", ll_config_file=tracking)
    analytics = make(pipeline, "nvdsanalytics", "analytics", config_file=rules)
    converter = make(pipeline, "nvvideoconvert", "convertor")
    osd = make(pipeline, "nvdsosd", "osd")
    sink = make(pipeline, "fakesink", "sink")
    link(streammux, pgie, tracker, analytics, converter, osd, sink)
    seen = []
    watch(analytics, "src", nvanalytics_src_pad_buffer_probe, seen)
    code = run(pipeline)
    print(json.dumps(seen))
    return code


if __name__ == "__main__":
    sys.exit(main(*sys.argv))
