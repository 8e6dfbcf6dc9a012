"""`video`: writes a test video whose content is known: an H.264 MP4 of 640 x 360 pixels at 30 frames per second."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from azda_runtime.exit_codes import FAILED
from azda_runtime.gst.errors import PipelineError
from azda_runtime.gst.initialize import start
from azda_runtime.gst.pipeline_builder import assemble
from azda_runtime.gst.player import Player, Playing
from azda_runtime.plan import Element, Link, Plan

_PATTERNS = {"smpte": 0, "snow": 1, "black": 2, "white": 3, "ball": 18}
_RATE = 30


def main(arguments: Sequence[str]) -> int:
    """Write the video."""
    parser = argparse.ArgumentParser(prog="azda_runtime video", description="Write a test video.")
    parser.add_argument("file", type=Path)
    parser.add_argument("--pattern", choices=sorted(_PATTERNS), default="ball")
    parser.add_argument("--seconds", type=int, default=3)
    options = parser.parse_args(arguments)
    try:
        start()
        playing = Playing(id="video", pipeline=assemble(_plan(options)))
    except PipelineError as error:
        return _failed(error)
    Player([playing]).play()
    return 0 if playing.failure is None else _failed(playing.failure)


def _plan(options: argparse.Namespace) -> Plan:
    elements: tuple[tuple[str, str, dict[str, Any]], ...] = (
        ("source", "videotestsrc", {"pattern": _PATTERNS[options.pattern], "num-buffers": options.seconds * _RATE}),
        ("caps", "capsfilter", {"caps": f"video/x-raw,format=I420,width=640,height=360,framerate={_RATE}/1"}),
        ("encode", "x264enc", {"bitrate": 4000, "key-int-max": _RATE}),
        ("parse", "h264parse", {}),
        ("container", "mp4mux", {}),
        ("sink", "filesink", {"location": str(options.file)}),
    )
    names = [name for name, _, _ in elements]
    return Plan(
        pipeline="video",
        elements=tuple(Element(name=n, factory=f, properties=tuple(p.items())) for n, f, p in elements),
        links=tuple(Link(source=a, sink=b) for a, b in zip(names, names[1:])),  # noqa: B905, RUF007 # neighbours
    )


def _failed(error: PipelineError) -> int:
    sys.stderr.write(f"error: {error}\n")
    if error.hint:
        sys.stderr.write(f"hint: {error.hint}\n")
    return FAILED
