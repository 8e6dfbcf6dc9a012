"""Pictures of a pipeline that plays: as wide as asked for, and never longer than a direct method may answer."""

import json
import subprocess
import sys

import pytest

pytestmark = pytest.mark.gstreamer

# Snow compresses worst. Each picture is taken while the pipeline plays, and its pixels are read back.
SCRIPT = """
import io, json, sys
from azda_runtime.gst.errors import PipelineError
from azda_runtime.gst.initialize import start
start()
from gi.repository import Gst
from azda_runtime.gst import snapshot
from PIL import Image

snapshot._SECONDS = 2.0 if sys.argv[1:] else 60.0
pipeline = Gst.parse_launch(
    "videotestsrc is-live=true pattern=snow ! video/x-raw,format=I420,width=1280,height=720,framerate=10/1 ! "
    "x264enc tune=zerolatency speed-preset=ultrafast key-int-max=1000 ! "
    "h264parse config-interval=-1 ! tee name=picture ! fakesink"
)
pipeline.set_state(Gst.State.PAUSED if sys.argv[1:] else Gst.State.PLAYING)
taking = snapshot.Snapshots(pipeline, "picture")

def taken(most, width=0, taking=taking):
    try:
        found = taking.take(most, width)
    except PipelineError as error:
        return str(error)
    image = Image.open(io.BytesIO(found.jpeg))
    assert image.size == (found.width, found.height)
    return [image.format, *image.size, len(found.jpeg) <= most]

if sys.argv[1:]:
    print(json.dumps([taken(93_000)]))
else:
    wanted = [taken(10_000_000), taken(93_000), taken(93_000, 320), taken(93_000, 5000), taken(100)]
    print(json.dumps([*wanted, taken(93_000, 0, snapshot.Snapshots(pipeline, ""))]))
pipeline.set_state(Gst.State.NULL)
"""


def run(environment: dict[str, str], *words: str) -> list[object]:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *words], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found: list[object] = json.loads(done.stdout)
    return found


def test_a_picture_is_as_large_as_it_may_be(runtime_environment: dict[str, str]) -> None:
    whole, short, narrow, wide, impossible, without = run(runtime_environment)

    assert whole == ["JPEG", 1280, 720, True]
    assert isinstance(short, list)
    assert short[3]
    assert 32 <= short[1] < 1280, "snow is coarse, then small"
    assert narrow == ["JPEG", 320, 180, True]
    assert isinstance(wide, list)
    assert wide[3]
    assert wide[1] < 1280, "no picture is wider than the video"
    assert impossible == "No picture of the video is as short as 100 bytes."
    assert without == "The pipeline encodes no video."


def test_a_pipeline_that_gives_no_frames_is_said(runtime_environment: dict[str, str]) -> None:
    assert run(runtime_environment, "paused") == ["No picture came within 2 seconds."]
