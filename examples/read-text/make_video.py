"""Makes a video of a text that moves from left to right over a dark background: 640 x 360 pixels, H.264 in MP4.

Usage: make_video.py FILE [TEXT] [FRAMES]     Needs GStreamer and its Python binding.
"""

import sys

import gi

gi.require_version("Gst", "1.0")
from gi.repository import GLib, Gst  # after require_version

PIXELS_PER_FRAME = 4
START = 20


def pipeline_of(frames):
    """The pipeline; a missing element ends the program with its name."""
    try:
        return Gst.parse_launch(
            f"videotestsrc num-buffers={frames} pattern=solid-color foreground-color=0xff203040 "
            "! video/x-raw,format=I420,width=640,height=360,framerate=30/1 "
            "! textoverlay name=text halignment=left valignment=top ypad=150 draw-shadow=false draw-outline=false "
            "! x264enc bitrate=4000 key-int-max=30 ! h264parse ! mp4mux ! filesink name=file"
        )
    except GLib.Error as error:
        sys.exit(f"GStreamer cannot make the video: {error.message} (docs/simulate.md lists the packages)")


def main(file, text="AZDA 2026", frames="60"):
    """Write the video."""
    Gst.init(None)
    pipeline = pipeline_of(int(frames))
    overlay = pipeline.get_by_name("text")
    overlay.set_property("text", text)
    overlay.set_property("font-desc", "DejaVu Sans 30")
    pipeline.get_by_name("file").set_property("location", file)
    moved = iter(range(START, START + PIXELS_PER_FRAME * int(frames) + 1, PIXELS_PER_FRAME))

    def move(_pad, _info):
        overlay.set_property("xpad", next(moved))
        return Gst.PadProbeReturn.OK

    overlay.get_static_pad("video_sink").add_probe(Gst.PadProbeType.BUFFER, move)
    pipeline.set_state(Gst.State.PLAYING)
    message = pipeline.get_bus().timed_pop_filtered(120 * Gst.SECOND, Gst.MessageType.EOS | Gst.MessageType.ERROR)
    pipeline.set_state(Gst.State.NULL)
    if message is None:
        return "GStreamer did not finish the video within two minutes"
    return message.parse_error()[0].message if message.type == Gst.MessageType.ERROR else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
