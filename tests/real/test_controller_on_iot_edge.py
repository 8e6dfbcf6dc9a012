"""The controller on IoT Edge: azure-iot-device as it is, a real broker, and a twin whose configuration it forwards."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from support.edge_hub import EdgeHub, until

pytestmark = pytest.mark.broker

ROOT = Path(__file__).parents[2]
CONFIGURATION: dict[str, Any] = {
    "platform": "DeepStream",
    "components": {
        "sensors": [{"name": "door", "endpoint": "rtsp://camera-1/é"}],
        "deepStream": {
            "enable": True,
            "pipelineConfigs": [{"id": "People", "primaryModelConfigPath": "pgie_config.txt"}],
            "streams": [{"name": "door", "configId": "People"}],
        },
    },
}


@pytest.fixture
def hub() -> Iterator[EdgeHub]:
    one = EdgeHub()
    try:
        one.start()
        yield one
    finally:
        one.close()


@contextmanager
def running(hub: EdgeHub, folder: Path, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    """The module's process, which SIGTERM ends at the end."""
    words = ["controller", "--state", str(folder / "state"), *options]
    command = hub.namespace.inside([sys.executable, "-m", "azda_runtime", *words])
    environment = {**os.environ, **hub.environment(), "PYTHONPATH": str(ROOT / "docker-build")}
    with (folder / "log.txt").open("a") as log:
        module = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        yield module
        module.send_signal(signal.SIGTERM)
        assert module.wait(240) == 0, (folder / "log.txt").read_text(encoding="utf-8")
    finally:
        module.kill()
        module.wait()


def sent(hub: EdgeHub) -> list[Any]:
    return [json.loads(text) for text in hub.texts()]


def test_the_twins_configuration_leaves_by_the_output_that_templates_route_from(hub: EdgeHub, tmp_path: Path) -> None:
    hub.twin["desired"] = {"azdaConfiguration": CONFIGURATION, "$version": 3}
    hub.start_broker()
    with running(hub, tmp_path):
        until(lambda: hub.messages)
        properties, _ = hub.messages[0]
        assert properties == {"$.on": "DeepStream", "$.ct": "application/json", "$.ce": "utf-8"}
        until(lambda: hub.twin["reported"].get("configured"))
        assert hub.twin["reported"]["role"] == "controller"

        hub.desire({"azdaConfiguration": {"components": {"deepStream": {"enable": False}}}})
        until(lambda: len(sent(hub)) >= 2)

        hub.desire({"azdaConfiguration": "no configuration"})
        until(lambda: hub.twin["reported"].get("problemCount"))
        hub.input("Controller", b"{}")
        until(lambda: "reads none" in (tmp_path / "log.txt").read_text(encoding="utf-8"))
    changed = {**CONFIGURATION, "components": {**CONFIGURATION["components"]}}
    changed["components"]["deepStream"] = {**changed["components"]["deepStream"], "enable": False}
    assert sent(hub) == [CONFIGURATION, changed]


def test_a_change_during_an_outage_is_sent_after_it_and_a_repeat_does_not_pile_up(hub: EdgeHub, tmp_path: Path) -> None:
    hub.twin["desired"] = {"azdaConfiguration": CONFIGURATION, "$version": 3}
    hub.start_broker()
    with running(hub, tmp_path, "--repeat", "1"):
        until(lambda: len(sent(hub)) >= 2)  # the second is a repeat
        hub.kill_broker()
        hub.desire({"azdaConfiguration": {"platform": "deepstream"}}, notify=False)
        hub.start_broker()

        until(lambda: sent(hub)[-1]["platform"] == "deepstream")
    assert {each["platform"] for each in sent(hub)} == {"DeepStream", "deepstream"}


def test_outside_of_iot_edge_it_says_what_is_missing() -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("IOTEDGE_", "EdgeHub"))}
    command = [sys.executable, "-m", "azda_runtime", "controller"]
    done = subprocess.run(
        command,
        env={**environment, "PYTHONPATH": str(ROOT / "docker-build")},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 2
    assert "IOTEDGE_WORKLOADURI" in done.stderr
    assert "Traceback" not in done.stderr
