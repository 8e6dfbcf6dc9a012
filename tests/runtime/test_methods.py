"""Direct methods: what a payload asks for, and who waits for the answer."""

import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from azda_runtime.hub.base import Answer, Arrival, MethodCall
from azda_runtime.hub.connected import method_calls
from azda_runtime.hub.connected.connection import AwayError, Events
from azda_runtime.hub.iot_edge import Endpoints, IotEdgeHub, Limits
from azda_runtime.problems import InvalidValueError
from azda_runtime.supervisor.methods import Methods
from azda_runtime.supervisor.policy.lifecycle import Action, Life, Phase
from azda_runtime.supervisor.policy.methods import (
    METHODS,
    RECORD,
    RESTART,
    SNAPSHOT,
    STATUS,
    Request,
    choose,
    read_request,
)
from azda_runtime.supervisor.policy.protocol import snapshot_of


@pytest.mark.parametrize(
    ("method", "payload", "request_"),
    [
        (STATUS, None, Request(method=STATUS)),
        (STATUS, "", Request(method=STATUS)),
        (STATUS, {"pipeline": "A"}, Request(method=STATUS, pipeline="A")),
        (RESTART, {"pipeline": "A"}, Request(method=RESTART, pipeline="A")),
        (SNAPSHOT, {"pipeline": "A", "width": 640}, Request(method=SNAPSHOT, pipeline="A", width=640)),
        (RECORD, {}, Request(method=RECORD)),
        (RECORD, {"pipeline": "A", "state": False}, Request(method=RECORD, pipeline="A", state=False)),
        (
            RECORD,
            {"startRecording": [{"configId": "A", "state": True}, {"configId": "B", "state": False}]},
            Request(method=RECORD, recordings={"A": True, "B": False}),
        ),
    ],
)
def test_a_payload_is_read(method: str, payload: object, request_: Request) -> None:
    assert read_request(method, payload) == request_


@pytest.mark.parametrize(
    ("method", "payload", "sentence"),
    [
        (RESTART, [1], "The payload is not an object."),
        (RESTART, "A", "The payload is not an object."),
        (RESTART, 7, "The payload is not an object."),
        (RESTART, True, "The payload is not an object."),
        (RESTART, {"pipeline": 7}, "pipeline is not a text."),
        (RESTART, {"pipeline": None}, "pipeline is not a text."),
        (RESTART, {"pipelines": "A"}, 'restartPipeline takes no "pipelines".'),
        (STATUS, {"state": True}, 'status takes no "state".'),
        (SNAPSHOT, {"width": 0}, "width is not a number of pixels."),
        (SNAPSHOT, {"width": True}, "width is not a number of pixels."),
        (SNAPSHOT, {"width": 640.5}, "width is not a number of pixels."),
        (RECORD, {"width": 640}, 'startRecording takes no "width".'),
        (RECORD, {"state": "on"}, "state is neither true nor false."),
        (RECORD, {"state": 1}, "state is neither true nor false."),
        (RECORD, {"startRecording": []}, "startRecording names no pipeline."),
        (RECORD, {"startRecording": {}, "pipeline": "A"}, "startRecording stands beside other members."),
        (RECORD, {"startRecording": [{"configId": 1, "state": True}]}, "$.startRecording[0].configId"),
    ],
)
def test_what_a_method_does_not_take_is_one_sentence(method: str, payload: object, sentence: str) -> None:
    with pytest.raises(InvalidValueError) as caught:
        read_request(method, payload)

    assert sentence in str(caught.value)
    assert caught.value.hint


def test_the_only_pipeline_needs_no_name() -> None:
    assert choose(Request(method=RESTART), {"A": 1}) == "A"
    with pytest.raises(InvalidValueError, match="There are 2 pipelines, and the call names none") as caught:
        choose(Request(method=RESTART), {"A": 1, "B": 2})
    assert '"A", "B"' in caught.value.hint
    with pytest.raises(InvalidValueError, match='There is no pipeline "a"') as caught:
        choose(Request(method=RESTART, pipeline="a"), {"A": 1})
    assert "Did you mean" in caught.value.hint


class Recorder:
    """Pipelines that note what they are told."""

    def __init__(self) -> None:
        self.wanted = {"A": 1, "B": 2}
        self.did: list[Any] = []

    def restart(self, name: str, now: float) -> None:
        self.did.append(("restart", name, now))

    def record(self, name: str, *, wanted: bool, now: float) -> bool:
        self.did.append(("record", name, wanted, now))
        return True

    def snapshot(self, name: str, most_bytes: int, width: int, done: Callable[[Mapping[str, Any]], None]) -> str:
        self.did.append(("snapshot", name, width))
        if name == "B":
            return "It does not run: it is failed."
        done({"image": "x" * most_bytes, "width": 640, "height": 360, "time": "now"})
        return ""


def answered(method: str, payload: object) -> tuple[Answer, list[Any]]:
    pipelines, answers = Recorder(), list[Answer]()
    state = {"since": "now", "problems": [], "pipelines": [{"id": "A", "pid": 7}, {"id": "B"}]}
    does: Any = pipelines
    Methods(does, lambda _: state).take(MethodCall(name=method, payload=payload, answer=answers.append), 5.0)
    [answer] = answers
    return answer, pipelines.did


def test_each_method_does_what_it_says() -> None:
    answer, _ = answered(STATUS, None)
    assert (answer.status, answer.payload["pipelines"]) == (200, [{"id": "A"}, {"id": "B"}])
    answer, _ = answered(STATUS, {"pipeline": "B"})
    assert answer.payload["pipelines"] == [{"id": "B"}]

    assert answered(RESTART, {"pipeline": "B"})[1] == [("restart", "B", 5.0)]
    assert answered(RECORD, {"pipeline": "A"})[1] == [("record", "A", True, 5.0)]
    answer, did = answered(
        RECORD, {"startRecording": [{"configId": "A", "state": True}, {"configId": "B", "state": False}]}
    )
    assert answer == Answer(status=200, payload={"recording": {"A": True, "B": False}})
    assert did == [("record", "A", True, 5.0), ("record", "B", False, 5.0)]


def test_a_snapshot_is_answered_when_it_is_there() -> None:
    answer, did = answered(SNAPSHOT, {"pipeline": "A", "width": 640})
    assert did == [("snapshot", "A", 640)]
    assert answer.status == 200
    assert answer.payload["contentType"] == "image/jpeg"
    assert len(answer.payload["image"]) * 4 / 3 + 500 < method_calls.LARGEST_ANSWER

    answer, _ = answered(SNAPSHOT, {"pipeline": "B"})
    assert answer.status == 409
    assert answer.payload["error"] == "There is no picture of B: It does not run: it is failed."


def test_a_line_that_is_no_picture_is_a_problem() -> None:
    picture = {"time": "now", "width": 2, "height": 1, "image": "abc"}
    assert snapshot_of({"event": "snapshot", "id": 1, **picture}) == picture
    assert snapshot_of({"problem": "No picture came."}) == {"problem": "No picture came."}
    for garbage in ({}, {**picture, "image": 7}, {**picture, "width": "2"}, {**picture, "time": None}):
        assert snapshot_of(garbage) == {"problem": "The process gave no picture."}


def test_a_list_with_an_unknown_pipeline_changes_nothing() -> None:
    items = [{"configId": "A", "state": True}, {"configId": "C", "state": True}]

    answer, did = answered(RECORD, {"startRecording": items})

    assert (answer.status, answer.payload["error"], did) == (404, 'There is no pipeline "C".', [])


def test_bad_payloads_are_400_and_change_nothing() -> None:
    answer, did = answered(RECORD, {"state": "yes"})

    assert (answer.status, did) == (400, [])
    assert answer.payload == {
        "error": "state is neither true nor false.",
        "hint": "true records, false ends it.",
    }


def life() -> Life:
    one = Life(0.0)
    launch: Any = "launch"
    one.want(launch, 0.0)
    return one


def test_a_restart_stops_what_runs_and_starts_it_at_once() -> None:
    one = life()
    one.started(0.0)
    one.lives(Phase.PLAYING, 1.0)

    assert one.restart(2.0)
    one.asked_to_stop(2.0)
    assert not one.restart(2.5), "it is asked once"
    assert one.ended(0, 3.0) is None
    assert one.action(3.0) is Action.START
    assert one.failure is None


def test_a_restart_of_what_failed_for_good_tries_it_again() -> None:
    one = life()
    one.started(0.0)
    for _ in range(5):
        one.ended(1, 1.0)
        one.started(1.0)
    one.ended(1, 2.0)
    assert one.action(2.0) is None

    assert not one.restart(2.0)

    assert one.action(2.0) is Action.START
    assert (one.phase, one.failure) == (Phase.STARTING, None)


class Edge:
    """A connection that lets a test call methods."""

    def __init__(self) -> None:
        self.events: Events | None = None
        self.answers: list[tuple[int, Any]] = []
        self.away = False

    def open(self, events: Events) -> None:
        self.events = events

    def is_up(self) -> bool:
        return True

    def twin(self) -> object:
        return {"desired": {"$version": 1}, "reported": {}}

    def send(self, message: bytes) -> None:
        pass

    def report(self, patch: Mapping[str, Any]) -> None:
        pass

    def close(self) -> None:
        pass

    def respond(self, status: int, payload: object) -> None:
        if self.away:
            raise AwayError("it went away just now")
        self.answers.append((status, payload))

    def call(self, name: str, payload: object = None) -> None:
        assert self.events
        self.events.called(name, payload, self.respond)


def until(says: Callable[[], Any]) -> None:
    deadline = time.monotonic() + 60
    while not says():
        assert time.monotonic() < deadline
        time.sleep(0.005)


@pytest.fixture
def edge() -> Edge:
    return Edge()


def opened(edge: Edge, take: Callable[[Arrival], None]) -> IotEdgeHub:
    hub = IotEdgeHub(
        limits=Limits(flush=1.0, disconnect=1.0), endpoints=Endpoints(methods=METHODS), connect=lambda: edge
    )
    hub.open(take)
    until(lambda: edge.events)
    return hub


def test_a_call_gets_its_answer_and_others_go_on_meanwhile(edge: Edge, logged: list[str]) -> None:
    held: list[MethodCall] = []

    def take(arrival: Arrival) -> None:
        if isinstance(arrival, MethodCall) and arrival.name == RESTART:
            held.append(arrival)
        elif isinstance(arrival, MethodCall):
            arrival.answer(Answer(status=200, payload={"got": arrival.payload}))

    hub = opened(edge, take)
    edge.call(RESTART)
    edge.call(STATUS, {"pipeline": "é"})
    until(lambda: edge.answers == [(200, {"got": {"pipeline": "é"}})])

    held[0].answer(Answer(status=200, payload={}))
    until(lambda: len(edge.answers) == 2)
    edge.call("stats")
    until(lambda: len(edge.answers) == 3)
    hub.close()

    assert edge.answers[2][0] == 404
    assert edge.answers[2][1] == {"error": 'There is no method "stats".', "hint": 'Did you mean "status"?'}


def test_an_answer_that_never_comes_or_is_too_long_is_said(
    edge: Edge, logged: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(method_calls, "_SECONDS", 0.05)

    def take(arrival: Arrival) -> None:
        if isinstance(arrival, MethodCall) and arrival.name == STATUS:
            arrival.answer(Answer(status=200, payload={"x": "x" * method_calls.LARGEST_ANSWER}))

    hub = opened(edge, take)
    edge.call(RESTART)
    until(lambda: edge.answers)
    edge.call(STATUS)
    until(lambda: len(edge.answers) == 2)
    edge.away = True
    edge.call(STATUS)
    until(lambda: any("did not get through: it went away just now" in line for line in logged))
    hub.close()

    assert [status for status, _ in edge.answers] == [504, 413]


def test_calls_do_not_pile_up(edge: Edge, logged: list[str]) -> None:
    held = threading.Event()

    def take(arrival: Arrival) -> None:
        if isinstance(arrival, MethodCall):
            held.wait(60)
            arrival.answer(Answer(status=200, payload={}))

    hub = opened(edge, take)
    for _ in range(3 * method_calls._MOST):
        edge.call(STATUS)
    assert any("are answered already" in line for line in logged)
    held.set()
    until(lambda: len(edge.answers) == method_calls._MOST)
    hub.close()


def test_the_page_names_every_method() -> None:
    page = (Path(__file__).parents[2] / "docs" / "methods.md").read_text(encoding="utf-8")

    for name in METHODS:
        assert f"| `{name}` |" in page
    assert f"{method_calls.LARGEST_ANSWER:,} bytes" in page
