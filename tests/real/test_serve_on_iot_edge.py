"""A whole module as IoT Edge runs it: the supervisor, its pipeline on the simulator, and a real broker."""

import json
import signal
import subprocess
import sys
from base64 import b64decode
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from support.edge_hub import EdgeHub, until
from support.served import ball_video, configuration, recorded, simulated

pytestmark = [pytest.mark.broker, pytest.mark.gstreamer]

ROOT = Path(__file__).parents[2]


@pytest.fixture
def hub() -> Iterator[EdgeHub]:
    one = EdgeHub()
    try:
        one.start()
        one.start_broker()
        yield one
    finally:
        one.close()


@pytest.fixture
def video(tmp_path: Path) -> Path:
    return ball_video(tmp_path)


def environment(hub: EdgeHub, folder: Path) -> dict[str, str]:
    return simulated(folder, **hub.environment())


def reported(hub: EdgeHub) -> dict[str, Any]:
    """What the module last said of its pipeline."""
    pipelines = hub.twin["reported"].get("pipelines") or [{}]
    found: dict[str, Any] = pipelines[0]
    return found


def metrics(hub: EdgeHub) -> list[str]:
    """What the metrics collector of the device would read."""
    script = "from urllib.request import urlopen; print(urlopen('http://localhost:9600/metrics').read().decode())"
    command = hub.namespace.inside([sys.executable, "-c", script])
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


def test_a_module_takes_its_twin_sends_what_it_sees_and_records_when_it_is_told(
    hub: EdgeHub, video: Path, tmp_path: Path
) -> None:
    hub.twin["desired"] = {"azdaConfiguration": configuration(video), "outputVideoLength": 1, "$version": 3}
    recordings = tmp_path / "recordings"
    recordings.mkdir()
    words = ["serve", "--state", tmp_path / "state", "--recordings", recordings, "--rtsp-port", 0]
    command = hub.namespace.inside([sys.executable, "-m", "azda_runtime", *map(str, words)])
    with (tmp_path / "story.txt").open("w") as log:
        module = subprocess.Popen(command, env=environment(hub, tmp_path), stdout=log, stderr=log)
    try:
        until(lambda: reported(hub).get("state") == "playing")
        properties, text = until(lambda: hub.messages)[0]
        assert properties["$.on"] == "inference"
        assert properties["$.ct"] == "application/json"
        assert json.loads(text)["inferences"][0]["sourceInfo"]["id"] == "court"

        found = metrics(hub)
        [frames] = [line for line in found if line.startswith("azda_frames_total{")]
        assert 'pipeline="Ball"' in frames
        assert 'edge_device="device1"' in frames
        assert float(frames.rpartition(" ")[2]) > 0
        assert [line for line in found if line.startswith('azda_parser_calls_total{edge_device="device1"')]
        assert [line for line in found if line.startswith("azda_messages_sent_total{") and not line.endswith(" 0.0")]

        hub.input("recordingInput", b'{"startRecording": [{"configId": "Ball", "state": true}]}')
        found = until(lambda: [each for each in recorded(recordings) if each["messages"]])[0]
        assert found["pipeline"] == "Ball"
        assert (recordings / found["video"]).stat().st_size > 0

        status, state = hub.call("status", "null")
        assert (status, state["pipelines"][0]["id"]) == (200, "Ball")
        assert hub.call("startRecording", '{"pipeline": "Ball", "state": false}') == (
            200,
            {"recording": {"Ball": False}},
        )
        status, picture = hub.call("snapshot", '{"pipeline": "Ball", "width": 160}')
        assert (status, picture.get("contentType")) == (200, "image/jpeg"), picture
        with Image.open(BytesIO(b64decode(picture["image"]))) as image:
            assert (image.format, image.size) == ("JPEG", (160, 90))
            assert image.convert("L").getextrema()[1] > 200, "the ball is in it"
        assert hub.call("snapshot", '{"width": "wide"}')[0] == 400
        before = state["pipelines"][0]["since"]
        assert hub.call("restartPipeline", "{}") == (200, {"pipeline": "Ball", "restarting": True})
        until(lambda: reported(hub).get("state") == "playing" and reported(hub)["since"] != before)
        status, wrong = hub.call("restartPipeline", '{"pipeline": "ball"}')
        assert (status, wrong["error"], wrong["hint"]) == (404, 'There is no pipeline "ball".', 'Did you mean "Ball"?')
        assert hub.call("startRecording", "[1]")[0] == 400
        assert hub.call("reboot", "{}")[0] == 404

        hub.desire({"azdaConfiguration": "no configuration"})
        until(lambda: hub.twin["reported"].get("problemCount"))
        assert reported(hub)["state"] == "playing", "what cannot be read changes nothing"
    finally:
        module.send_signal(signal.SIGTERM)
        assert module.wait(60) == 0, (tmp_path / "story.txt").read_text(encoding="utf-8")
    assert list(recordings.glob(".*")) == []
