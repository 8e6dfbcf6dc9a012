"""What the controller makes of its twin, and what a pipeline makes of that."""

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from azda_runtime.controller.configuration import read_desired
from azda_runtime.controller.controller import Controller
from azda_runtime.hub.base import Arrival, DesiredProperties
from azda_runtime.supervisor.policy.desired_state import DesiredState
from azda_runtime.supervisor.policy.verdict import verdict

from tests.runtime.configurations import good


def test_a_pipeline_reads_what_the_controller_sends() -> None:
    found = read_desired({"azdaConfiguration": good(), "other": 1})

    assert found.text is not None
    outcome = DesiredState().message("Controller", found.text.encode())
    assert outcome.settings is not None
    assert [pipeline.id for pipeline in outcome.settings.pipelines] == ["People", "Cars"]
    assert (found.pipelines, found.problems) == (2, ())


def test_a_configuration_that_is_text_is_sent_as_the_object_that_it_holds() -> None:
    found = read_desired({"azdaConfiguration": json.dumps(good(), indent=4)})

    assert found.text is not None
    assert json.loads(found.text) == good()


def test_a_configuration_with_an_error_is_sent_with_what_is_right_and_the_error_is_named() -> None:
    configuration = good()
    configuration["components"]["deepStream"]["pipelineConfigs"][0]["id"] = 7

    found = read_desired({"azdaConfiguration": configuration})

    assert found.text is not None
    assert found.pipelines == 1
    assert any("pipelineConfigs[0].id" in problem.path for problem in found.problems)


@pytest.mark.parametrize(
    ("value", "part"),
    [
        ("no configuration", "not JSON"),
        ("[1]", "not an object"),
        ([], "not an object"),
        (7, "not an object"),
        ({"a": float("nan")}, "not JSON"),
        ("[" * 100_000, "nested"),
        ("", "no configuration"),
    ],
)
def test_what_no_pipeline_could_read_is_not_sent(value: object, part: str) -> None:
    found = read_desired({"azdaConfiguration": value})

    assert found.text is None
    [problem] = found.problems
    assert problem.path == "$.azdaConfiguration"
    assert part in problem.message
    assert problem.hint


def test_desired_properties_that_are_no_object_are_named() -> None:
    assert [problem.path for problem in read_desired([1]).problems] == ["$"]


class Memory:
    """A hub that keeps what it gets."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.reported: list[Mapping[str, Any]] = []
        self.troubles: dict[str, str] = {}
        self.waiting = 0
        self.closed = False
        self.take: Callable[[Arrival], None] = lambda _: None

    def open(self, take: Callable[[Arrival], None]) -> None:
        self.take = take

    def send(self, message: str) -> None:
        self.sent.append(message)

    def report(self, state: Mapping[str, Any]) -> None:
        self.reported.append(state)

    def problems(self) -> Mapping[str, str]:
        return self.troubles

    def close(self) -> None:
        self.closed = True

    def desire(self, configuration: object) -> None:
        self.take(DesiredProperties(properties={"azdaConfiguration": configuration}))


@pytest.fixture
def hub() -> Memory:
    return Memory()


@pytest.fixture
def run(hub: Memory, tmp_path: Path) -> Iterator[Callable[[float], None]]:
    started: list[tuple[Controller, threading.Thread]] = []

    def start(repeat: float) -> None:
        controller = Controller(hub, tmp_path, repeat=repeat)
        thread = threading.Thread(target=controller.run)
        thread.start()
        started.append((controller, thread))
        until((tmp_path / "health.json").exists)

    yield start
    for controller, thread in started:
        controller.stop()
        thread.join()
    assert hub.closed


def until(says: Callable[[], Any]) -> None:
    deadline = time.monotonic() + 60
    while not says():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.005)


def health(folder: Path) -> tuple[bool, str]:
    return verdict(json.loads((folder / "health.json").read_text()), now=time.monotonic())


def test_the_same_configuration_is_sent_once_and_another_after_it(
    hub: Memory, run: Callable[[float], None], tmp_path: Path
) -> None:
    run(0)
    assert health(tmp_path) == (True, "There is no configuration yet.")

    for _ in range(3):
        hub.desire(good())
    hub.desire("garbage")
    until(lambda: not health(tmp_path)[0])
    assert "azdaConfiguration" in health(tmp_path)[1]
    hub.desire({**good(), "platform": "deepstream"})
    until(lambda: len(hub.sent) == 2)

    until(lambda: health(tmp_path) == (True, "The configuration is forwarded."))
    assert [json.loads(text)["platform"] for text in hub.sent] == ["DeepStream", "deepstream"]


def test_it_is_sent_again_but_not_while_edge_hub_is_away(hub: Memory, run: Callable[[float], None]) -> None:
    hub.waiting = 1
    run(0.01)
    hub.desire(good())
    until(lambda: hub.sent)
    time.sleep(0.1)
    assert len(hub.sent) == 1

    hub.waiting = 0

    until(lambda: len(hub.sent) >= 3)
    assert len(set(hub.sent)) == 1


def test_no_password_of_a_camera_is_logged_reported_or_written(
    hub: Memory, run: Callable[[float], None], tmp_path: Path, logged: list[str]
) -> None:
    run(0)
    configuration = good()
    configuration["components"]["sensors"][0]["endpoint"] = "rtsp://viewer:s3cr3t-of-it@camera/x y"

    hub.desire(configuration)

    until(lambda: hub.sent)
    until(lambda: any("is sent" in line for line in logged))
    assert "s3cr3t-of-it" in hub.sent[0]
    everything = "\n".join([*logged, json.dumps([*hub.reported]), (tmp_path / "health.json").read_text()])
    assert "s3cr3t-of-it" not in everything
