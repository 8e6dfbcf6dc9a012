"""`serve`: a process per pipeline, and what happens when one fails, changes or is told to end."""

import json
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.simulate.conftest import ASSETS, decoded, wait_for
from tests.simulate.serving import Served, is_alive

pytestmark = pytest.mark.gstreamer


@pytest.fixture
def served(runtime_environment: dict[str, str], tmp_path: Path) -> Iterator[Served]:
    served = Served(tmp_path, runtime_environment)
    yield served
    served.clean()


def pipeline(name: str, parser: Path = ASSETS / "blob_parser.py", **changes: Any) -> dict[str, Any]:
    model = {"configFile": str(ASSETS / "pgie_config.txt"), "pyFile": str(parser)}
    options = {"frame": {"width": 320, "height": 180}, "messages": {"perSecond": 0}}
    return {"id": name, "primaryModelConfigPath": model, "pipelineOptions": options, **changes}


def document(video: Path, *pipelines: dict[str, Any], **changes: Any) -> dict[str, Any]:
    deepstream = {
        "enable": True,
        "pipelineConfigs": list(pipelines),
        "streams": [{"name": "ball", "configId": each["id"]} for each in pipelines],
        **changes,
    }
    sensors = [{"name": "ball", "endpoint": video.as_uri()}]
    return {"platform": "DeepStream", "components": {"sensors": sensors, "deepStream": deepstream}}


def faulty(folder: Path, body: str) -> Path:
    """A parser whose function does this; `calls` counts from 1."""
    path = folder / "faulty_parser.py"
    head = (
        'import os, time, ctypes\nimport numpy as np\nmodel_type = 0\nname = "Faulty"\nlabels = ["thing"]\ncalls = 0\n'
    )
    code = f"    global calls\n    calls += 1\n    {body}\n"
    path.write_text(f"{head}def parse_det_model(config, raw_outputs):\n{code}", encoding="utf-8")
    return path


def in_a_row(frames: list[int], count: int) -> bool:
    """Whether each of the first frames was told of once, and in its order."""
    return frames[:count] == list(range(count))


def test_two_pipelines_play_and_sigterm_ends_all_in_order(served: Served, ball: Path) -> None:
    served.configure(document(ball, pipeline("One"), pipeline("Two")))
    served.start()
    pids = [served.wait_until(name, "playing")["pid"] for name in ("One", "Two")]
    assert served.health() == (0, "All is well: One is playing, Two is playing.")
    served.wait(lambda: len(served.frames("One")) > 130 and len(served.frames("Two")) > 130)
    assert served.stop() == 0
    assert "killed" not in served.log
    assert not any(map(is_alive, pids))
    assert in_a_row(served.frames("One"), 130)
    assert in_a_row(served.frames("Two"), 130)


def test_a_second_supervisor_leaves_the_state_of_the_first_alone(
    served: Served, ball: Path, tmp_path: Path, runtime_environment: dict[str, str]
) -> None:
    served.configure(document(ball, enable=False))
    served.start()
    served.wait(lambda: "written" in served.state)
    second = Served(tmp_path, runtime_environment)
    second.start()
    assert second.stop(0) == 2
    assert f"error: another `serve` keeps its state in {served.state_folder}\n" in served.log
    assert served.health()[0] == 0
    served.stop(signal.SIGKILL)
    second.start()
    second.wait(lambda: second.log.count("a new configuration") == 2)
    assert second.stop() == 0


FINDS_NOTHING = "\n    return np.zeros((0, 4)), np.zeros(0, dtype=int), np.zeros(0), None"
# What a parser prints and reads is nothing to us.
RAISES = (
    """print('{"event": "end"}', flush=True)
    if calls == 5:
        input()
    if calls % 7 == 0:
        raise ValueError('seven')"""
    + FINDS_NOTHING
)
WRONG_RESULTS = {
    "NaN": "return np.full((1, 4), np.nan), np.array([0]), np.array([0.5]), None",
    "wrong shapes": "return np.zeros((3, 5)), np.zeros(2, dtype=int), np.zeros(1), None",
    "floats as class ids": "return np.array([[1.0, 1, 9, 9]]), np.array([0.5]), np.array([0.5]), None",
}
# What ends the process, the options that notice it, and what is said.
ENDS: dict[str, tuple[str, tuple[str, ...], str]] = {
    "exit": ("if calls == 9:\n        os._exit(7)", (), "ended with exit code 7"),
    "exit as if all were well": ("if calls == 9:\n        os._exit(0)", (), "ended with exit code 0"),
    "segmentation fault": ("if calls == 9:\n        ctypes.string_at(0)", (), "ended by SIGSEGV"),
    "hang": (
        "if calls == 9:\n        time.sleep(3600)",
        ("--parser-timeout", "10"),
        "did not return within 10 seconds",
    ),
    "hang that holds the interpreter": (
        "if calls == 9:\n        ctypes.PyDLL(None).sleep(3600)",
        ("--silence", "20"),
        "reported nothing for 20 seconds",
    ),
}


@pytest.mark.parametrize("body", [RAISES, *WRONG_RESULTS.values()], ids=["raises", *WRONG_RESULTS])
def test_a_parser_that_fails_costs_its_frames_results_alone(
    served: Served, ball: Path, tmp_path: Path, body: str
) -> None:
    served.configure(document(ball, pipeline("Bad", faulty(tmp_path, body)), pipeline("Good")))
    served.start()
    served.wait(lambda: min(len(served.frames("Good")), len(served.frames("Bad"))) > 60)
    assert served.pipeline("Bad")["restarts"] == 0
    assert served.stop() == 0
    assert in_a_row(served.frames("Good"), 60)
    assert in_a_row(served.frames("Bad"), 60)
    assert "error: Bad: " in served.log


@pytest.mark.parametrize("ending", ENDS.values(), ids=ENDS.keys())
def test_a_parser_that_ends_its_process_is_started_again_and_the_other_goes_on(
    served: Served, ball: Path, tmp_path: Path, ending: tuple[str, tuple[str, ...], str]
) -> None:
    body, options, reason = ending
    served.configure(document(ball, pipeline("Bad", faulty(tmp_path, body + FINDS_NOTHING)), pipeline("Good")))
    served.start(*options)
    good = served.wait_until("Good", "playing")["pid"]
    served.wait(lambda: served.pipeline("Bad").get("restarts", 0) >= 1 and "failure" in served.pipeline("Bad"))
    assert reason in served.log
    assert reason in served.pipeline("Bad")["failure"]["message"]
    frames = len(served.frames("Good"))
    served.wait(lambda: len(served.frames("Good")) > max(frames, 60))
    assert served.pipeline("Good")["pid"] == good
    assert served.stop() == 0
    assert in_a_row(served.frames("Good"), 60)


def test_a_killed_worker_is_started_again(served: Served, ball: Path) -> None:
    served.configure(document(ball, pipeline("One"), pipeline("Two")))
    served.start()
    one, two = (served.wait_until(name, "playing")["pid"] for name in ("One", "Two"))
    os.kill(one, signal.SIGKILL)
    served.wait(lambda: served.pipeline("One").get("restarts") == 1)
    again = served.wait_until("One", "playing")
    assert again["pid"] != one
    assert again["failure"]["message"] == "The process was ended by SIGKILL."
    assert "The process was ended by SIGKILL; it starts again\n" in served.log
    assert served.pipeline("Two")["pid"] == two
    assert served.stop() == 0


def test_nothing_runs_on_when_the_supervisor_is_killed(served: Served, ball: Path) -> None:
    served.configure(document(ball, pipeline("One"), pipeline("Two")))
    served.start()
    pids = [served.wait_until(name, "playing")["pid"] for name in ("One", "Two")]
    served.stop(signal.SIGKILL)
    wait_for(lambda: not any(map(is_alive, pids)))


def test_what_a_parser_started_ends_with_it_and_leaves_no_zombie(served: Served, ball: Path, tmp_path: Path) -> None:
    note = tmp_path / "pid"
    start = "str(subprocess.Popen(['sleep', '600']).pid)"
    body = f"import subprocess\n    if calls == 1:\n        open({str(note)!r}, 'w').write({start})"
    served.configure(document(ball, pipeline("One", faulty(tmp_path, body + FINDS_NOTHING))))
    served.start(inherits=True)
    worker = served.wait_until("One", "playing")["pid"]
    started = Path(f"/proc/{note.read_text(encoding='utf-8')}")
    assert started.exists()
    os.kill(worker, signal.SIGKILL)
    served.wait(lambda: not started.exists())
    assert served.stop() == 0


def test_what_does_not_end_is_killed_and_the_others_end_in_order(served: Served, ball: Path, tmp_path: Path) -> None:
    note = tmp_path / "hangs"
    body = f"open({str(note)!r}, 'w').close()\n    ctypes.PyDLL(None).sleep(3600)"
    served.configure(document(ball, pipeline("Hangs", faulty(tmp_path, body)), pipeline("Good")))
    served.start()
    served.wait_until("Good", "playing")
    served.wait(note.exists)
    assert served.stop() == 0
    assert served.log.count("did not end in time and is killed") == 1
    assert "warning: Hangs: the process" in served.log


def test_new_settings_touch_the_pipeline_that_changed_and_no_other(served: Served, ball: Path) -> None:
    served.configure(document(ball, pipeline("Same"), pipeline("Changes"), pipeline("Goes")))
    served.start()
    before = {name: served.wait_until(name, "playing")["pid"] for name in ("Same", "Changes", "Goes")}
    changed = pipeline("Changes")
    changed["pipelineOptions"]["osd"] = {"enable": True}
    served.configure(document(ball, pipeline("Same"), changed, pipeline("Comes")))
    served.wait_until("Comes", "playing")
    served.wait(lambda: not is_alive(before["Changes"]) and not is_alive(before["Goes"]))
    after = served.wait_until("Changes", "playing")
    assert after["pid"] != before["Changes"]
    assert after["restarts"] == 0
    assert served.pipeline("Same")["pid"] == before["Same"]
    assert served.pipeline("Goes") == {}
    assert "starts: Comes; starts again: Changes; stops: Goes; goes on: Same" in served.log
    assert served.stop() == 0
    assert in_a_row(served.frames("Same"), 60)


def test_regions_and_message_rates_change_while_a_pipeline_plays(served: Served, ball: Path) -> None:
    def configured(label: str, per_second: int, *others: dict[str, Any]) -> dict[str, Any]:
        changing = pipeline("Changes")
        changing["pipelineOptions"]["messages"]["perSecond"] = per_second
        made = document(ball, changing, *others)
        corners = [[0, 0], [1, 0], [1, 1]]
        region = {"label": label, "color": "#00ff00", "coordinates": corners}
        made["components"]["sensors"][0]["regionsOfInterest"] = [region]
        return made

    def labels() -> list[str]:
        last = messages_in_whole(served)[-1:]
        return [each["label"] for message in last for each in message["regionsOfInterest"]]

    served.configure(configured("street", 0))
    served.start()
    before = served.wait_until("Changes", "playing")["pid"]
    served.wait(lambda: labels() == ["street"])
    served.configure(configured("pavement", 0))
    served.wait(lambda: labels() == ["pavement"])
    assert "changes while it plays: Changes" in served.log
    assert served.pipeline("Changes")["pid"] == before
    served.wait(lambda: len(served.frames("Changes")) > 60)
    assert in_a_row(served.frames("Changes"), 60)
    served.configure(configured("pavement", 2))
    served.wait(lambda: served.frames("Changes")[-1] - served.frames("Changes")[-2] > 10)
    assert served.pipeline("Changes")["pid"] == before
    os.kill(before, signal.SIGKILL)  # what starts again runs as it was changed
    served.wait(lambda: served.pipeline("Changes").get("pid") not in (before, None))
    served.wait_until("Changes", "playing")
    served.wait(lambda: len(served.frames("Changes")) and labels() == ["pavement"])
    assert served.stop() == 0


@pytest.mark.parametrize("broken", ['{"components": {', "this is not JSON", "[]", '"text"', '{"components": 5}'])
def test_broken_settings_leave_the_old_ones_alone_and_are_told(served: Served, ball: Path, broken: str) -> None:
    good = document(ball, pipeline("One"))
    served.configure(good)
    served.start()
    pid = served.wait_until("One", "playing")["pid"]
    served.configure(broken)
    served.wait(lambda: served.state["problems"])
    assert "the configuration cannot be read; the one before holds on" in served.log
    assert served.health()[0] == 1
    assert served.health()[1].startswith("The configuration has an error at $")
    assert (served.pipeline("One")["state"], served.pipeline("One")["pid"]) == ("playing", pid)
    served.configure({"azdaConfiguration": good})
    served.wait(lambda: not served.state["problems"])
    assert served.pipeline("One")["pid"] == pid
    assert served.health() == (0, "All is well: One is playing.")
    assert served.stop() == 0


def test_a_disabled_deepstream_stops_all_and_an_enabled_one_starts_them_again(served: Served, ball: Path) -> None:
    served.configure(document(ball, pipeline("One")))
    served.start()
    pid = served.wait_until("One", "playing")["pid"]
    served.configure(document(ball, pipeline("One"), enable=False))
    served.wait(lambda: served.state["pipelines"] == [])
    assert not is_alive(pid)
    assert served.health() == (0, "No pipeline is wanted.")
    served.configure(document(ball, pipeline("One")))
    served.wait_until("One", "playing")
    assert served.stop() == 0


def test_a_bad_pipeline_is_told_in_the_state_and_the_good_one_runs(served: Served, ball: Path) -> None:
    served.configure(document(ball, pipeline("Good"), pipeline("No id at all!"), pipeline("Absent", Path("/no/x.py"))))
    served.start()
    served.wait_until("Good", "playing")
    failed = served.wait_until("Absent", "failed")
    assert failed["failure"]["message"] == 'There is no file "/no/x.py".'
    assert (failed["restarts"], "pid" in failed) == (0, False)
    assert served.state["problems"][0]["path"] == "$.components.deepStream.pipelineConfigs[1]"
    assert served.health() == (1, 'Absent is failed: There is no file "/no/x.py".')
    served.configure(document(ball, pipeline("Good"), pipeline("Absent")))
    served.wait_until("Absent", "playing")
    assert served.stop() == 0


def test_without_a_configuration_the_supervisor_waits_and_is_well(served: Served, ball: Path) -> None:
    served.start()
    served.wait(lambda: "cannot be read: No such file or directory" in served.log)
    served.wait(lambda: "since" in served.state)
    assert served.health() == (0, "There is no configuration yet.")
    served.configure(document(ball, pipeline("One")))
    served.wait_until("One", "playing")
    assert served.stop() == 0


def test_the_health_check_notices_that_the_supervisor_is_gone(served: Served) -> None:
    served.start()
    served.wait(lambda: "since" in served.state)
    served.stop(signal.SIGKILL)
    file = served.state_folder / "health.json"
    file.write_text(json.dumps({**served.state, "monotonic": served.state["monotonic"] - 60}), encoding="utf-8")
    code, sentence = served.health()
    assert code == 1
    assert sentence.startswith("The supervisor has not written its state for 6")


def test_a_camera_that_is_not_there_is_named_and_the_end_is_in_order(served: Served, ball: Path) -> None:
    away = document(ball, pipeline("Door"))
    away["components"]["sensors"][0]["endpoint"] = "rtsp://127.0.0.1:9/door"
    served.configure(away)
    served.start()
    state = served.wait_until("Door", "reconnecting")
    assert state["silent"] == ["ball"]
    assert served.health() == (1, "Door is reconnecting: no frames from ball.")
    assert served.stop() == 0
    assert "killed" not in served.log


def test_a_password_is_in_no_story_state_or_process_list(served: Served, ball: Path) -> None:
    away = document(ball, pipeline("Door"))
    away["components"]["sensors"][0]["endpoint"] = "rtsp://127.0.0.1:9/door"
    away["components"]["deepStream"]["streams"][0] |= {"uname": "guard", "password": "s3cret-word"}
    away["components"]["logLevel"] = "debug"
    served.configure(away)
    served.start()
    served.wait(lambda: served.pipeline("Door").get("pid"))
    pid = served.pipeline("Door")["pid"]
    assert b"s3cret" not in Path(f"/proc/{pid}/cmdline").read_bytes() + Path(f"/proc/{pid}/environ").read_bytes()
    served.wait_until("Door", "reconnecting")
    assert served.stop() == 0
    assert "s3cret" not in served.log + json.dumps(served.state)


def test_a_recording_is_cut_as_the_settings_say_and_outlives_a_crash(
    served: Served, ball: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "recordings"
    twin = {"azdaConfiguration": document(ball, pipeline("One")), "outputVideoLength": 2, "autoStopRecordingTime": 0}
    served.configure(twin)
    served.start("--recordings", folder)
    pid = served.wait_until("One", "playing")["pid"]
    served.configure({**twin, "startRecording": [{"configId": "One", "state": True}]})
    served.wait(lambda: served.pipeline("One").get("recording", {}).get("files", 0) >= 1)
    os.kill(pid, signal.SIGKILL)
    served.wait(lambda: served.pipeline("One").get("restarts") == 1)
    served.wait(lambda: served.pipeline("One").get("recording", {}).get("files", 0) >= 1)
    served.configure({**twin, "startRecording": [{"configId": "One", "state": False}]})
    served.wait(lambda: served.pipeline("One")["recording"]["state"] == "off")
    assert served.stop() == 0
    videos = sorted(folder.glob("*.mp4"))
    assert len(videos) >= 3
    assert all(video.with_suffix(".json").exists() for video in videos)
    assert all(len(decoded(video, 320, 180)) > 0 for video in videos)
    assert [path for path in folder.iterdir() if path.name.startswith(".")] == []


def test_a_passthrough_pipeline_plays_and_one_that_writes_or_sends_is_refused(served: Served, ball: Path) -> None:
    own = {"id": "Own", "deepstreamPassthrough": "videotestsrc is-live=true ! fakesink"}
    bad = {"id": "Bad", "deepstreamPassthrough": f"playbin uri={ball.as_uri()} video-sink=filesink"}
    sends = {"id": "Sends", "deepstreamPassthrough": "videotestsrc ! udpsink host=192.0.2.7"}
    configuration = document(ball, own, bad, sends)
    configuration["components"]["deepStream"]["streams"] = []
    served.configure(configuration)
    served.start()
    served.wait_until("Own", "playing")
    failure = served.wait_until("Sends", "failed")["failure"]
    message = 'A passthrough pipeline may not send to the host "192.0.2.7".'
    assert (failure["kind"], failure["message"]) == ("configuration", message)
    [problem] = [each for each in served.state["problems"] if each["severity"] == "error"]
    assert problem["path"].endswith("pipelineConfigs[1].deepstreamPassthrough")
    assert problem["message"] == "A passthrough pipeline may not use filesink."
    assert not served.pipeline("Bad")
    assert served.stop() == 0
    assert "killed" not in served.log


def test_a_stream_that_cannot_be_opened_joins_when_it_can_and_the_others_go_on(
    served: Served, ball: Path, tmp_path: Path
) -> None:
    late, broken = tmp_path / "late.mp4", tmp_path / "broken.mp4"
    broken.write_text("this is not a video\n" * 100, encoding="utf-8")
    configuration = document(ball, pipeline("One"))
    components = configuration["components"]
    components["sensors"] += [
        {"name": "late", "endpoint": late.as_uri()},
        {"name": "broken", "endpoint": broken.as_uri()},
        {"name": "desk", "kind": {"type": "vision", "subtype": "USB"}, "endpoint": "/dev/video63"},
    ]
    components["deepStream"]["streams"] += [{"name": name, "configId": "One"} for name in ("late", "broken", "desk")]
    served.configure(configuration)
    served.start()
    served.wait_until("One", "playing")
    served.wait(lambda: served.pipeline("One").get("silent") == ["broken", "desk", "late"])
    assert served.pipeline("One")["restarts"] == 0
    assert f"warning: One: late cannot be opened: No such file or directory: {late}\n" in served.log
    shutil.copy(ball, tmp_path / "copy.mp4")
    (tmp_path / "copy.mp4").rename(late)
    served.wait(
        lambda: any(e["sourceInfo"]["id"] == "late" for m in messages_in_whole(served) for e in m["inferences"])
    )
    assert "error: One: late can be opened now; it starts again\n" in served.log
    served.wait(lambda: served.pipeline("One").get("silent") == ["broken", "desk"])
    assert served.stop() == 0


def messages_in_whole(served: Served) -> list[Any]:
    """The messages but for the one that is being written."""
    whole = served.messages.read_text(encoding="utf-8").rpartition("\n")[0]
    return [json.loads(line) for line in whole.splitlines()]


def free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        port: int = trial.getsockname()[1]
        return port


def shows(address: str) -> bool:
    """Whether ten frames come from there within a minute: a killed server leaves its client waiting."""
    words = f"rtspsrc location={address} protocols=tcp ! rtph264depay ! h264parse ! avdec_h264 ! identity eos-after=10"
    launch = ["gst-launch-1.0", *words.split(), "!", "fakesink"]
    try:
        return subprocess.run(launch, capture_output=True, check=False, timeout=60).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def test_each_picture_is_served_and_again_when_the_server_was_killed(served: Served, ball: Path) -> None:
    served.configure(document(ball, pipeline("One"), pipeline("Two")))
    port = free_port()
    served.start("--rtsp-host", "127.0.0.1", "--rtsp-port", port, "--rtsp-anonymous")
    pids = [served.wait_until(name, "playing")["pid"] for name in ("One", "Two")]
    served.wait(lambda: shows(f"rtsp://127.0.0.1:{port}/one"))
    assert shows(f"rtsp://127.0.0.1:{port}/two")
    assert not shows(f"rtsp://127.0.0.1:{port}/three")
    children = Path(f"/proc/{served.pid}/task/{served.pid}/children").read_text(encoding="utf-8").split()
    [server] = {int(child) for child in children} - set(pids)
    os.kill(server, signal.SIGKILL)
    served.wait(lambda: "the RTSP server ended with -9; it starts again in 1 seconds" in served.log)
    served.wait(lambda: shows(f"rtsp://127.0.0.1:{port}/two"))
    assert [served.pipeline(name)["pid"] for name in ("One", "Two")] == pids
    assert served.stop() == 0
    assert "killed" not in served.log
    assert not is_alive(server)


def test_a_port_for_pictures_that_is_taken_is_in_the_state_until_it_is_free(served: Served, ball: Path) -> None:
    served.configure(document(ball, pipeline("One")))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        served.start("--rtsp-host", "127.0.0.1", "--rtsp-port", port, "--rtsp-anonymous")
        served.wait(lambda: "pictures" in served.state)
        assert f"127.0.0.1:{port}: Address already in use" in served.state["pictures"]["problem"]
        served.wait_until("One", "playing")
        code, sentence = served.health()
        assert (code, sentence.startswith("The live video is not available: ")) == (1, True)
    served.wait(lambda: "pictures" not in served.state)
    served.wait(lambda: shows(f"rtsp://127.0.0.1:{port}/one"))
    assert served.stop() == 0
