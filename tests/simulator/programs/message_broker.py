"""Messages: event metadata made from objects, converted to DeepStream's schema, and sent to a broker.

Usage: message_broker.py <detector configuration> <nvmsgconv configuration> <schema type> <connection string>
"""

import json
import sys

import gi

gi.require_version("Gst", "1.0")
import pyds
from common import frames, link, make, objects, run, watch
from gi.repository import Gst

MAX_TIME_STAMP_LEN = 32
PGIE_CLASS_ID_VEHICLE = 0


def generate_vehicle_meta(data):
    obj = pyds.NvDsVehicleObject.cast(data)
    obj.type = "sedan"
    obj.color = "blue"
    obj.make = "Bugatti"
    obj.model = "M"
    obj.license = "XX1234"
    obj.region = "CA"
    return obj


def generate_event_msg_meta(meta, obj_meta, frame_number):
    meta.sensorId = 0
    meta.placeId = 0
    meta.moduleId = 0
    meta.sensorStr = "sensor-0"
    meta.ts = pyds.alloc_buffer(MAX_TIME_STAMP_LEN + 1)
    pyds.generate_ts_rfc3339(meta.ts, MAX_TIME_STAMP_LEN)
    meta.type = pyds.NvDsEventType.NVDS_EVENT_MOVING
    meta.objType = pyds.NvDsObjectType.NVDS_OBJECT_TYPE_VEHICLE
    meta.objClassId = PGIE_CLASS_ID_VEHICLE
    meta.bbox.top = obj_meta.rect_params.top
    meta.bbox.left = obj_meta.rect_params.left
    meta.bbox.width = obj_meta.rect_params.width
    meta.bbox.height = obj_meta.rect_params.height
    meta.frameId = frame_number
    meta.trackingId = 7
    meta.confidence = obj_meta.confidence
    obj = pyds.alloc_nvds_vehicle_object()
    meta.extMsg = generate_vehicle_meta(obj)
    meta.extMsgSize = sys.getsizeof(pyds.NvDsVehicleObject)
    return meta


def osd_sink_pad_buffer_probe(_pad, info, sent):
    batch_meta = pyds.gst_buffer_get_nvds_batch_meta(hash(info.get_buffer()))
    for frame_meta in frames(batch_meta):
        for obj_meta in objects(frame_meta):
            if frame_meta.frame_num % 5 != 0:
                continue
            user_event_meta = pyds.nvds_acquire_user_meta_from_pool(batch_meta)
            if user_event_meta:
                msg_meta = pyds.alloc_nvds_event_msg_meta(user_event_meta)
                msg_meta = generate_event_msg_meta(msg_meta, obj_meta, frame_meta.frame_num)
                user_event_meta.user_meta_data = msg_meta
                user_event_meta.base_meta.meta_type = pyds.NvDsMetaType.NVDS_EVENT_MSG_META
                pyds.nvds_add_user_meta_to_frame(frame_meta, user_event_meta)
                sent.append(frame_meta.frame_num)
    return Gst.PadProbeReturn.OK


def main(_program, primary, conversion, schema, connection):
    Gst.init(None)
    pipeline = Gst.Pipeline()
    source = make(pipeline, "videotestsrc", "source", num_buffers=11, pattern="ball")
    size = Gst.Caps.from_string("video/x-raw, width=320, height=240, framerate=30/1")
    caps = make(pipeline, "capsfilter", "size", caps=size)
    converter = make(pipeline, "nvvideoconvert", "converter")
    streammux = make(pipeline, "nvstreammux", "mux", width=320, height=240, batch_size=1)
    pgie = make(pipeline, "nvinfer", "primary-inference", config_file_path=primary)
    nvvidconv = make(pipeline, "nvvideoconvert", "convertor")
    nvosd = make(pipeline, "nvdsosd", "onscreendisplay")
    msgconv = make(
        pipeline, "nvmsgconv", "nvmsg-converter", config=conversion, payload_type=int(schema), msg2p_newapi=0
    )
    msgbroker = make(
        pipeline,
        "nvmsgbroker",
        "nvmsg-broker",
        proto_lib="/opt/nvidia/deepstream/deepstream/lib/libnvds_mqtt_proto.so",
        conn_str=connection,
        topic="detections",
        sync=False,
    )
    tee = make(pipeline, "tee", "nvsink-tee")
    queue1 = make(pipeline, "queue", "nvtee-que1")
    queue2 = make(pipeline, "queue", "nvtee-que2")
    sink = make(pipeline, "fakesink", "nvvideo-renderer")
    link(source, caps, converter)
    converter.get_static_pad("src").link(streammux.request_pad_simple("sink_0"))
    link(streammux, pgie, nvvidconv, nvosd, tee)
    link(queue1, msgconv, msgbroker)
    link(queue2, sink)
    tee.request_pad_simple("src_%u").link(queue1.get_static_pad("sink"))
    tee.request_pad_simple("src_%u").link(queue2.get_static_pad("sink"))
    sent = []
    watch(nvosd, "sink", osd_sink_pad_buffer_probe, sent)
    code = run(pipeline)
    print(json.dumps(sent))
    return code


if __name__ == "__main__":
    sys.exit(main(*sys.argv))
