"""Sources that come and go: a second source is added while the first plays, and the first is removed before the end.

Usage: runtime_sources.py <detector configuration> <uri>
"""

import json
import sys

import gi

gi.require_version("Gst", "1.0")
import pyds
from common import frames, link, make, watch
from gi.repository import GLib, Gst


class Application:
    def __init__(self, config, uri):
        self.uri, self.loop = uri, GLib.MainLoop()
        self.seen, self.ends, self.failed = [], [], False
        self.pipeline = Gst.Pipeline()
        self.streammux = make(
            *(self.pipeline, "nvstreammux", "Stream-muxer"),
            width=640, height=360, batch_size=2, batched_push_timeout=25000, live_source=1, drop_pipeline_eos=1,
        )  # fmt: skip
        pgie = make(self.pipeline, "nvinfer", "primary-inference", config_file_path=config)
        tiler = make(self.pipeline, "nvmultistreamtiler", "nvtiler", rows=1, columns=2, width=640, height=180)
        sink = make(self.pipeline, "fakesink", "sink", sync=False, qos=False)
        link(self.streammux, pgie, tiler, sink)
        watch(tiler, "sink", self.probe)
        self.bins = {}

    def probe(self, _pad, info, _data):
        batch_meta = pyds.gst_buffer_get_nvds_batch_meta(hash(info.get_buffer()))
        self.seen += [[frame_meta.pad_index, frame_meta.frame_num] for frame_meta in frames(batch_meta)]
        return Gst.PadProbeReturn.OK

    def add_source(self, index):
        source_bin = Gst.ElementFactory.make("uridecodebin", f"source-bin-{index:02d}")
        source_bin.set_property("uri", self.uri)
        source_bin.connect("pad-added", self.cb_newpad, index)
        self.bins[index] = source_bin
        self.pipeline.add(source_bin)
        source_bin.set_state(Gst.State.PLAYING)
        return False

    def cb_newpad(self, _bin, pad, index):
        pad.link(self.streammux.request_pad_simple(f"sink_{index}"))

    def stop_release_source(self, index):
        self.bins[index].set_state(Gst.State.NULL)
        sinkpad = self.streammux.get_static_pad(f"sink_{index}")
        sinkpad.send_event(Gst.Event.new_flush_stop(False))
        self.streammux.release_request_pad(sinkpad)
        self.pipeline.remove(self.bins.pop(index))

    def bus_call(self, _bus, message):
        if message.type == Gst.MessageType.ERROR:
            error, debug = message.parse_error()
            sys.stderr.write(f"Error: {error}: {debug}\n")
            self.failed = True
            self.loop.quit()
        elif message.type == Gst.MessageType.ELEMENT:
            structure = message.get_structure()
            if structure is not None and structure.has_name("stream-eos"):
                parsed, stream_id = structure.get_uint("stream-id")
                if parsed:
                    self.ends.append(stream_id)
                    self.stop_release_source(stream_id)
                    if len(self.ends) == 2:
                        self.loop.quit()
        return True

    def run(self):
        bus = self.pipeline.get_bus()
        bus.add_signal_watch()
        bus.connect("message", self.bus_call)
        self.pipeline.set_state(Gst.State.PAUSED)
        self.add_source(0)
        self.pipeline.set_state(Gst.State.PLAYING)
        GLib.timeout_add(300, self.add_source, 1)
        GLib.timeout_add_seconds(30, self.loop.quit)
        self.loop.run()
        self.pipeline.set_state(Gst.State.NULL)
        return 1 if self.failed else 0


def main(_program, config, uri):
    Gst.init(None)
    application = Application(config, uri)
    code = application.run()
    print(json.dumps({"seen": application.seen, "ends": application.ends}))
    return code


if __name__ == "__main__":
    sys.exit(main(*sys.argv))
