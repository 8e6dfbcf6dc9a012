"""The supervisor's pipelines with scripted processes: what is started, sent, stopped, killed and reported."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from azda_runtime.models import InstalledModel, Limits, ModelError
from azda_runtime.settings import Archive, LogLevel, LogLevels, Model, Pipeline, Settings, as_plain
from azda_runtime.settings.recording import RecordingOptions
from azda_runtime.supervisor import fetch_process
from azda_runtime.supervisor.archives import Archives, Fetched
from azda_runtime.supervisor.pipelines import Pipelines, ServeOptions
from azda_runtime.supervisor.policy.lifecycle import STOP_SECONDS, Launch
from azda_runtime.supervisor.worker_process import Said

from tests.fakes.children import Children, ScriptedChild

A, B = (Pipeline(id=name, passthrough=f"videotestsrc ! {name}") for name in "AB")
OFTEN = replace(A, messages_per_second=30.0)  # which A can become while it plays
OTHER = replace(A, passthrough="another")  # which it cannot


class Supervised:
    """Pipelines, the time, and what their processes say."""

    def __init__(self, folder: Path, children: Children, **options: Any) -> None:
        self.children = children
        self.now = 1000.0
        self.posted: list[Said | Fetched] = []
        self.messages: list[str] = []
        options = {"state": folder / "state", "recordings": folder / "recordings", **options}
        self.pipelines = Pipelines(ServeOptions(**options), post=self.posted.append, send=self.messages.append)
        self._settings = Settings()

    def configure(self, *wanted: Pipeline) -> None:
        before, self._settings = self._settings, Settings(pipelines=wanted)
        self.pipelines.configure(before, self._settings, self.now)
        self.act()

    def act(self, seconds: float = 0.0) -> None:
        """Let time pass, take what was posted, and do what is due."""
        self.now += seconds
        while self.posted:
            event = self.posted.pop(0)
            if isinstance(event, Said):
                event.worker.heard(event, self.now)
            else:
                self.pipelines.fetched(event, self.now)
        self.pipelines.act(self.now)

    def play(self, child: ScriptedChild, **more: Any) -> None:
        child.event("progress", **{"state": "playing", "silent": [], "frames": 1, **more})
        self.act()

    def state(self, name: str = "A") -> dict[str, Any]:
        return next(each.as_json() for each in self.pipelines.states(0.0) if each.id == name)


@pytest.fixture
def children(monkeypatch: pytest.MonkeyPatch) -> Children:
    return Children.installed(monkeypatch)


@pytest.fixture
def made(tmp_path: Path, children: Children) -> Callable[..., Supervised]:
    return lambda **options: Supervised(tmp_path, children, **options)


@pytest.fixture
def serving(made: Callable[..., Supervised]) -> Supervised:
    return made()


def test_each_pipeline_is_started_once_with_its_own_orders(made: Callable[..., Supervised], tmp_path: Path) -> None:
    serving = made(image=(Path("/models"),), parser_timeout=7.0, levels=LogLevels(default=LogLevel.DEBUG))
    serving.configure(A, B)
    serving.act(5.0)
    assert [(child.words, child.about) for child in serving.children] == [(("worker",), "A"), (("worker",), "B")]
    for child, pipeline in zip(serving.children, (A, B), strict=True):
        (orders,) = child.written
        assert orders["pipeline"] == as_plain(pipeline)
        assert orders["modelRoots"] == ["/models"]
        assert orders["recordings"] == str(tmp_path / "recordings")
        assert orders["parserTimeout"] == 7.0
        assert orders["logLevel"] == "debug"
        assert serving.pipelines.mounts()[pipeline.mount.lstrip("/")] == orders["rtpPort"]
    assert len(set(serving.pipelines.mounts().values())) == 2
    assert not serving.pipelines.over


def test_the_same_configuration_again_touches_nothing(serving: Supervised) -> None:
    serving.configure(A, B)
    for child in serving.children:
        serving.play(child)
    serving.configure(A, B)
    assert [len(child.written) for child in serving.children] == [1, 1]
    assert [child.signals for child in serving.children] == [[], []]


def test_what_can_change_while_it_plays_does_and_the_others_go_on(serving: Supervised) -> None:
    serving.configure(A, B)
    serving.play(serving.children[0])
    serving.configure(OFTEN, B)
    assert [child.written[1:] for child in serving.children] == [[{"change": as_plain(OFTEN)}], []]
    assert serving.state()["state"] == "playing"


def test_what_cannot_is_stopped_and_starts_anew_when_it_has_ended(serving: Supervised) -> None:
    serving.configure(A)
    serving.configure(OTHER)
    (child,) = serving.children
    assert child.written[1:] == [{"stop": True}]
    assert serving.state()["state"] == "stopped"
    serving.act(1.0)
    assert len(serving.children) == 1, "a pipeline never has two processes"
    child.end(0)
    serving.act()
    assert [child.written[0]["pipeline"] for child in serving.children] == [as_plain(A), as_plain(OTHER)]
    assert serving.state()["restarts"] == 0


def test_what_is_not_wanted_any_more_is_stopped_and_forgotten(serving: Supervised) -> None:
    serving.configure(A, B)
    serving.configure(B)
    first, second = serving.children
    assert (first.written[1:], second.written[1:]) == ([{"stop": True}], [])
    first.end(0)
    serving.act()
    assert [state.id for state in serving.pipelines.states(0.0)] == ["B"]
    assert not serving.pipelines.over
    serving.pipelines.end(serving.now)
    serving.act()
    second.end(0)
    serving.act()
    assert serving.pipelines.over
    assert len(serving.children) == 2


def test_one_that_does_not_end_in_time_is_killed_once(serving: Supervised, logged: list[str]) -> None:
    serving.configure(A)
    serving.configure()
    (child,) = serving.children
    serving.act(STOP_SECONDS - 0.1)
    assert (child.signals, logged) == ([], [])
    serving.act(0.1)
    serving.act(60.0)
    assert child.signals == ["kill"]
    assert logged == [f"warning: A: the process {child.pid} did not end in time and is killed"]


def test_one_that_says_nothing_is_killed_and_starts_again(made: Callable[..., Supervised], logged: list[str]) -> None:
    serving = made(silence=30.0)
    serving.configure(A)
    (child,) = serving.children
    serving.play(child)
    serving.act(30.0)
    assert child.signals == []
    serving.act(0.1)
    assert child.signals == ["kill"]
    child.end(-9)
    serving.act()
    assert serving.state()["failure"]["kind"] == "hang"
    assert "The process reported nothing for 30 seconds and was killed; it starts again" in logged[-1]


def test_a_failure_is_reported_and_it_starts_again_after_a_pause_that_grows(
    serving: Supervised, logged: list[str]
) -> None:
    serving.configure(A, B)
    for pause in (1.0, 2.0, 4.0):
        child = serving.children.of("A")[-1]
        child.event("failed", kind="parser", message="The parser failed.", hint="Look at it.", final=False)
        child.end(1)
        serving.act()
        assert (serving.state()["state"], "pid" in serving.state()) == ("backing off", False)
        assert serving.pipelines.deadline() == serving.now + pause
        count = len(serving.children)
        serving.act(pause - 0.1)
        assert len(serving.children) == count
        serving.act(0.1)
        assert len(serving.children) == count + 1
    assert serving.state()["restarts"] == 3
    assert serving.state()["failure"] == {"kind": "parser", "message": "The parser failed.", "hint": "Look at it."}
    assert logged == ["error: A: The parser failed; it starts again\nhint: Look at it."] * 3
    assert (len(serving.children.of("B")), serving.state("B")["restarts"]) == (1, 0)


@pytest.mark.parametrize("final", [1, 2, "true", None])
def test_only_true_is_final(serving: Supervised, final: object) -> None:
    serving.configure(A)
    serving.children[0].event("failed", kind="parser", message="x", final=final)
    serving.children[0].end(4)
    serving.act()
    serving.act(1.0)
    assert len(serving.children) == 2


def test_what_fails_for_good_waits_for_another_configuration(serving: Supervised, logged: list[str]) -> None:
    serving.configure(A)
    serving.children[0].event("failed", kind="configuration", message="No such file.", hint="", final=True)
    serving.children[0].end(4)
    serving.act()
    assert logged == ["error: A: No such file."]
    assert serving.state()["state"] == "failed"
    assert serving.pipelines.deadline() == float("inf")
    serving.act(10_000.0)
    assert len(serving.children) == 1
    serving.configure(OTHER)
    assert len(serving.children) == 2
    assert "failure" not in serving.state()


def test_a_crash_and_streams_that_end_are_failures_of_their_own(serving: Supervised) -> None:
    serving.configure(A, B)
    first, second = serving.children
    first.end(-11)
    second.event("end")
    second.end(0)
    serving.act()
    assert serving.state("A")["failure"]["message"] == "The process was ended by SIGSEGV."
    assert serving.state("B")["failure"]["kind"] == "end"


def test_messages_go_on_at_once_and_nothing_else_is_taken_for_one(serving: Supervised) -> None:
    serving.configure(A)
    (child,) = serving.children
    assert "lastMessage" not in serving.state()
    for line in ("printed by a library", "[1]", "null", '{"event": 3}', "{", ""):
        child.says(line)
    assert (serving.messages, serving.posted) == ([], [])
    child.message('{"camera": 1}')
    assert (serving.messages, serving.posted) == (['{"camera": 1}'], [])
    assert "lastMessage" in serving.state()


@pytest.mark.parametrize(("silent", "shown"), [(["door"], ["door"]), ([3], ["3"]), ("door", []), (None, []), (7, [])])
def test_streams_that_give_nothing_are_in_the_state(serving: Supervised, silent: object, shown: list[str]) -> None:
    serving.configure(A)
    serving.play(serving.children[0], silent=silent)
    assert serving.state().get("silent", []) == shown


def test_a_state_that_does_not_exist_is_starting(serving: Supervised) -> None:
    serving.configure(A)
    serving.play(serving.children[0], state="playing")
    serving.play(serving.children[0], state="flying")
    assert serving.state()["state"] == "starting"
    serving.play(serving.children[0], state="reconnecting")
    assert serving.state()["state"] == "reconnecting"


def test_what_an_earlier_process_said_is_late(serving: Supervised) -> None:
    serving.configure(A)
    first = serving.children[0]
    first.end(1)
    serving.act()
    serving.act(1.0)
    serving.play(serving.children[1])
    first.event("failed", kind="parser", message="late", final=True)
    first.end(4)
    serving.act()
    assert serving.state()["state"] == "playing"
    assert serving.state()["pid"] == serving.children[1].pid


def test_a_recording_goes_on_in_a_new_process_and_ends_by_itself(serving: Supervised) -> None:
    options = RecordingOptions(segment_seconds=10, stop_after_seconds=60)
    serving.configure(A)
    serving.pipelines.cut_recordings(options)
    assert serving.children[0].written[1:] == [{"recording": {"segmentSeconds": 10, "stopAfterSeconds": 60}}]
    assert not serving.pipelines.record("absent", wanted=True, now=serving.now)
    assert serving.pipelines.record("A", wanted=True, now=serving.now)
    assert serving.children[0].written[-1] == {"record": True}
    serving.children[0].event("recording", state="recording", files=2, problem="")
    serving.act()
    assert serving.state()["recording"] == {"state": "recording", "files": 2}
    serving.children[0].end(1)
    serving.act()
    serving.act(1.0)
    assert "recording" not in serving.state()
    assert serving.children[1].written[0]["recording"] == {"segmentSeconds": 10, "stopAfterSeconds": 60}
    assert serving.children[1].written[1:] == [{"record": True}]
    serving.play(serving.children[1])
    serving.act(58.9)
    assert serving.children[1].written[1:] == [{"record": True}]
    serving.act(0.1)
    serving.act(0.0)
    assert serving.children[1].written[2:] == [{"record": False}]


def test_a_recording_that_was_ended_does_not_begin_in_a_new_process(serving: Supervised) -> None:
    serving.configure(A)
    serving.pipelines.record("A", wanted=True, now=serving.now)
    serving.pipelines.record("A", wanted=False, now=serving.now)
    assert serving.children[0].written[1:] == [{"record": True}, {"record": False}]
    serving.children[0].end(1)
    serving.act()
    serving.act(1.0)
    assert serving.children[1].written[1:] == []


def test_levels_go_to_each_process_when_they_change(serving: Supervised) -> None:
    serving.configure(A, B)
    serving.pipelines.set_levels(LogLevels())
    assert [len(child.written) for child in serving.children] == [1, 1]
    for _ in range(2):
        serving.pipelines.set_levels(LogLevels(default=LogLevel.WARNING))
    assert [[order["logLevel"] for order in child.written[1:]] for child in serving.children] == [["warning"]] * 2
    serving.children[0].end(1)
    serving.act()
    serving.act(1.0)
    assert serving.children[-1].written[0]["logLevel"] == "warning"


@pytest.mark.parametrize(
    ("refusal", "message"),
    [
        (OSError(11, "Resource temporarily unavailable"), "cannot be started: Resource temporarily unavailable."),
        (RuntimeError("can't start new thread"), "cannot be started: can't start new thread."),
        (ValueError("the password is canary"), "cannot be started: ValueError."),
    ],
)
def test_one_that_cannot_be_started_is_tried_again(
    serving: Supervised, logged: list[str], refusal: Exception, message: str
) -> None:
    serving.children.refusal = refusal
    serving.configure(A, B)
    assert not serving.children
    for name in "AB":
        assert serving.state(name)["failure"]["message"].endswith(message)
    assert not any("canary" in line for line in logged)
    serving.children.refusal = None
    serving.act(0.9)
    assert not serving.children
    serving.act(0.1)
    assert [child.about for child in serving.children] == ["A", "B"]


def with_archive(name: str) -> Pipeline:
    return Pipeline(id=name, passthrough="x", archive=Archive(url=f"https://models.example/{name}.zip"))


@pytest.fixture
def fetching(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Whose model is being fetched; nothing is, and what is here is nothing."""
    names: list[str] = []
    monkeypatch.setattr(Archives, "fetch", lambda _, pipeline: names.append(pipeline.id))
    return names


@pytest.mark.usefixtures("logged")
def test_one_whose_model_is_not_here_waits_for_it_and_no_other_does(serving: Supervised, fetching: list[str]) -> None:
    late = with_archive("late")
    serving.configure(late, A)
    assert [child.about for child in serving.children] == ["A"]
    assert fetching == ["late"]
    assert serving.state("late")["state"] == "starting"
    error = ModelError("The archive does not arrive.", hint="Look at the network.")
    serving.posted.append(Fetched(pipeline=late, error=error, pause=2.0))
    serving.act()
    message = "The archive does not arrive. The next try is in 2 seconds."
    assert serving.state("late")["failure"] == {"kind": "archive", "message": message, "hint": "Look at the network."}
    assert serving.state("late")["model"] == {"problem": message}


def test_a_model_that_arrives_starts_its_pipeline(
    serving: Supervised, fetching: list[str], monkeypatch: pytest.MonkeyPatch, logged: list[str]
) -> None:
    late = with_archive("late")
    serving.configure(late)
    assert fetching == ["late"]
    serving.posted.append(Fetched(pipeline=with_archive("other")))
    serving.posted.append(Fetched(pipeline=replace(late, passthrough="as it was before")))
    serving.act()
    assert (len(serving.children), logged) == (0, [])
    monkeypatch.setattr(Archives, "launch", lambda _, pipeline: Launch(pipeline=pipeline, roots=("/fetched",)))
    serving.posted.append(Fetched(pipeline=late))
    serving.act()
    (child,) = serving.children
    assert child.written[0]["modelRoots"] == ["/fetched"]
    assert child.written[0]["pipeline"]["archive"] is None, "no address of an archive goes to a worker"
    assert logged == ["late: its model is here"]
    assert "model" not in serving.state("late")


def test_a_model_that_lacks_a_file_of_its_pipeline_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "own"
    root.mkdir()
    archives = Archives(tmp_path, ())
    pipeline = replace(with_archive("own"), passthrough=None, primary=Model(config_file="p.txt"))
    monkeypatch.setattr(archives, "model", lambda _: None)
    assert archives.launch(pipeline) is None
    monkeypatch.setattr(archives, "model", lambda _: InstalledModel(folder=tmp_path, root=root, sha256="0" * 64))
    assert archives.launch(pipeline) is None
    (root / "p.txt").touch()
    assert archives.launch(pipeline) == Launch(pipeline=pipeline, roots=(str(root), str(tmp_path)))


@pytest.mark.parametrize("ends", [True, False])
def test_a_fetch_that_nobody_wants_is_killed_and_not_awaited_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, ends: bool
) -> None:
    started: list[ScriptedChild] = []

    def start(*words: Any, **rest: Any) -> ScriptedChild:
        started.append(ScriptedChild(*words, **rest))
        if ends:
            monkeypatch.setattr(started[0], "kill", lambda: started[0].end(-9))
        return started[0]

    monkeypatch.setattr(fetch_process, "Child", start)
    monkeypatch.setattr(fetch_process, "_LOOK_SECONDS", 0.01)
    monkeypatch.setattr(fetch_process, "_END_SECONDS", 60.0 if ends else 0.05)
    archive = Archive(url="https://models.example/x.zip")
    with pytest.raises(ModelError, match="was given up: another configuration came"):
        fetch_process.fetch_in_process(archive, tmp_path, (), limits=Limits(), unwanted=lambda: True)
    assert started[0].signals == ([] if ends else ["kill"])
    assert started[0].words == ("fetch",)
    assert started[0].written[0]["url"] == archive.url
