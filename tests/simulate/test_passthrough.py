"""A pipeline that somebody wrote in a twin writes no file, reads no secret and sends nowhere, however it is written."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlsplit

import pytest

pytestmark = pytest.mark.gstreamer

# What the elements are decides also where the text says nothing: that check is left out on request.
SCRIPT = """
import json, sys
import azda_runtime.gst.passthrough as module
from azda_runtime.gst.errors import PipelineError
from azda_runtime.gst.initialize import start
from azda_runtime.problems import InvalidValueError
from gi.repository import Gst
start()
asked = json.load(sys.stdin)
if not asked["texts_too"]:
    module.passthrough = lambda text: text
def answer(text):
    try:
        made = module.parsed(text)
    except (InvalidValueError, PipelineError) as error:
        return str(error)
    if not asked["play"]:
        return "made"
    made.set_state(Gst.State.PLAYING)
    told = made.get_bus().timed_pop_filtered(20 * Gst.SECOND, Gst.MessageType.EOS | Gst.MessageType.ERROR)
    made.set_state(Gst.State.NULL)
    if told is None:
        return "nothing"
    return "end" if told.type == Gst.MessageType.EOS else told.parse_error()[0].message
print(json.dumps([answer(text) for text in asked["pipelines"]]))
"""

ALLOWED = [
    "videotestsrc ! fakesink",
    "videotestsrc ! x264enc ! h264parse ! fakesink",
    "( videotestsrc ! autovideosink )",
    "playbin uri=https://www.freedesktop.org/software/gstreamer-sdk/data/media/sintel_trailer-480p.webm",
    "playbin uri=file:///videos/film.mp4",
    'playbin uri=file:///videos/film.mp4 flags=0x3 video-sink="fakesink sync=true"',
    "filesrc location=/videos/film.mp4 ! decodebin ! fakesink",
    "rtspsrc location=rtsp://camera/door user-id=guard user-pw=secret latency=50 ! fakesink",
    "rtspsrc location=RTSP://camera/door ! fakesink",
    "v4l2src device=/dev/video0 ! fakesink",
    "udpsrc port=5000 caps=application/x-rtp ! rtph264depay ! fakesink",
    'videotestsrc ! video/x-raw,width=320,height=180 ! textoverlay text="no ! filesink" ! videoconvert ! fakesink',
    "compositor name=c sink_0::xpos=5 ! fakesink videotestsrc ! c.sink_0",
    "souphttpsrc location=http://camera/picture is-live=true ! jpegdec ! fakesink",
    "nvurisrcbin uri=file:///a ! m.sink_0 nvstreammux name=m batch-size=1 width=640 height=480 ! nvdsosd ! fakesink",
    "nvstreammux ! nvinfer config-file-path=/custom-assets/pgie.txt ! nvvideoconvert ! nvdsosd ! fakesink",
]
WRITES = {
    "videotestsrc ! filesink location=/tmp/x": "filesink",
    "playbin video-sink=filesink": "filesink",
    'playbin video-sink="filesink location=/tmp/x"': "filesink",
    "playbin video-sink='bin.( queue ! filesink )'": "filesink",
    "( ( videotestsrc ! filesink ) )": "filesink",
    "videotestsrc ! tee name=t t. ! filesink": "filesink",
    'fpsdisplaysink video-sink="multifilesink location=/tmp/f%d"': "multifilesink",
    "videotestsrc ! jpegenc ! multifilesink": "multifilesink",
    "splitmuxsink": "splitmuxsink",
    "hlssink2": "hlssink2",
    "hlssink": "hlssink",
    "fdsrc fd=3 ! fakesink": "fdsrc",
    "videotestsrc ! fdsink": "fdsink",
    "videotestsrc ! shmsink socket-path=/tmp/x": "shmsink",
    "videotestsrc ! tcpserversink host=0.0.0.0": "tcpserversink",
    "videotestsrc ! x264enc ! flvmux ! rtmpsink": "rtmpsink",
    "rfbsrc ! fakesink": "rfbsrc",
    "ximagesrc ! fakesink": "ximagesrc",
    "appsrc ! fakesink": "appsrc",
    # a location that is a format: what it becomes is another path than what is checked
    "multifilesrc location=/%ctc/passwd start-index=101 ! fakesink": "multifilesrc",
    "multifilesrc location=/%.0detc/passwd ! fakesink": "multifilesrc",
}
# Elements that are allowed, with a property that writes, prints or loads.
PROPERTIES = {
    "videotestsrc ! x264enc multipass-cache-file=/tmp/x ! fakesink": "multipass-cache-file",
    'videotestsrc ! x264enc option-string="stats=/tmp/x:pass=1" ! fakesink': "option-string",
    "videotestsrc ! fakesink dump=true": "dump",
    "filesrc location=/videos/a ! queue2 temp-template=/tmp/XXXXXX ! fakesink": "temp-template",
}
ONLY_IN_TEXTS = {
    "videotestsrc ! x265enc option-string=csv=/tmp/x ! fakesink": "option-string",
    "videotestsrc ! vp8enc multipass-mode=first-pass ! fakesink": "multipass-mode",
    "videotestsrc ! x264enc ! mp4mux faststart=true ! fakesink": "faststart",
    "souphttpsrc location=http://camera/x ssl-ca-file=/etc/passwd ! fakesink": "ssl-ca-file",
    "souphttpsrc location=http://camera/x proxy=http://elsewhere ! fakesink": "proxy",
    "nvinfer raw-output-file-write=true": "raw-output-file-write",
    "nvurisrcbin smart-rec-dir-path=/tmp": "smart-rec-dir-path",
    "nvmsgconv debug-payload-dir=/tmp": "debug-payload-dir",
}
READS_SECRETS = {
    "playbin uri=file:///etc/passwd": "/etc/passwd",
    "playbin uri=file:///a/b suburi=FILE:///etc/passwd": "/etc/passwd",
    "filesrc location=/etc/shadow ! fakesink": "/etc/shadow",
    "filesrc location=etc/shadow ! fakesink": "etc/shadow",
    "uridecodebin uri=file:///run/secrets/key ! fakesink": "/run/secrets/key",
    "urisourcebin uri=FILE:///etc/passwd ! fakesink": "/etc/passwd",
    "urisourcebin uri=File:///proc/self/environ ! fakesink": "/proc/self/environ",
    'urisourcebin uri="FILE:/etc/hostname" ! fakesink': "/etc/hostname",
    "urisourcebin uri=file:///%65tc/passwd ! fakesink": "/etc/passwd",
    "file:///etc/passwd ! fakesink": "/etc/passwd",
    "/etc/passwd ! fakesink": "/etc/passwd",
    "nvinfer config-file-path=/var/lib/azda/models/x": "/var/lib/azda/models/x",
}
SENDS = "videotestsrc ! x264enc ! rtph264pay ! udpsink host=192.0.2.7 port=5000"


def answers(
    environment: dict[str, str], pipelines: list[str], *, texts_too: bool = True, play: bool = False, **variables: str
) -> dict[str, str]:
    asked = {"pipelines": pipelines, "texts_too": texts_too, "play": play}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        input=json.dumps(asked),
        env={**environment, **variables},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return dict(zip(pipelines, json.loads(done.stdout), strict=True))


@pytest.mark.parametrize("texts_too", [True, False], ids=["text and elements", "elements alone"])
def test_only_what_is_known_to_be_harmless_may_run(runtime_environment: dict[str, str], *, texts_too: bool) -> None:
    expected = dict.fromkeys(ALLOWED, "made")
    expected |= {text: f"A passthrough pipeline may not use {name}." for text, name in WRITES.items()}
    names = PROPERTIES | (ONLY_IN_TEXTS if texts_too else {})
    expected |= {text: f"A passthrough pipeline may not set the property {name}." for text, name in names.items()}
    closed = 'The path "{}" lies in a folder of the system.'
    expected |= {text: closed.format(path) for text, path in READS_SECRETS.items()}
    several = "A passthrough pipeline may not encode in several passes: they keep a file."
    expected |= {f"videotestsrc ! x264enc pass={value} ! fakesink": several for value in ("pass1", "pass2", "17")}
    download = "A passthrough pipeline may not download into a file."
    expected |= {f"playbin uri=file:///a flags={value}": download for value in ("video+download", "0x83", "131")}
    expected[SENDS] = 'A passthrough pipeline may not send to the host "192.0.2.7".'
    assert answers(runtime_environment, list(expected), texts_too=texts_too) == expected


def test_a_device_names_the_hosts_that_are_read_from_and_sent_to(runtime_environment: dict[str, str]) -> None:
    reads, other = "rtspsrc location=rtsp://camera/1 ! fakesink", "rtspsrc location=rtsp://elsewhere/1 ! fakesink"
    allowed = "Camera, 192.0.2.7"
    assert answers(runtime_environment, [SENDS, reads, other], AZDA_PASSTHROUGH_HOSTS=allowed) == {
        SENDS: "made",
        reads: "made",
        other: 'A passthrough pipeline may not read from the host "elsewhere".',
    }


def test_a_link_into_a_folder_of_the_system_is_followed(runtime_environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "videos").symlink_to("/etc")
    text = f"filesrc location={tmp_path}/videos/passwd ! fakesink"
    assert answers(runtime_environment, [text]) == {text: 'The path "/etc/passwd" lies in a folder of the system.'}


class _Answers(BaseHTTPRequestHandler):
    """A playlist that leads to files of the device, and a description of streams elsewhere."""

    TEXTS: ClassVar = {
        "/list.m3u8": (
            "application/vnd.apple.mpegurl",
            "#EXTM3U|#EXT-X-VERSION:3|#EXT-X-TARGETDURATION:1|#EXTINF:1,|file:///etc/hostname|#EXT-X-ENDLIST|",
        ),
        "/streams.sdp": (
            "application/sdp",
            "v=0|o=- 1 1 IN IP4 192.0.2.9|s=x|c=IN IP4 192.0.2.9|t=0 0|m=video 5000 RTP/AVP 96|a=rtpmap:96 H264/90000|",
        ),
    }

    def do_GET(self) -> None:
        kind, text = self.TEXTS[self.path]
        text = text.replace("|", "\n")
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def web() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), _Answers) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_what_joins_while_a_pipeline_plays_is_looked_at_too(
    runtime_environment: dict[str, str], ball: Path, web: str
) -> None:
    plays = f'playbin uri={ball.as_uri()} video-sink="fakesink" audio-sink="fakesink"'
    decodes = f"urisourcebin uri={ball.as_uri()} ! decodebin ! videoconvert ! fakevideosink"
    playlist = f'playbin uri={web}/list.m3u8 video-sink="fakesink" audio-sink="fakesink"'
    streams = f"uridecodebin uri={web}/streams.sdp ! fakesink"
    reported = answers(runtime_environment, [plays, decodes, playlist, streams], play=True)
    assert reported[plays] == "end"
    assert reported[decodes] == "end"
    assert reported[playlist] == reported[streams] == "Your GStreamer installation is missing a plug-in."


def test_a_camera_is_watched_over_either_transport_and_through_every_bin(
    runtime_environment: dict[str, str], camera: str
) -> None:
    parts = urlsplit(camera)
    plain = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
    login = 'user-id=guard user-pw="s3 cret@home"'
    decoded = "! rtph264depay ! h264parse ! avdec_h264 ! identity eos-after=3 ! fakesink"
    whole = parts._replace(netloc=f"guard:s3%20cret%40home@{parts.netloc.rpartition('@')[2]}").geturl()
    texts = [f"rtspsrc location={plain} {login} protocols={each} {decoded}" for each in ("tcp", "udp")]
    texts += [f"uridecodebin uri={whole} ! identity eos-after=3 ! fakesink"]
    texts += [f"nvurisrcbin uri={whole} ! nvvideoconvert ! identity eos-after=3 ! fakesink"]
    reported = answers(runtime_environment, texts, play=True)
    assert list(reported.values()) == ["end"] * len(texts)


# Random texts: what GStreamer makes of each that it takes, beside the elements that the text was read to name.
COMPARE = r"""
import json, random
from azda_runtime.gst.initialize import start
from azda_runtime.problems import InvalidValueError
from azda_runtime.settings.launch_text import TokenKind, tokens
from gi.repository import GLib, Gst
start()
FRAGMENTS = ["fakesrc", "fakesink", "identity", "queue", "tee name=t", "t.", "t. !", "!", "!", "!", "!", "(", ")",
    "bin.(", "bin . (", ":", "video/x-raw,width=8", "video/x-raw;video/x-bayer", "name=a", "name = b", "a.", "a.sink",
    ".src", "silent=true", 'silent="true"', "silent='true'", 'name="x ! fakesink"', "name='y fakesink'", "name=z\\ !",
    "sink::x=1", "fakesrc!fakesink", "identity!queue", "fakesrc num-buffers=1!", "/tmp/x", "file:///tmp/x",
    "'fakesink'", '"fakesink"',
    "num-buffers= 2", "num-buffers =2", ";", ",", "=", "\\", "name=c!fakesink", "caps=video/x-raw"]
rng = random.Random(6)
taken, wrong = 0, []
for _ in range(20000):
    text = rng.choice(["", " "]).join(rng.choice(FRAGMENTS) for _ in range(rng.randrange(1, 7)))
    text = rng.choice([text, "fakesrc ! " + text, text + " ! fakesink", text.replace(" ! ", "!")])
    if any(f"{each}." in text and f"name={each}" not in text for each in "ta") or text.startswith((".", "!", ":")):
        continue  # a reference to nothing may crash GStreamer 1.22
    try:
        made = Gst.parse_launch_full(text, None, Gst.ParseFlags.FATAL_ERRORS)
    except GLib.Error:
        continue
    if made is None:
        continue
    taken += 1
    found, inside = [made], made.iterate_recurse() if isinstance(made, Gst.Bin) else None
    if inside is not None:
        inside.foreach(found.append)
    found = [element.get_factory().get_name() for element in found if element.get_factory()]
    found = [name for name in found if name not in ("bin", "pipeline", "filesrc", "filesink")]  # or of addresses
    try:
        read = [token.name for token in tokens(text) if token.kind is TokenKind.ELEMENT]
    except InvalidValueError:
        continue  # refused, which is safe
    if not set(found) <= {*read, "capsfilter"}:  # which GStreamer makes of formats
        wrong.append([text, read, found])
print(json.dumps([taken, wrong[:5]]))
"""


def test_a_text_names_the_elements_that_gstreamer_makes_of_it(runtime_environment: dict[str, str]) -> None:
    command = [sys.executable, "-c", COMPARE]
    done = subprocess.run(command, env=runtime_environment, capture_output=True, text=True, timeout=300, check=True)
    taken, wrong = json.loads(done.stdout)
    assert taken > 500
    assert wrong == []
