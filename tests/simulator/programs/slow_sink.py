"""Two sources that are fast and a branch that is slow: how many batches are under way, and what the pool comes to.

Usage: slow_sink.py hold|slow <buffer-pool-size>
"""

import json
import sys
import time

import gi

gi.require_version("Gst", "1.0")
from gi.repository import Gst
from pyds import _simulator  # how many batches live is no question that a program could ask

Gst.init(None)
FRAMES = 24
end = {
    "slow": "queue max-size-buffers=0 max-size-time=0 ! identity sleep-time=30000 ! fakesink name=s sync=false",
    "tiled": "queue ! nvmultistreamtiler rows=1 columns=2 width=128 height=64 ! "
    "queue max-size-buffers=0 max-size-time=0 ! identity sleep-time=30000 ! fakesink name=s sync=false",
    "hold": "appsink name=s max-buffers=0 sync=false",
}[sys.argv[1]]
source = f"videotestsrc num-buffers={FRAMES} ! video/x-raw,width=64,height=64,framerate=30/1 ! nvvideoconvert"
pipeline = Gst.parse_launch(
    f"{source} ! m.sink_0 {source} ! m.sink_1 nvstreammux name=m batch-size=2 width=64 height=64 "
    f"batched-push-timeout=1000000 buffer-pool-size={sys.argv[2]} ! {end}"
)
seen: list[int] = []


def note(_pad: Gst.Pad, _info: Gst.PadProbeInfo) -> Gst.PadProbeReturn:
    seen.append(_simulator.living())
    return Gst.PadProbeReturn.OK


pipeline.get_by_name("s").get_static_pad("sink").add_probe(Gst.PadProbeType.BUFFER, note)
pipeline.set_state(Gst.State.PLAYING)
if sys.argv[1] == "hold":
    deadline = time.monotonic() + 30
    while len(seen) < 7 and time.monotonic() < deadline:
        time.sleep(0.05)
else:
    message = pipeline.get_bus().timed_pop_filtered(60 * Gst.SECOND, Gst.MessageType.EOS | Gst.MessageType.ERROR)
    assert message.type == Gst.MessageType.EOS
pool = pipeline.get_by_name("m").slots.size
pipeline.set_state(Gst.State.NULL)
print(json.dumps({"batches": len(seen), "most": max(seen), "pool": pool}))
