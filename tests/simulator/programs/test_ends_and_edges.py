"""Cameras that come back, windows, outputs that end, and what secondary networks give: programs run unmodified."""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.simulator import ball_models
from tests.simulator.detectors import DETECTOR, PIXEL, Program, configuration, free_port

pytestmark = pytest.mark.gstreamer
HERE = Path(__file__).parent


def test_raw_tensors_of_a_secondary_network_hang_on_their_objects(tmp_path: Path, run_program: Program) -> None:
    primary = configuration(
        tmp_path, ball_models.coverage_detector(tmp_path / "ball.onnx", 240, 320), DETECTOR, name="primary.txt"
    )
    secondary = configuration(
        tmp_path,
        ball_models.colour_classifier(tmp_path / "colour.onnx", 24, 24),
        f"{PIXEL}\nnetwork-type=100\noutput-tensor-meta=1\nprocess-mode=2\noperate-on-gie-id=1\n",
        name="secondary.txt",
        unique_id=2,
    )
    seen = run_program("secondary_tensors.py", primary, secondary)
    assert [source for source, _, _ in seen] == [0, 1] * 5
    assert {on_the_frame for _, on_the_frame, _ in seen} == {0}
    for source, _, tensors in seen:
        ((unique_id, layer, shares),) = tensors
        assert (unique_id, layer) == (2, "colour")
        red, _, blue = shares
        assert (red if source == 0 else blue) > 0.9, "the first ball is red, the second blue"


@pytest.mark.parametrize("per_stream", [0, 1])
def test_outputs_of_a_demultiplexer_end_together_or_each_with_its_source(run_program: Program, per_stream: int) -> None:
    happened = run_program("demux_ends.py", per_stream)
    assert sorted(happened) == sorted([["frame", 0]] * 5 + [["frame", 1]] * 15 + [["end", 0], ["end", 1]])
    after_the_first_end = happened[happened.index(["end", 0]) + 1 :]
    assert (["frame", 1] in after_the_first_end) == bool(per_stream)


WITHOUT_DISPLAY = {"DISPLAY": "", "WAYLAND_DISPLAY": ""}


@pytest.mark.parametrize("sink", ["nveglglessink", "nv3dsink"])
def test_without_a_display_a_window_is_a_sink_that_shows_nothing(
    run_program: Program, ball_video: Path, sink: str
) -> None:
    seen = run_program("display.py", ball_video.as_uri(), sink, env=WITHOUT_DISPLAY)
    assert seen["frames"] == list(range(60))
    assert "fakesink" in seen["sinks"]


@pytest.fixture
def display() -> Iterator[str]:
    """An X server without a screen."""
    server = shutil.which("Xvfb")
    if server is None:
        pytest.skip("needs Debian's xvfb")
    reading, writing = os.pipe()
    words = [server, "-displayfd", str(writing), "-screen", "0", "800x600x24", "-nolisten", "tcp"]
    process = subprocess.Popen(words, pass_fds=[writing], stderr=subprocess.DEVNULL)
    os.close(writing)
    try:
        with os.fdopen(reading) as numbers:
            yield f":{int(numbers.readline())}"
    finally:
        process.terminate()
        process.wait(10)


@pytest.mark.parametrize("sink", ["nveglglessink", "nv3dsink"])
def test_with_a_display_a_window_shows_every_frame(
    run_program: Program, ball_video: Path, display: str, sink: str
) -> None:
    seen = run_program(
        "display.py",
        ball_video.as_uri(),
        sink,
        env={"DISPLAY": display, "WAYLAND_DISPLAY": "", "LIBGL_ALWAYS_SOFTWARE": "1"},
    )
    assert seen["frames"] == list(range(60))
    assert "fakesink" not in seen["sinks"]


@contextlib.contextmanager
def camera(port: int, environment: dict[str, str]) -> Iterator[str]:
    """A camera in a process of its own, which is killed at the end as a power cut kills one."""
    process = subprocess.Popen(
        [sys.executable, HERE / "camera.py", str(port)],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.kill()
        process.wait(10)
        process.stdin.close()
        process.stdout.close()


def test_a_camera_that_goes_away_and_comes_back_is_seen_again(environment: dict[str, str]) -> None:
    port = free_port(socket.SOCK_STREAM)
    with contextlib.ExitStack() as ends:
        with camera(port, environment) as uri:
            program = subprocess.Popen(
                [sys.executable, HERE / "rtsp_reconnect.py", uri],
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            ends.callback(program.kill)
            assert program.stdout is not None
            assert program.stdout.readline() == "playing\n"
        ends.enter_context(camera(port, environment))
        answer, errors = program.communicate(timeout=120)
    # rtspsrc itself may complain of an event's number when the server was killed.
    own = [line for line in errors.splitlines() if line and "gst_event_set_seqnum" not in line]
    assert (program.returncode, own) == (0, [])
    seen = json.loads(answer.splitlines()[-1])
    assert seen["after"] >= 20
    assert seen["numbers"] == list(range(len(seen["numbers"]))), "the source's frame numbers go on"


def test_elements_that_make_new_buffers_copy_metadata_as_the_library_does(run_program: Program) -> None:
    seen = run_program("copied_metadata.py")
    assert seen["same"] == [[[1, 0], [0, None]], 2], "nothing was converted, nothing is copied"
    assert seen["convert"] == [[[0, None], [1, None]], 1]
    assert seen["end"] == [[[1, None], [0, None]], 1], "copied a second time"
