"""How the threads of the IoT Edge side behave when a client does not; tests/real/test_iot_edge.py has the real one."""

import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from azda_runtime.hub.base import Arrival, DesiredProperties, Hub
from azda_runtime.hub.connected.connection import AwayError, Events, RefusedError
from azda_runtime.hub.connected.limits import LARGEST_MESSAGE
from azda_runtime.hub.disk import DEFAULT_SIZE
from azda_runtime.hub.iot_edge import IotEdgeHub, Limits
from azda_runtime.hub.iot_edge.client import ENVIRONMENTS, reason
from azda_runtime.hub.twin.fitting import MOST_BYTES
from azda_runtime.problems import InvalidValueError

QUICK = Limits(first_pause=0.01, longest_pause=0.02, report_pause=0.01, call=0.3, flush=1.0, disconnect=1.0)


class Edge:
    """A connection that is told what to do; all that are made share what was delivered."""

    def __init__(self) -> None:
        self.made: list[Connection] = []
        self.delivered: list[bytes] = []
        self.hold: threading.Event | None = None
        self.hold_report: threading.Event | None = None
        self.reported: list[Mapping[str, Any]] = []
        self.refuses = False
        self.away = False

    def connect(self) -> "Connection":
        self.made.append(Connection(self))
        return self.made[-1]


class Connection:
    def __init__(self, edge: Edge) -> None:
        self.edge = edge
        self.up = False

    def open(self, events: Events) -> None:
        if self.edge.away:
            raise AwayError("it is away")
        self.up = True
        self.events = events

    def is_up(self) -> bool:
        return self.up

    def twin(self) -> object:
        return {"desired": {"$version": 1}, "reported": {}}

    def send(self, message: bytes) -> None:
        hold, self.edge.hold = self.edge.hold, None
        if hold is not None:
            hold.wait()
        self.edge.delivered.append(message)

    def report(self, patch: Mapping[str, Any]) -> None:
        if self.edge.hold_report is None:
            raise AwayError("it went away just now")
        self.edge.hold_report.wait()
        if self.edge.refuses:
            raise RefusedError("412")
        self.edge.reported.append(patch)

    def close(self) -> None:
        self.up = False


@pytest.fixture
def edge() -> Edge:
    return Edge()


@pytest.fixture
def lines(logged: list[str]) -> list[str]:
    return logged


@pytest.fixture
def hub(edge: Edge, lines: list[str]) -> Iterator[IotEdgeHub]:
    one = IotEdgeHub(limits=QUICK, connect=edge.connect)
    yield one
    one.close()


def until(says: Callable[[], Any]) -> None:
    deadline = time.monotonic() + 30
    while not says():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_it_is_a_hub(hub: IotEdgeHub) -> None:
    port: Hub = hub

    port.open(lambda _: None)


def test_the_page_states_the_limits_as_they_are() -> None:
    page = (Path(__file__).parents[2] / "docs" / "iot-edge.md").read_text(encoding="utf-8")
    limits = Limits()

    for stated in (
        f"{limits.messages:,}, and {limits.message_bytes // 2**20} MiB",
        "256 MiB, or `--buffer SIZE`" if DEFAULT_SIZE == "256MiB" else DEFAULT_SIZE,
        f"{LARGEST_MESSAGE:,} bytes",
        f"at most {limits.longest_pause:.0f} seconds",
        f"given up after {limits.call:.0f} seconds",
        f"away for longer than {limits.away:.0f} seconds",
        f"sent for {limits.flush:.0f} seconds, and the connection closed within {limits.disconnect:.0f} more",
        f"no more than once in {('five' if limits.report_pause == 5 else limits.report_pause)} seconds",
        f"{MOST_BYTES // 1024} KiB of JSON",
    ):
        assert stated in page


def test_what_is_no_module_of_iot_edge_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*ENVIRONMENTS[0], *ENVIRONMENTS[1]):
        monkeypatch.delenv(name, raising=False)

    with pytest.raises(InvalidValueError, match="IOTEDGE_WORKLOADURI"):
        IotEdgeHub()


def test_a_call_that_does_not_return_is_given_up_and_its_message_sent_again(
    hub: IotEdgeHub, edge: Edge, lines: list[str]
) -> None:
    stuck = edge.hold = threading.Event()
    hub.open(lambda _: None)
    hub.send("first")
    hub.send("second")

    until(lambda: edge.delivered == [b"first", b"second"])
    assert len(edge.made) == 2
    assert any("it does not answer" in line for line in lines)

    stuck.set()  # the late answer of the connection that was given up changes nothing
    until(lambda: len(edge.delivered) == 3)
    hub.send("third")
    until(lambda: edge.delivered[-1] == b"third")
    assert edge.delivered == [b"first", b"second", b"first", b"third"]


@pytest.mark.slow
def test_calls_that_never_return_do_not_pile_up(hub: IotEdgeHub, edge: Edge) -> None:
    stuck = threading.Event()

    class Stuck(Connection):
        def twin(self) -> object:
            stuck.wait()
            raise AwayError("at last")

    def connect() -> Connection:
        edge.made.append(Stuck(edge))
        return edge.made[-1]

    hub._connect = connect
    hub.open(lambda _: None)

    until(lambda: len(hub._abandoned) == 3)
    time.sleep(10 * QUICK.longest_pause)
    assert len(edge.made) == 3

    stuck.set()
    until(lambda: len(edge.made) > 3)


def test_a_module_that_fails_at_what_it_is_given_goes_on_being_given(
    hub: IotEdgeHub, edge: Edge, lines: list[str]
) -> None:
    taken: list[Arrival] = []

    def take(arrival: Arrival) -> None:
        taken.append(arrival)
        raise RuntimeError("rtsp://user:password@camera")

    hub.open(take)
    until(lambda: taken == [DesiredProperties(properties={})])
    edge.made[0].events.patched({"a": 1, "$version": 2})

    until(lambda: taken[1:] == [DesiredProperties(properties={"a": 1})])
    [line] = [line for line in lines if "RuntimeError" in line]
    assert "password" not in line
    assert "test_iot_hub_threads.py" in line


def test_reported_properties_hold_up_no_message(edge: Edge, lines: list[str]) -> None:
    edge.hold_report = threading.Event()
    hub = IotEdgeHub(limits=replace(QUICK, call=60.0, flush=5.0), connect=edge.connect)
    hub.open(lambda _: None)
    hub.report({"state": "playing"})
    until(lambda: edge.made and edge.made[-1].up)
    for number in range(50):
        hub.send(str(number))
    until(lambda: len(edge.delivered) == 50)
    assert edge.delivered == [str(number).encode() for number in range(50)]
    assert edge.reported == []
    hub.report({"state": "stopped"})
    edge.hold_report.set()
    hub.close()
    assert edge.reported == [{"state": "playing"}, {"state": "stopped"}]
    assert len(edge.made) == 1


def test_a_report_that_never_returns_is_given_up(hub: IotEdgeHub, edge: Edge) -> None:
    stuck = edge.hold_report = threading.Event()
    hub.open(lambda _: None)
    hub.report({"state": "playing"})
    until(lambda: len(edge.made) > 1)
    hub.send("first")
    until(lambda: b"first" in edge.delivered)
    stuck.set()
    until(lambda: {"state": "playing"} in edge.reported)


def test_a_hub_that_takes_nothing_is_a_problem_until_it_does(edge: Edge, lines: list[str]) -> None:
    edge.away = True
    hub = IotEdgeHub(limits=replace(QUICK, away=0.3, ill=0.5), connect=edge.connect)
    assert hub.problems() == {}
    hub.open(lambda _: None)
    until(hub.problems)
    assert hub.problems() == {"hub": "edgeHub cannot be reached: it is away."}
    edge.away = False
    until(lambda: not hub.problems())
    edge.refuses, edge.hold_report = True, threading.Event()
    edge.hold_report.set()
    hub.report({"state": "playing"})
    until(hub.problems)
    assert hub.problems() == {"report": "edgeHub does not take the reported properties: 412."}
    until(lambda: not hub.problems())
    hub.send("x" * (LARGEST_MESSAGE + 1))
    assert "it is dropped" in hub.problems()["large"]
    hub.close()


@pytest.mark.slow
def test_a_thread_that_fails_to_connect_is_a_problem_and_goes_on(edge: Edge, lines: list[str]) -> None:
    failures: list[type[BaseException]] = [MemoryError, ValueError]

    def connect() -> Connection:
        if failures:
            raise failures.pop()
        return edge.connect()

    hub = IotEdgeHub(limits=QUICK, connect=connect)
    hub.open(lambda _: None)
    until(lambda: "MemoryError" in hub.problems().get("hub", ""))
    hub.send("first")
    until(lambda: edge.delivered == [b"first"])
    until(lambda: not hub.problems())
    hub.close()


def test_it_is_silent_about_one_outage_however_often_it_tries(hub: IotEdgeHub, edge: Edge, lines: list[str]) -> None:
    edge.away = True
    hub.open(lambda _: None)
    until(lambda: len(edge.made) > 10)

    assert lines == ["warning: edgeHub cannot be reached: it is away. It is tried again; 0 messages wait."]


def test_closing_twice_or_before_it_is_open_is_no_mistake(hub: IotEdgeHub) -> None:
    hub.close()
    hub.close()
    hub.send("late")
    hub.report({"late": 1})


def test_patches_out_of_order_end_at_the_last(hub: IotEdgeHub, edge: Edge) -> None:
    taken: list[Any] = []
    hub.open(lambda arrival: taken.append(arrival.properties if isinstance(arrival, DesiredProperties) else None))
    until(lambda: taken)
    connection = edge.made[0]

    with hub._pending.condition:  # both wait when the session looks
        connection.events.patched({"a": 3, "$version": 3})
        connection.events.patched({"a": 2, "$version": 2})

    until(lambda: taken[-1] == {"a": 3})


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ConnectionRefusedError(111, "Connection refused"), "Connection refused"),
        (ssl.SSLCertVerificationError(1, "bad"), "edgeHub's certificate is not one that the device trusts"),
        (ValueError("SharedAccessSignature sr=…&sig=secret"), "ValueError"),
    ],
)
def test_a_reason_says_what_happened_and_no_secret(error: Exception, said: str) -> None:
    outer = RuntimeError("SharedAccessKey=secret")
    outer.__cause__ = error

    assert reason(outer) == said
