"""Play pipelines and stop each at a random moment; prints what is left when all are gone.

Usage: stops.py <detector configuration> <uri> <how many> <seed>
"""

import json
import random
import sys
import threading
import time

import gi

gi.require_version("Gst", "1.0")
import pyds
from gi.repository import Gst
from pyds import _simulator  # what is left is no question that a program could ask


def probe(_pad: Gst.Pad, info: Gst.PadProbeInfo) -> Gst.PadProbeReturn:
    pyds.gst_buffer_get_nvds_batch_meta(hash(info.get_buffer()))
    return Gst.PadProbeReturn.OK


def once(config: str, uri: str, chance: random.Random, turn: int) -> None:
    live = turn % 2
    pipeline = Gst.parse_launch(
        f"uridecodebin uri={uri} ! m.sink_0 videotestsrc is-live={live} pattern=ball ! "
        "video/x-raw,width=320,height=240 ! nvvideoconvert ! m.sink_1 "
        f"nvstreammux name=m batch-size=2 width=320 height=240 batched-push-timeout=40000 live-source={live} ! queue ! "
        f"nvinfer name=i config-file-path={config} ! nvtracker ! "
        "nvmultistreamtiler rows=1 columns=2 width=640 height=240 ! nvvideoconvert ! nvdsosd ! nvvideoconvert ! "
        f"nvv4l2h264enc ! h264parse ! fakesink sync={int(turn % 3 == 0)}"
    )
    pipeline.get_by_name("i").get_static_pad("src").add_probe(Gst.PadProbeType.BUFFER, probe)
    wanted = chance.choice([Gst.State.PLAYING, Gst.State.PLAYING, Gst.State.PAUSED])
    pipeline.set_state(wanted)
    time.sleep(chance.random() * 0.2)
    # GStreamer's own sources wait in send_event while the sink waits in PAUSED, without an element of ours as well
    if wanted == Gst.State.PLAYING and chance.random() < 0.2:
        pipeline.send_event(Gst.Event.new_eos())
    pipeline.set_state(Gst.State.NULL)
    result, state, _ = pipeline.get_state(10 * Gst.SECOND)
    assert (result, state) == (Gst.StateChangeReturn.SUCCESS, Gst.State.NULL)
    message = pipeline.get_bus().pop_filtered(Gst.MessageType.ERROR)
    assert message is None, message.parse_error()


def main(config: str, uri: str, count: str, seed: str) -> int:
    Gst.init(None)
    chance = random.Random(int(seed))
    for turn in range(int(count)):
        once(config, uri, chance, turn)
    print(json.dumps({"batches": _simulator.living(), "threads": threading.active_count()}))  # what the test reads
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
