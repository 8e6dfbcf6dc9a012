"""What the supervisor does when its RTSP server ends, and what it waits for."""

import pytest
from azda_runtime.exit_codes import WRONG_USAGE
from azda_runtime.supervisor.policy.lifecycle import WELL_SECONDS
from azda_runtime.supervisor.rtsp_process import RtspServer

FOREVER = float("inf")


@pytest.fixture
def server() -> RtspServer:
    """One that has something to serve, and no process yet."""
    made = RtspServer(("rtsp",), lambda _: None)
    made._mounts = {"people": 5000}
    return made


def test_a_server_that_ends_is_started_again_after_a_pause_that_grows(server: RtspServer, logged: list[str]) -> None:
    pauses = []
    for now in (10.0, 20.0, 30.0):
        server.ended(1, now)
        pauses.append(server.deadline() - now)
    assert server.problem == "The RTSP server ended with 1."
    assert 0 < pauses[0] < pauses[1] < pauses[2] < FOREVER
    assert [line.startswith("error: the RTSP server ended with 1; it starts again in ") for line in logged] == [
        True
    ] * 3
    server._started = 100.0
    server.ended(1, 100.0 + WELL_SECONDS)
    assert server.deadline() - (100.0 + WELL_SECONDS) == pauses[0], "it ran well in between"


def test_a_server_that_was_started_wrongly_is_not_started_again(server: RtspServer, logged: list[str]) -> None:
    server.ended(WRONG_USAGE, 10.0)
    assert server.deadline() == FOREVER
    server.act({"people": 5000, "cars": 5001}, 1_000_000.0)
    assert server.pid is None
    assert ["not running" in line for line in logged] == [True]


def test_why_it_failed_is_its_own_word_once(server: RtspServer) -> None:
    server._heard('{"event": "failed", "message": "The port 8554 is taken."}')
    server.ended(1, 10.0)
    assert server.problem == "The port 8554 is taken."
    server.ended(1, 20.0)
    assert server.problem == "The RTSP server ended with 1."


def test_one_that_listens_has_no_problem_and_says_for_whom(server: RtspServer, logged: list[str]) -> None:
    server.problem = "The port 8554 is taken."
    server._heard('{"event": "listening", "address": "rtsp://127.0.0.1:8554/", "username": "viewer"}')
    assert server.problem == ""
    server._heard('{"event": "listening", "address": "rtsp://127.0.0.1:8554/"}')
    whom = [line.rpartition(", ")[2] for line in logged]
    assert whom == ["for the user viewer", "for everybody who reaches it"]
    server._heard("no event at all")
    assert server.problem == ""


def test_without_mounts_or_options_nothing_is_started_or_due() -> None:
    idle = RtspServer(("rtsp",), lambda _: None)
    idle.problem = "old"
    idle.act({}, 0.0)
    assert (idle.pid, idle.problem, idle.deadline()) == (None, "", FOREVER)
    idle.stop(0.0)
    assert idle.deadline() == FOREVER
    none = RtspServer((), lambda _: None)
    none.act({"people": 5000}, 0.0)
    assert (none.pid, none.problem) == (None, "")
