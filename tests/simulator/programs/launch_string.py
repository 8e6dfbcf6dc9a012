"""A whole pipeline as one string, played to its end; what the bus said is printed.

Usage: launch_string.py <pipeline description>
"""

import json
import sys

import gi

gi.require_version("Gst", "1.0")
from gi.repository import Gst


def main(_program, description):
    Gst.init(None)
    pipeline = Gst.parse_launch(description)
    pipeline.set_state(Gst.State.PLAYING)
    kinds = Gst.MessageType.EOS | Gst.MessageType.ERROR
    message = pipeline.get_bus().timed_pop_filtered(60 * Gst.SECOND, kinds)
    words = ["none"]
    if message is not None and message.type == Gst.MessageType.ERROR:
        error, debug = message.parse_error()
        words = ["error", error.message, debug]
    elif message is not None:
        words = ["eos"]
    pipeline.set_state(Gst.State.NULL)
    print(json.dumps(words))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv))
