"""A whole runtime on an MQTT broker: settings, inference, recording, an outage and an end, on the simulator."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.edge_hub import until
from support.mqtt_broker import PASSWORD, USER, MqttBroker
from support.served import ball_video, configuration, recorded, simulated

pytestmark = [pytest.mark.broker, pytest.mark.gstreamer, pytest.mark.slow]

ROOT = Path(__file__).parents[2]
TOPICS = "azda/pose"


@pytest.fixture
def broker() -> Iterator[MqttBroker]:
    one = MqttBroker()
    try:
        one.start(*one.passwords())
        yield one
    finally:
        one.close()


@pytest.fixture
def video(tmp_path: Path) -> Path:
    return ball_video(tmp_path)


def environment(broker: MqttBroker, folder: Path) -> dict[str, str]:
    return simulated(
        folder,
        AZDA_MQTT=f"mqtts://localhost:{broker.port}",
        AZDA_MQTT_NAME="pose",
        AZDA_MQTT_CA=str(broker.ca),
        AZDA_MQTT_USER=USER,
        AZDA_MQTT_PASSWORD=PASSWORD,
    )


def state(broker: MqttBroker) -> dict[str, Any]:
    """What the runtime shows of itself."""
    found: dict[str, Any] = json.loads(broker.last(f"{TOPICS}/state") or b"{}")
    return found


def playing(broker: MqttBroker) -> bool:
    return [each["state"] for each in state(broker).get("pipelines", ())] == ["playing"]


def test_settings_inference_recording_an_outage_and_an_end(broker: MqttBroker, video: Path, tmp_path: Path) -> None:
    settings = {"azdaConfiguration": configuration(video), "outputVideoLength": 1}
    broker.publish(f"{TOPICS}/settings", settings, retain=True)
    recordings, story = tmp_path / "recordings", tmp_path / "story.txt"
    recordings.mkdir()
    command = [sys.executable, "-m", "azda_runtime", "serve", "--state", str(tmp_path / "state")]
    command += ["--recordings", str(recordings), "--rtsp-port", "0"]
    with story.open("w") as log:
        module = subprocess.Popen(command, env=environment(broker, tmp_path), stdout=log, stderr=log)
    try:
        until(lambda: playing(broker))
        first = json.loads(until(lambda: broker.bodies(f"{TOPICS}/inference"))[0])
        assert first["inferences"][0]["sourceInfo"]["id"] == "court"

        broker.publish(f"{TOPICS}/recording", {"startRecording": [{"configId": "Ball", "state": True}]})
        found = until(lambda: [each for each in recorded(recordings) if each["messages"]])[0]
        assert found["pipeline"] == "Ball"
        assert (recordings / found["video"]).stat().st_size > 0

        broker.publish(f"{TOPICS}/settings", b"no configuration", retain=True)
        until(lambda: state(broker).get("problemCount"))
        assert playing(broker), "what cannot be read changes nothing"

        broker.stop()
        until(lambda: "The connection to the MQTT broker is lost" in story.read_text(encoding="utf-8"))
        broker.messages.clear()
        broker.start()
        until(lambda: len(broker.bodies(f"{TOPICS}/inference")) > 5)
        until(lambda: playing(broker))
    finally:
        module.send_signal(signal.SIGTERM)
        assert module.wait(60) == 0, story.read_text(encoding="utf-8")
    until(lambda: broker.last(f"{TOPICS}/status") == b"offline")
    assert PASSWORD not in story.read_text(encoding="utf-8")
