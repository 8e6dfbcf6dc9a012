"""What the runtime counts, and how it is served to Prometheus and IoT Edge's metrics collector."""

import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import pytest
from azda_runtime.commands import serve
from azda_runtime.hub.base import Traffic
from azda_runtime.hub.file import SettingsFile
from azda_runtime.metrics import server
from azda_runtime.metrics.backlog import backlog
from azda_runtime.metrics.figures import Figures
from azda_runtime.metrics.server import MetricsServer, module_labels
from azda_runtime.supervisor.pipelines import ServeOptions
from azda_runtime.supervisor.policy.figures import Counts, ParserCounts, PipelineFigures, Totals, counts_of
from azda_runtime.supervisor.policy.streams import QUIET_SECONDS, StreamWatch
from azda_runtime.supervisor.policy.verdict import verdict
from azda_runtime.supervisor.storage import Storage
from azda_runtime.supervisor.supervisor import Supervisor
from prometheus_client.parser import text_string_to_metric_families

FIGURES = Figures(
    pipelines=(
        PipelineFigures(
            id='the "first"\n',
            playing=True,
            restarts=2,
            frames_per_second=12.5,
            silent=("yard",),
            counts=Counts(
                frames={"door": 120},
                returned={"door": 1},
                parsers={"parser.py": ParserCounts(calls=120, seconds=0.5, failures=3)},
            ),
            messages=60,
            recording=True,
            recordings=4,
        ),
    ),
    traffic=Traffic(sent=50, dropped=2, waiting=8, on_disk=7, connections=3),
    backlog=(2, 3_000_000),
)
Serves = Callable[..., MetricsServer]


@pytest.fixture
def serves() -> Iterator[Serves]:
    servers: list[MetricsServer] = []

    def one(port: int = 0, figures: Callable[[], Figures] = lambda: FIGURES) -> MetricsServer:
        servers.append(MetricsServer("127.0.0.1", port, figures))
        servers[-1].open()
        return servers[-1]

    yield one
    for each in servers:
        each.close()


def until(says: Callable[[], Any]) -> None:
    deadline = time.monotonic() + 60
    while not says():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def fetched(served: MetricsServer, path: str = "/metrics") -> str:
    until(lambda: served.port)
    with urlopen(f"http://127.0.0.1:{served.port}{path}", timeout=60) as answer:
        text: str = answer.read().decode()
    return text


def samples(text: str) -> dict[str, list[tuple[dict[str, str], float]]]:
    """What Prometheus' own parser reads."""
    found: dict[str, list[tuple[dict[str, str], float]]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, []).append((dict(sample.labels), sample.value))
    return found


def test_all_figures_are_served_as_prometheus_reads_them(serves: Serves) -> None:
    found = samples(fetched(serves()))
    pipeline = {"pipeline": 'the "first"\n'}

    assert {name: rows for name, rows in found.items() if name.startswith("azda_")} == {
        "azda_frames_total": [({**pipeline, "sensor": "door"}, 120)],
        "azda_frames_per_second": [(pipeline, 12.5)],
        "azda_pipeline_playing": [(pipeline, 1)],
        "azda_pipeline_restarts_total": [(pipeline, 2)],
        "azda_camera_silent": found["azda_camera_silent"],
        "azda_camera_reconnects_total": [({**pipeline, "sensor": "door"}, 1)],
        "azda_parser_calls_total": [({**pipeline, "parser": "parser.py"}, 120)],
        "azda_parser_seconds_total": [({**pipeline, "parser": "parser.py"}, 0.5)],
        "azda_parser_failures_total": [({**pipeline, "parser": "parser.py"}, 3)],
        "azda_pipeline_messages_total": [(pipeline, 60)],
        "azda_recording": [(pipeline, 1)],
        "azda_recordings_total": [(pipeline, 4)],
        "azda_messages_sent_total": [({}, 50)],
        "azda_messages_dropped_total": [({}, 2)],
        "azda_messages_waiting": [({}, 8)],
        "azda_messages_on_disk": [({}, 7)],
        "azda_hub_connections_total": [({}, 3)],
        "azda_upload_backlog_files": [({}, 2)],
        "azda_upload_backlog_bytes": [({}, 3_000_000)],
    }
    assert sorted((row["sensor"], value) for row, value in found["azda_camera_silent"]) == [("door", 0), ("yard", 1)]
    assert found["process_resident_memory_bytes"][0][1] > 1_000_000


def test_the_page_names_every_metric(serves: Serves) -> None:
    page = (Path(__file__).parents[2] / "docs" / "metrics.md").read_text(encoding="utf-8")

    for name in samples(fetched(serves())):
        assert name.startswith(("process_", "python_")) or f"`{name}`" in page


def test_in_iot_edge_each_metric_says_whose_it_is(serves: Serves, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("IOTHUBHOSTNAME", "hub"), ("DEVICEID", "device"), ("MODULEID", "ai-pipeline")):
        monkeypatch.setenv(f"IOTEDGE_{name}", value)

    [(labels, value)] = samples(fetched(serves()))["azda_messages_sent_total"]

    assert value == 50
    assert labels.pop("instance_number")
    assert labels == {"iothub": "hub", "edge_device": "device", "module_name": "ai-pipeline"}
    assert module_labels({}) == {}


def test_a_port_that_is_taken_is_said_and_served_once_it_is_free(
    serves: Serves, logged: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "_RETRY_SECONDS", 0.02)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        served = serves(port)
        until(lambda: served.problem)
        assert served.problem == f"Metrics are not served at 127.0.0.1:{port}: Address already in use."
    assert any("--metrics-port" in line for line in logged)

    until(lambda: not served.problem and served.port == port)

    assert "azda_messages_sent_total" in fetched(served)
    assert len([line for line in logged if "are not served" in line]) == 1


def test_an_address_that_is_not_ours_is_said(logged: list[str]) -> None:
    served = MetricsServer("192.0.2.1", 9600, lambda: FIGURES)
    served.open()
    until(lambda: served.problem)
    served.close()

    assert "Cannot assign requested address" in served.problem


def test_figures_that_cannot_be_had_cost_one_request_alone(serves: Serves) -> None:
    failing = [True]

    def figures() -> Figures:
        if failing:
            raise KeyError(failing.pop())
        return FIGURES

    served = serves(figures=figures)
    with pytest.raises((HTTPError, URLError, ConnectionError)) as caught:
        fetched(served)
    if isinstance(caught.value, HTTPError):
        caught.value.close()

    assert "azda_frames_total" in fetched(served)


def test_clients_that_say_nothing_do_not_pile_up(serves: Serves, monkeypatch: pytest.MonkeyPatch) -> None:
    served = serves()
    until(lambda: served.port)
    silent = [socket.create_connection(("127.0.0.1", served.port), timeout=60) for _ in range(server._MOST_REQUESTS)]
    try:
        with socket.create_connection(("127.0.0.1", served.port), timeout=60) as late:
            assert late.recv(1) == b""  # sent away, at once
    finally:
        for each in silent:
            each.close()

    def answers() -> bool:
        try:
            return "azda_frames_total" in fetched(served)
        except (URLError, ConnectionError):
            return False

    until(answers)


def test_counts_go_through_a_line_and_what_is_no_count_is_left_out() -> None:
    counts = FIGURES.pipelines[0].counts
    assert counts_of(counts.as_json()) == counts

    garbage = {
        "frames": {"a": -1, "b": "1", "c": True, "d": float("nan"), "e": 10**30, "f": 7},
        "returned": [1],
        "parsers": {"p": [1, 2], "q": [1, "2", 3], "r": 5, "s": [1, 2.5, 0]},
    }
    expected = Counts(frames={"f": 7}, parsers={"s": ParserCounts(calls=1, seconds=2.5)})
    assert counts_of(garbage) == expected
    assert counts_of(None) == counts_of([]) == counts_of("x") == Counts()


def test_totals_go_on_where_a_process_starts_anew() -> None:
    totals = Totals()
    totals.anew()
    totals.count(Counts(frames={"door": 100}), 0.0)
    totals.wrote(2)
    totals.anew()
    assert totals.frames_per_second(1.0) == 0.0
    totals.count(Counts(frames={"door": 10}, returned={"door": 1}), 1.0)
    totals.count(Counts(frames={"door": 40}, returned={"door": 1}), 3.0)
    totals.wrote(1)

    assert totals.counts.frames == {"door": 140}
    assert totals.counts.returned == {"door": 1}
    assert totals.recordings == 3
    assert totals.frames_per_second(3.0) == 15.0
    assert totals.frames_per_second(20.0) == 0.0
    totals.count(Counts(frames={"door": 41}), 100.0)
    assert totals.frames_per_second(100.0) == 0.0, "of the last seconds alone"


def test_a_camera_that_comes_back_has_returned_once() -> None:
    watch = StreamWatch(["door"], 0.0)
    for now, frames in ((1.0, 10), (2.0, 20), (2.0 + QUIET_SECONDS, 20), (13.0, 21), (14.0, 30)):
        watch.look({"door": frames}, now)

    assert watch.returned == {"door": 1}
    assert watch.silent == ()


def test_the_backlog_is_what_is_whole_and_still_here(tmp_path: Path) -> None:
    for name, size in (("a.mp4", 10), ("b.mp4", 5), (".c.mp4", 100), ("a.json", 3)):
        (tmp_path / name).write_bytes(b"x" * size)

    assert backlog(tmp_path) == (2, 15)
    assert backlog(tmp_path / "absent") == (0, 0)


def test_metrics_that_are_not_served_are_a_warning_and_no_ill_health(tmp_path: Path) -> None:
    with (tmp_path / "messages").open("ab") as messages:
        hub = SettingsFile(tmp_path / "settings.json", messages)
        options = ServeOptions(state=tmp_path, recordings=tmp_path)
        supervisor = Supervisor(options, hub, Storage(tmp_path, tmp_path))
        supervisor.warnings.append(lambda: {"metrics": "Metrics are not served: Address already in use."})

        state = supervisor._state(0.0)

    assert [each["severity"] for each in state["troubles"] if each["what"] == "metrics"] == ["warning"]
    assert verdict({**state, "written": state["since"], "monotonic": 0.0}, now=1.0)[0]


@pytest.mark.parametrize("port", ["-1", "65536", "x", "", "٣"])
def test_what_is_no_port_is_refused(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        serve.main([f"--metrics-port={port}"])

    assert caught.value.code == 2
    assert "is not a port" in capsys.readouterr().err


def test_metrics_are_served_by_themselves_in_iot_edge_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("IOTEDGE_WORKLOADURI", raising=False)
    assert serve._options([]).metrics_port == 0
    monkeypatch.setenv("IOTEDGE_WORKLOADURI", "unix:///workload.sock")
    assert serve._options([]).metrics_port == 9600
