"""A pipeline that somebody wrote in a twin writes no file and reads no secret, however it is written down."""

import json
import subprocess
import sys

import pytest

pytestmark = pytest.mark.gstreamer

SCRIPT = """
import json, sys
from azda_runtime.gst.errors import PipelineError
from azda_runtime.gst.passthrough import parsed
from azda_runtime.gst.initialize import start
from azda_runtime.problems import InvalidValueError
start()
def answer(text):
    try:
        return parsed(text).get_name() and "made"
    except (InvalidValueError, PipelineError) as error:
        return str(error)
print(json.dumps([answer(text) for text in json.load(sys.stdin)]))
"""

ALLOWED = [
    "videotestsrc ! fakesink",
    "videotestsrc ! x264enc ! h264parse ! fakesink",
    "( videotestsrc ! autovideosink )",
    "playbin uri=https://www.freedesktop.org/software/gstreamer-sdk/data/media/sintel_trailer-480p.webm",
    "playbin uri=file:///videos/film.mp4",
    "filesrc location=/videos/film.mp4 ! decodebin ! fakesink",
    "rtspsrc location=rtsp://camera/door ! fakesink",
    "v4l2src device=/dev/video0 ! fakesink",
]
WRITES = {
    "videotestsrc ! filesink location=/tmp/x": "filesink",
    "playbin video-sink=filesink": "filesink",
    'playbin video-sink="filesink location=/tmp/x"': "filesink",
    "playbin video-sink='bin.( queue ! filesink )'": "filesink",
    "( ( videotestsrc ! filesink ) )": "filesink",
    "videotestsrc ! jpegenc ! multifilesink": "multifilesink",
    "videotestsrc ! giosink location=file:///tmp/x": "giosink",
    "splitmuxsink": "splitmuxsink",
    "hlssink2": "hlssink2",
    "hlssink": "hlssink",
    "fdsrc fd=3 ! fakesink": "fdsrc",
    "videotestsrc ! fdsink": "fdsink",
    "videotestsrc ! shmsink socket-path=/tmp/x": "shmsink",
}
READS_SECRETS = {
    "playbin uri=file:///etc/passwd": "/etc/passwd",
    "filesrc location=/etc/shadow ! fakesink": "/etc/shadow",
    "multifilesrc location=/etc/shadow ! fakesink": "/etc/shadow",
    "uridecodebin uri=file:///run/secrets/key ! fakesink": "/run/secrets/key",
    "videotestsrc ! x264enc multipass-cache-file=/etc/x ! fakesink": "/etc/x",
}


def test_what_the_elements_are_decides(runtime_environment: dict[str, str]) -> None:
    texts = [*ALLOWED, *WRITES, *READS_SECRETS]
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        input=json.dumps(texts),
        env=runtime_environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    expected = ["made" for _ in ALLOWED]
    expected += [f"A passthrough pipeline may not use {name}." for name in WRITES.values()]
    expected += [f'The path "{path}" lies in a folder of the system.' for path in READS_SECRETS.values()]
    assert dict(zip(texts, json.loads(done.stdout), strict=True)) == dict(zip(texts, expected, strict=True))
