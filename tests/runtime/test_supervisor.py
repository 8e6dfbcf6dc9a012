"""The supervisor between a hub and its processes, both scripted: what arrives is done, and what goes wrong is said."""

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from azda_runtime.hub.base import Arrival, DesiredProperties, InputMessage
from azda_runtime.supervisor import supervisor as supervisor_module
from azda_runtime.supervisor.pipelines import ServeOptions
from azda_runtime.supervisor.storage import Storage
from azda_runtime.supervisor.supervisor import Supervisor

from tests.fakes.children import Children


class ScriptedHub:
    """A hub that a test hands arrivals to, and that keeps what it is given."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.reported: list[dict[str, Any]] = []
        self.trouble: dict[str, str] = {}
        self.closed = False
        self.answers = threading.Event()
        self.answers.set()
        self._take: Callable[[Arrival], None] = lambda _: None
        self.opened = threading.Event()

    def open(self, take: Callable[[Arrival], None]) -> None:
        self._take = take
        self.opened.set()

    def send(self, message: str) -> None:
        self.sent.append(message)

    def report(self, state: Mapping[str, Any]) -> None:
        self.reported.append(dict(state))

    def problems(self) -> Mapping[str, str]:
        return self.trouble

    def close(self) -> None:
        self.answers.wait(60)
        self.closed = True

    def desire(self, **properties: Any) -> None:
        self._take(DesiredProperties(properties=properties))

    def message(self, name: str, text: bytes) -> None:
        self._take(InputMessage(input=name, text=text))


def wait_for(condition: Callable[[], Any]) -> None:
    limit = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < limit
        time.sleep(0.005)


class Running:
    """A supervisor in a thread of its own."""

    def __init__(self, folder: Path, children: Children) -> None:
        self.hub, self.children, self.folder = ScriptedHub(), children, folder
        options = ServeOptions(state=folder, recordings=folder, rtsp=("rtsp", "--port", "8554"))
        self.supervisor = Supervisor(options, self.hub, Storage(folder, folder))
        self.thread = threading.Thread(target=self.supervisor.run, daemon=True)
        self.thread.start()
        self.hub.opened.wait(60)

    @property
    def state(self) -> dict[str, Any]:
        """The state file."""
        try:
            state: dict[str, Any] = json.loads((self.folder / "health.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        return state

    def stop(self) -> None:
        """Stop, and end each process when it is asked to."""
        self.supervisor.stop()
        wait_for(self._ended)

    def _ended(self) -> bool:
        for child in self.children:
            if ({"stop": True} in child.written or "terminate" in child.signals) and child.about != "over":
                child.about = "over"
                child.end(0)
        return not self.thread.is_alive()


@pytest.fixture
def running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    # This process is pytest's: it adopts no orphans, and reaps nobody's children.
    monkeypatch.setattr(supervisor_module, "adopt_orphans", lambda: None)
    monkeypatch.setattr(supervisor_module, "end_orphans", lambda: None)
    monkeypatch.setattr(supervisor_module, "_SHORTEST_CLOSE", 0.05)
    made = Running(tmp_path, Children.installed(monkeypatch))
    yield made
    made.hub.answers.set()
    made.stop()


def passthrough(*names: str, **more: Any) -> dict[str, Any]:
    """A configuration of pipelines that need no file."""
    pipelines = [{"id": name, "deepstreamPassthrough": "videotestsrc ! fakesink"} for name in names]
    deepstream = {"enable": True, "pipelineConfigs": pipelines, "streams": []}
    return {"platform": "DeepStream", "components": {"sensors": [], "deepStream": deepstream, **more}}


def pipelines(running: Running) -> list[str]:
    return [each["id"] for each in running.state.get("pipelines", [])]


def test_what_a_hub_desires_runs_and_what_it_says_goes_to_the_hub(running: Running, logged: list[str]) -> None:
    running.hub.desire(azdaConfiguration=passthrough("A", "B"))
    wait_for(lambda: pipelines(running) == ["A", "B"])
    assert [len(running.children.of(name)) for name in "AB"] == [1, 1]
    running.children.of("A")[0].message('{"seen": 1}')
    assert running.hub.sent == ['{"seen": 1}']
    assert running.state["configured"] is True
    assert running.state["enabled"] is True
    assert "a new configuration: starts: A, B" in logged


def test_the_rtsp_server_gets_the_pipelines_ports(running: Running) -> None:
    running.hub.desire(azdaConfiguration=passthrough("Front Door"))
    wait_for(lambda: len(running.children) == 2)
    worker, server = running.children
    assert server.words == ("rtsp", "--port", "8554")
    assert server.written == [{"mounts": {"front-door": worker.written[0]["rtpPort"]}}]
    server.event("failed", message="The port 8554 is taken.")
    server.end(1)
    wait_for(lambda: running.state.get("pictures") == {"problem": "The port 8554 is taken."})


def test_what_the_controller_sends_is_taken_too_and_a_desire_that_stays_does_not_undo_it(running: Running) -> None:
    running.hub.desire(azdaConfiguration=passthrough("A"))
    wait_for(lambda: pipelines(running) == ["A"])
    running.hub.message("Controller", json.dumps(passthrough("A", "B")).encode())
    wait_for(lambda: pipelines(running) == ["A", "B"])
    running.hub.desire(azdaConfiguration=passthrough("A"), outputVideoLength=5)
    wait_for(lambda: any("recording" in order for order in running.children.of("B")[0].written[1:]))
    assert pipelines(running) == ["A", "B"]
    assert running.children.of("A")[0].written[1:] == [{"recording": {"segmentSeconds": 5, "stopAfterSeconds": 60}}]


def test_what_cannot_be_read_changes_nothing_and_is_said(running: Running, logged: list[str]) -> None:
    running.hub.desire(azdaConfiguration=passthrough("A"))
    wait_for(lambda: pipelines(running) == ["A"])
    running.hub.message("Controller", b"{")
    wait_for(lambda: any("cannot be read; the one before holds on" in line for line in logged))
    wait_for(lambda: running.state.get("problems"))
    assert pipelines(running) == ["A"]
    assert [len(child.written) for child in running.children.of("A")] == [1]


def test_a_recording_is_ordered_of_those_that_run_and_others_are_named(running: Running, logged: list[str]) -> None:
    running.hub.desire(azdaConfiguration=passthrough("A"))
    orders = [{"configId": name, "state": True} for name in ("A", "absent")]
    running.hub.message("recordingInput", json.dumps({"startRecording": orders}).encode())
    wait_for(lambda: 'warning: there is no pipeline "absent" that could record' in logged)
    assert running.children.of("A")[0].written[1:] == [{"record": True}]


def test_of_very_many_mistakes_the_first_are_said_and_the_rest_are_counted(running: Running, logged: list[str]) -> None:
    sensors = [{"name": f"s{number}", "endpoint": "ftp://x/"} for number in range(60)]
    running.hub.desire(azdaConfiguration=passthrough("A", sensors=sensors))
    wait_for(lambda: any(line.endswith("more things are wrong") for line in logged))
    said = [line for line in logged if "ftp" in line or "subtype" in line or "sensors" in line]
    (counted,) = [line for line in logged if line.endswith("more things are wrong")]
    assert len(said) == 50
    assert int(counted.split()[1]) > 0


def test_levels_of_a_configuration_reach_what_runs(running: Running) -> None:
    running.hub.desire(azdaConfiguration=passthrough("A"))
    wait_for(lambda: running.children.of("A"))
    running.hub.desire(azdaConfiguration=passthrough("A", logLevel="warning"))
    wait_for(lambda: running.children.of("A")[0].written[1:])
    assert running.children.of("A")[0].written[1]["logLevel"] == "warning"


def test_troubles_of_the_hub_are_in_the_state(running: Running) -> None:
    running.hub.trouble = {"messages": "The hub is away.", "hub": "No answer."}
    running.hub.desire(azdaConfiguration=passthrough("A"))
    wait_for(lambda: running.state.get("troubles"))
    assert [(each["what"], each["problem"]) for each in running.state["troubles"]] == [
        ("hub", "No answer."),
        ("messages", "The hub is away."),
    ]
    wait_for(lambda: running.hub.reported)


def test_a_mistake_of_ours_is_said_without_its_text_and_ends_nothing(
    running: Running, monkeypatch: pytest.MonkeyPatch, logged: list[str]
) -> None:
    secret = "canary"  # the line that raises it is shown

    def broken(*_: object) -> None:
        raise KeyError(secret)

    with monkeypatch.context() as breaking:
        breaking.setattr(supervisor_module, "reconcile", broken)
        running.hub.desire(azdaConfiguration=passthrough("A"))
        wait_for(lambda: any("a mistake of ours: KeyError" in line for line in logged))
    assert not any("canary" in line for line in logged)
    running.hub.desire(azdaConfiguration=passthrough("B"))
    wait_for(lambda: running.children.of("B"))


def test_it_ends_when_all_have_ended_and_takes_nothing_more(running: Running, logged: list[str]) -> None:
    running.hub.desire(azdaConfiguration=passthrough("A"))
    wait_for(lambda: len(running.children) == 2)
    worker, server = running.children
    running.supervisor.stop()
    running.supervisor.stop()
    wait_for(lambda: worker.written[1:] == [{"stop": True}] and server.signals == ["terminate"])
    running.hub.desire(azdaConfiguration=passthrough("A", "late"))
    server.end(0)
    worker.end(0)
    running.thread.join(60)
    assert not running.thread.is_alive()
    assert running.hub.closed
    assert not running.children.of("late")
    assert logged.count("stops: what is under way is written") == 1


def test_a_hub_that_does_not_answer_holds_up_no_end(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor_module, "_END_SECONDS", 0.0)
    running.hub.answers.clear()
    running.stop()
    assert not running.hub.closed
    left = [each for each in threading.enumerate() if each is not threading.main_thread()]
    assert all(each.daemon for each in left), "the process can end"
