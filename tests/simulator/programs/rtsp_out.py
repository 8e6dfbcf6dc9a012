"""A detector whose drawn video leaves by RTSP, until somebody writes a line to its standard input.

Usage: rtsp_out.py <detector configuration> <RTSP port> <UDP port>
"""

import json
import sys
import threading

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from common import link, make
from gi.repository import GLib, Gst, GstRtspServer


def main(_program, config, rtsp_port, udp_port):
    Gst.init(None)
    pipeline = Gst.Pipeline()
    source = make(pipeline, "videotestsrc", "source", is_live=True, pattern="ball")
    size = Gst.Caps.from_string("video/x-raw, width=320, height=240, framerate=15/1")
    caps = make(pipeline, "capsfilter", "size", caps=size)
    converter = make(pipeline, "nvvideoconvert", "converter")
    streammux = make(
        pipeline, "nvstreammux", "mux", width=320, height=240, batch_size=1, batched_push_timeout=40000, live_source=1
    )
    pgie = make(pipeline, "nvinfer", "primary-inference", config_file_path=config)
    nvvidconv = make(pipeline, "nvvideoconvert", "convertor")
    nvosd = make(pipeline, "nvdsosd", "onscreendisplay")
    after = make(pipeline, "nvvideoconvert", "convertor_postosd")
    i420 = make(pipeline, "capsfilter", "filter", caps=Gst.Caps.from_string("video/x-raw(memory:NVMM), format=I420"))
    encoder = make(pipeline, "nvv4l2h264enc", "encoder", bitrate=1000000, iframeinterval=15, insert_sps_pps=1)
    rtppay = make(pipeline, "rtph264pay", "rtppay", config_interval=1)
    sink = make(pipeline, "udpsink", "udpsink", host="127.0.0.1", port=int(udp_port), sync=0)
    sink.set_property("async", False)
    link(source, caps, converter)
    converter.get_static_pad("src").link(streammux.request_pad_simple("sink_0"))
    link(streammux, pgie, nvvidconv, nvosd, after, i420, encoder, rtppay, sink)
    server = GstRtspServer.RTSPServer.new()
    server.props.service = rtsp_port
    server.attach(None)
    factory = GstRtspServer.RTSPMediaFactory.new()
    factory.set_launch(
        f'( udpsrc name=pay0 port={udp_port} buffer-size=524288 caps="application/x-rtp, media=video, '
        'clock-rate=90000, encoding-name=(string)H264, payload=96 " )'
    )
    factory.set_shared(True)
    server.get_mount_points().add_factory("/ds-test", factory)
    loop = GLib.MainLoop()
    threading.Thread(target=lambda: (sys.stdin.readline(), GLib.idle_add(loop.quit)), daemon=True).start()
    pipeline.set_state(Gst.State.PLAYING)
    print(json.dumps(f"rtsp://127.0.0.1:{rtsp_port}/ds-test"), flush=True)
    loop.run()
    pipeline.set_state(Gst.State.NULL)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv))
