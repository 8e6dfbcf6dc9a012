"""The text of a passthrough pipeline, read as GStreamer reads it and held against lists, with no GStreamer at hand."""

import time
from contextlib import suppress

import pytest
from azda_runtime.problems import InvalidValueError
from azda_runtime.settings.launch_text import TokenKind, tokens
from azda_runtime.settings.passthrough import hosts_of, passthrough

SDK = "/opt/nvidia/deepstream/deepstream"
# As NVIDIA's own guides have them.
GUIDES = """
filesrc location=SDK/samples/streams/sample_720p.h264 ! h264parse ! nvv4l2decoder ! m.sink_0
 nvstreammux name=m batch-size=1 width=1280 height=720 batched-push-timeout=40000 live-source=1
 ! nvinfer config-file-path= SDK/samples/configs/config_infer_primary.txt batch-size=1 unique-id=1
 ! nvtracker ll-lib-file=SDK/lib/libnvds_nvmultiobjecttracker.so tracker-width=640 tracker-height=384
 ! nvmultistreamtiler rows=1 columns=1 width=1280 height=720 ! nvvideoconvert ! nvdsosd process-mode=0
 ! nveglglessink sync=0

nvarguscamerasrc sensor-id=0 ! video/x-raw(memory:NVMM), width=1920, height=1080, format=NV12, framerate=30/1
 ! nvvidconv flip-method=2 ! queue ! nv3dsink

rtspsrc location=rtsp://camera/live latency=100 ! rtph265depay ! h265parse ! nvv4l2decoder ! fakesink async=false

uridecodebin uri="https://host/a.mp4" name=d d. ! queue ! nvvideoconvert ! nveglglessink d. ! queue ! fakesink

v4l2src device=/dev/video0 ! image/jpeg,width=640 ! jpegdec ! videoconvert ! xvimagesink sync=false

nvurisrcbin uri=rtsp://camera/1 rtsp-reconnect-interval=10 ! m.sink_0 nvstreammux name=m batch-size=1 ! fakesink
"""


@pytest.mark.parametrize("text", [" ".join(text.split()).replace("SDK", SDK) for text in GUIDES.split("\n\n")])
def test_what_guides_write_is_taken(text: str) -> None:
    assert passthrough(text) == text


def elements(text: str) -> list[str]:
    return [token.name for token in tokens(text) if token.kind is TokenKind.ELEMENT]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("a!b", ["a", "b"]),
        ("a ! video/x-raw,format=RGB ! b", ["a", "b"]),
        ("a ! video/x-raw;audio/x-raw ! b", ["a", "b"]),
        ("a x=1 y = 2 ! b", ["a", "b"]),
        ('a x="1 ! c" ! b', ["a", "b"]),
        ("a x='1 ! c' ! b", ["a", "b"]),
        ("a x=1\\ !\\ c ! b", ["a", "b"]),
        ("t. ! a t.src_0 ! b .sink", ["a", "b"]),
        ("bin.( a ! b )", ["bin", "a", "b"]),
        ("( a x=1 ! b )", ["a", "b"]),
        ("a : b", ["a", "b"]),
        ("a sink_0::x=1 b", ["a", "b"]),
        ("a file:///x b", ["a", "b"]),
    ],
)
def test_elements_are_found_where_gstreamer_finds_them(text: str, names: list[str]) -> None:
    assert elements(text) == names


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("'filesink' location=/tmp/x", "\"'filesink' location="),
        ("videotestsrc ! filesink", "filesink"),
        ("videotestsrc ! bin.( filesink )", "filesink"),
        ("fakesink x::dump=true", "dump"),
        ("fakesink unknown-property=1", "unknown-property"),
        ("urisourcebin uri=ftp://host/x", "ftp"),
        ("urisourcebin uri=data:text/plain,x", "data"),
        ("urisourcebin uri=rtsp:///x", "rtsp"),
        ("urisourcebin uri=file://host/x", "names a host"),
        ("urisourcebin uri=http://good\\\\@evil/x", "cannot be read"),
        ("filesrc location=" + "c" * 300, "too long"),
        ("filesrc location=~root/x", "could leave"),
        ("filesrc location=/root/.ssh/id_rsa", "folder of the system"),
        ("filesrc location=/home/me/.aws/credentials", "folder of the system"),
        ("v4l2src device=/dev/sda", "not a video device"),
        ("nvtracker ll-lib-file=/custom-assets/x.so", "library"),
        ("playbin video-sink=" + "'bin.( playbin video-sink=\"playbin video-sink=filesink\" )'", "filesink"),
    ],
)
def test_what_is_not_known_to_be_harmless_is_refused_by_its_name(text: str, named: str) -> None:
    with pytest.raises(InvalidValueError) as refusal:
        passthrough(text)
    assert named in str(refusal.value)
    assert refusal.value.hint


def test_the_hosts_of_a_pipeline_are_those_of_its_sources() -> None:
    text = "rtspsrc location=RTSP://u:p@Camera:554/1 ! fakesink playbin uri=https://host/x video-sink='fakesink' "
    text += "filesrc location=/videos/a.mp4 ! fakesink tcpclientsrc host=Other ! fakesink"
    assert hosts_of(text) == {"camera", "host", "other"}


PARTS = ["! a/b", "( ", '"', "a=", "\\", 'a=\\" ', "x/y,", "'a", "a.", "!:", "a::b=c ", "\u00e9"]


@pytest.mark.parametrize("part", PARTS)
def test_the_longest_text_is_read_in_no_time(part: str) -> None:
    start = time.monotonic()
    for text in (part * (8192 // len(part)), "fakesrc " + part * (8000 // len(part)) + " ! fakesink"):
        with suppress(InvalidValueError):
            list(tokens(text))
    assert time.monotonic() - start < 5
