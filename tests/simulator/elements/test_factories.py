"""Every element is found by NVIDIA's name, with NVIDIA's properties, and says nothing of its own on stderr."""

import subprocess
import sys
from pathlib import Path

import cv2
import pytest

pytestmark = pytest.mark.gstreamer
PLUGINS = Path(__file__).parents[3] / "docker-build" / "simulator" / "plugins" / "python"
ELEMENTS = (
    *("nv3dsink", "nvdewarper", "nvdsanalytics", "nvdslogger", "nvdsosd", "nvdspreprocess", "nveglglessink"),
    *("nvegltransform", "nvinfer", "nvinferserver", "nvjpegdec", "nvjpegenc", "nvmsgbroker", "nvmsgconv"),
    *(
        "nvmultistreamtiler",
        "nvof",
        "nvofvisual",
        "nvosdbin",
        "nvsegvisual",
        "nvstreamdemux",
        "nvstreammux",
        "nvtracker",
        "nvurisrcbin",
    ),
    *("nvv4l2decoder", "nvv4l2h264enc", "nvv4l2h265enc", "nvvideoconvert"),
)
# facts/deepstream.md section 9, read from NVIDIA's sources
PROPERTIES = {
    "nvstreammux": "batch-size batched-push-timeout width height live-source gpu-id nvbuf-memory-type enable-padding "
    "num-surfaces-per-frame attach-sys-ts max-latency sync-inputs frame-num-reset-on-eos drop-pipeline-eos compute-hw "
    "buffer-pool-size sort-batch cache-buffer cache-buffer-timeout sync-inputs-ntp async-process align-first-buffer",
    "nvurisrcbin": "uri num-extra-surfaces gpu-id cudadec-memtype drop-frame-interval type dec-skip-frames buffer-mode "
    "rtsp-reconnect-attempts rtsp-reconnect-interval init-rtsp-reconnect-interval select-rtp-protocol leaky file-loop "
    "max-size-buffers disable-passthrough disable-audio smart-record latency source-id udp-buffer-size",
    "nvinfer": "unique-id process-mode config-file-path batch-size interval infer-on-gie-id infer-on-class-ids "
    "filter-out-class-ids model-engine-file gpu-id output-tensor-meta output-instance-mask input-tensor-meta "
    "clip-object-outside-roi crop-objects-to-roi-boundary strongly-typed dynamic-properties",
    "nvinferserver": "unique-id process-mode config-file-path batch-size infer-on-gie-id input-tensor-meta "
    "infer-on-class-ids interval",
    "nvdspreprocess": "unique-id enable gpu-id process-on-frame operate-on-gie-id target-unique-ids config-file",
    "nvdsanalytics": "unique-id enable config-file",
    "nvdewarper": "gpu-id source-id num-output-buffers num-batch-buffers config-file silent",
    "nvdsosd": "display-clock display-text display-bbox display-mask process-mode gpu-id blur-on-gie-class-ids",
    "nvmultistreamtiler": "rows columns width height gpu-id nvbuf-memory-type show-source compute-hw buffer-pool-size "
    "square-seq-grid",
    "nvvideoconvert": "gpu-id nvbuf-memory-type src-crop dest-crop compute-hw flip-method interpolation-method",
    "nvmsgconv": "config msg2p-lib payload-type comp-id debug-payload-dir multiple-payloads msg2p-newapi "
    "frame-interval dummy-payload embedding-filter",
    "nvmsgbroker": "proto-lib conn-str config topic comp-id new-api sleep-time",
    "nvtracker": "tracker-width tracker-height gpu-id ll-lib-file ll-config-file tracking-surface-type "
    "display-tracking-id tracking-id-reset-mode input-tensor-meta tensor-meta-gie-id compute-hw user-meta-pool-size "
    "sub-batches sub-batch-err-recovery-trial-cnt operate-on-class-ids",
    "nvv4l2h264enc": "bitrate iframeinterval control-rate profile insert-sps-pps maxperf-enable",
    "nvv4l2decoder": "drop-frame-interval num-extra-surfaces skip-frames gpu-id cudadec-memtype mjpeg",
    "nvjpegenc": "quality idct-method Enableperf",
}


def test_the_loader_has_one_file_per_element_and_all_say_the_same() -> None:
    files = sorted(PLUGINS.glob("*.py"))
    assert [path.stem for path in files] == sorted(ELEMENTS)
    assert len({path.read_text() for path in files}) == 1


@pytest.mark.parametrize("name", ELEMENTS)
def test_an_element_is_found_by_its_name_with_its_properties(name: str, environment: dict[str, str]) -> None:
    done = subprocess.run(
        ["gst-inspect-1.0", name], env=environment, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stderr == ""
    listed = {line.split(":")[0].strip() for line in done.stdout.splitlines() if " : " in line or ": " in line}
    assert set(PROPERTIES.get(name, "").split()) <= listed


def test_an_element_has_no_properties_of_another(environment: dict[str, str]) -> None:
    """A program that sets what NVIDIA's nvinferserver does not have must hear of it here too."""
    program = (
        "import gi; gi.require_version('Gst', '1.0'); from gi.repository import GObject, Gst; Gst.init(None);"
        "server, infer = (Gst.ElementFactory.make(name) for name in ('nvinferserver', 'nvinfer'));"
        "print(server.find_property('output-tensor-meta'), server.find_property('clip-object-outside-roi'),"
        " GObject.signal_lookup('model-updated', infer), GObject.signal_lookup('model-updated', server))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, timeout=60, check=True
    )
    server_tensor, server_clip, updated, server_updated = done.stdout.split()
    assert (server_tensor, server_clip, server_updated, done.stderr) == ("None", "None", "0", "")
    assert int(updated) > 0


def test_decodebin_prefers_the_decoder_whose_pads_carry_nvmm(environment: dict[str, str], ball_video: Path) -> None:
    words = f"uridecodebin uri={ball_video.as_uri()} ! video/x-raw(memory:NVMM),format=NV12 ! fakesink"
    done = subprocess.run(
        ["gst-launch-1.0", "-q", *words.split()],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("name", ["nvof", "nvofvisual"])
def test_what_needs_hardware_of_its_own_refuses_to_start_by_a_sentence(name: str, environment: dict[str, str]) -> None:
    words = f"videotestsrc num-buffers=1 ! nvvideoconvert ! video/x-raw(memory:NVMM),format=NV12 ! {name} ! fakesink"
    done = subprocess.run(
        ["gst-launch-1.0", *words.split()], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode != 0
    assert f"{name} needs the optical flow hardware of an NVIDIA GPU" in done.stderr


@pytest.mark.parametrize(("element", "kind"), [("nvv4l2h264enc", 7), ("nvv4l2h265enc", 33)])
def test_parameter_sets_are_repeated_where_asked(
    element: str, kind: int, environment: dict[str, str], tmp_path: Path
) -> None:
    words = (
        "videotestsrc num-buffers=30 ! video/x-raw,format=I420,width=160,height=120 ! nvvideoconvert ! "
        f"video/x-raw(memory:NVMM),format=NV12 ! {element} iframeinterval=10 insert-sps-pps=1 ! "
        f"filesink location={tmp_path}/stream"
    )
    subprocess.run(["gst-launch-1.0", "-q", *words.split()], env=environment, timeout=60, check=True)
    units = (tmp_path / "stream").read_bytes().split(b"\0\0\1")[1:]
    kinds = [unit[0] & 0x1F if kind == 7 else unit[0] >> 1 & 0x3F for unit in units]
    assert kinds.count(kind) >= 3


def test_nvosdbin_converts_and_draws(environment: dict[str, str], tmp_path: Path) -> None:
    words = (
        "videotestsrc num-buffers=1 pattern=black ! video/x-raw,format=NV12,width=320,height=240 ! nvvideoconvert ! "
        "video/x-raw(memory:NVMM),format=NV12 ! m.sink_0 nvstreammux name=m batch-size=1 width=320 height=240 ! "
        "nvosdbin display-clock=true clock-font-size=20 x-clock-offset=20 y-clock-offset=40 ! nvvideoconvert ! "
        f"video/x-raw,format=I420 ! jpegenc ! filesink location={tmp_path}/frame.jpg"
    )
    done = subprocess.run(
        ["gst-launch-1.0", "-q", *words.split()],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert cv2.imread(str(tmp_path / "frame.jpg")).max() > 200, "the clock is drawn"


def test_branches_of_jetson_programs_play(environment: dict[str, str], tmp_path: Path) -> None:
    """Frames become pictures by nvjpegenc, and go through nvegltransform to the display."""
    words = (
        "videotestsrc num-buffers=2 pattern=ball ! nvvideoconvert ! video/x-raw(memory:NVMM),format=NV12 ! tee name=t "
        f"t. ! queue ! nvjpegenc quality=100 ! multifilesink location={tmp_path}/%d.jpg "
        "t. ! queue ! nvegltransform ! nveglglessink sync=false"
    )
    done = subprocess.run(
        ["gst-launch-1.0", "-q", *words.split()],
        env={name: value for name, value in environment.items() if "DISPLAY" not in name},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    pictures = [cv2.imread(str(tmp_path / f"{index}.jpg")) for index in range(2)]
    assert [picture.shape for picture in pictures] == [(240, 320, 3)] * 2
    assert all(picture.max() > 225 and picture.min() < 25 for picture in pictures)


def test_elements_of_a_folder_that_is_read_after_ours_are_found_too(
    environment: dict[str, str], tmp_path: Path
) -> None:
    """The loader holds sys.path's own list while it reads: no import of ours may leave another, as OpenCV would."""
    (tmp_path / "python").mkdir()
    (tmp_path / "python" / "another.py").write_text(
        "from gi.repository import Gst\n\n\n"
        "class Another(Gst.Bin):\n    __gstmetadata__ = ('Another', 'Generic', 'Another', 'Another')\n\n\n"
        "__gstelementfactory__ = ('another', Gst.Rank.NONE, Another)\n"
    )
    folders = f"{environment['GST_PLUGIN_PATH']}:{tmp_path}"
    changed = environment | {"GST_PLUGIN_PATH": folders, "GST_REGISTRY": str(tmp_path / "registry.bin")}
    program = (
        "import sys; import gi; gi.require_version('Gst', '1.0'); from gi.repository import Gst; Gst.init(None);"
        "before = sys.path; loaded = [Gst.ElementFactory.find(name).load() for name in ('nvinfer', 'another')];"
        "print(sys.path is before, all(loaded))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], env=changed, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "True True\n", "")


def test_a_program_with_a_module_of_our_name_is_told(environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "simulator.py").write_text("")
    program = (
        "import simulator; import gi; gi.require_version('Gst', '1.0'); from gi.repository import Gst; Gst.init(None);"
        "print(Gst.ElementFactory.make('nvinfer'))"
    )
    changed = environment | {"PYTHONPATH": f"{tmp_path}:{environment['PYTHONPATH']}"}
    done = subprocess.run(
        [sys.executable, "-c", program], env=changed, capture_output=True, text=True, timeout=60, check=False
    )
    assert "ImportError: the simulated elements need the name 'simulator'" in done.stderr
