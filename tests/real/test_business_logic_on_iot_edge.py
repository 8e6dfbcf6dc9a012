"""examples/business-logic on IoT Edge: azure-iot-device as it is and a real broker."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.edge_hub import EdgeHub, until

pytestmark = pytest.mark.broker

PROGRAM = Path(__file__).parents[2] / "examples" / "business-logic" / "main.py"


@pytest.fixture
def hub() -> Iterator[EdgeHub]:
    one = EdgeHub()
    try:
        one.start()
        one.start_broker()
        yield one
    finally:
        one.close()


def inference(second: int) -> bytes:
    detection = {"id": "a", "classId": 0, "label": "person", "confidence": 0.9, "rect": [0.4, 0.4, 0.1, 0.1]}
    detection.update({"unique_component_id": 1, "tracking_id": 5})
    source = {"id": "camera", "timestamp": f"2026-11-30T12:00:{second:02d}.000Z", "width": 640, "height": 360}
    region = {"sensor": "camera", "label": "door", "color": "#ff0000", "coordinates": [[0, 0], [1, 0], [1, 1], [0, 1]]}
    inferences = [{"type": "detection", "id": "People", "sourceInfo": source, "detections": [detection]}]
    message = {"schemaVersion": "0.1", "events": [], "regionsOfInterest": [region], "inferences": inferences}
    return json.dumps(message).encode()


def sent(hub: EdgeHub, output: str) -> list[Any]:
    return [json.loads(text) for properties, text in [*hub.messages] if properties["$.on"] == output]


def test_it_counts_reports_and_records_by_what_arrives(hub: EdgeHub, tmp_path: Path) -> None:
    wanted = [{"configId": "Other", "state": True}]
    hub.twin["desired"] = {"startRecording": wanted, "dwellAfter": 2, "anchor": "head", "$version": 3}
    with (tmp_path / "log.txt").open("w") as log:
        command = hub.namespace.inside([sys.executable, PROGRAM])
        module = subprocess.Popen(command, env={**os.environ, **hub.environment()}, stdout=log, stderr=log)
    try:
        until(lambda: sent(hub, "recordingOutput") == [{"startRecording": wanted}])
        for second in range(4):
            hub.input("inferenceInput", inference(second))
        until(lambda: len(sent(hub, "events")) == 2)
        hub.desire({"startRecording": [{"configId": "Other", "state": False}]})

        until(lambda: len(sent(hub, "recordingOutput")) == 3)
        module.send_signal(signal.SIGTERM)
        assert module.wait(240) == 0, (tmp_path / "log.txt").read_text(encoding="utf-8")
    finally:
        module.kill()
        module.wait()
    assert [each["event"] for each in sent(hub, "events")] == ["entered", "dwelling"]
    states = [each["startRecording"][0] for each in sent(hub, "recordingOutput")]
    assert states == [
        {"configId": "Other", "state": True},
        {"configId": "People", "state": True},
        {"configId": "Other", "state": False},
    ]
    lines = (tmp_path / "log.txt").read_text(encoding="utf-8")
    assert "$.anchor: 'head' cannot be used" in lines
    assert "Traceback" not in lines
