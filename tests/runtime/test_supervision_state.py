"""The state that is shown: bounded, without secrets, and the health check's one sentence."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
from azda_runtime.commands import health
from azda_runtime.problems import Problem, Severity
from azda_runtime.supervisor.policy.failure import Failure
from azda_runtime.supervisor.policy.lifecycle import Phase
from azda_runtime.supervisor.policy.state import PipelineState, document, reportable
from azda_runtime.supervisor.policy.verdict import alive, verdict
from hypothesis import given
from hypothesis import strategies as st

JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=9,
)


def state(*pipelines: PipelineState, problems: tuple[Problem, ...] = (), **changes: Any) -> dict[str, Any]:
    reported = document(pipelines, problems, since=0.0, configured=True, enabled=True)
    return {**reported, "monotonic": 100.0, **changes}


def door(phase: Phase = Phase.PLAYING, **more: Any) -> PipelineState:
    return PipelineState(id="Front.door 1", phase=phase, since=1_000.0, **more)


@pytest.mark.parametrize("phase", [Phase.PLAYING, Phase.STARTING, Phase.STOPPED])
def test_what_plays_starts_or_ends_is_well(phase: Phase) -> None:
    assert verdict(state(door(phase)), now=110.0) == (True, f"All is well: Front.door 1 is {phase.value}.")


def test_what_fails_is_not_and_says_why() -> None:
    failure = Failure(kind="crash", message="The process was ended by SIGSEGV.")
    failed = verdict(state(door(Phase.BACKING_OFF, failure=failure)), now=110.0)
    assert failed == (False, "Front.door 1 is backing off: The process was ended by SIGSEGV.")
    gone = verdict(state(door(Phase.RECONNECTING, silent=("a", "b"))), now=110.0)
    assert gone == (False, "Front.door 1 is reconnecting: no frames from a, b.")


def test_no_configuration_and_no_pipelines_are_well() -> None:
    assert verdict(state(configured=False), now=100.0) == (True, "There is no configuration yet.")
    assert verdict(state(), now=100.0) == (True, "No pipeline is wanted.")


def test_an_error_in_the_configuration_is_told_and_a_warning_is_not() -> None:
    warning = Problem(path="$.a", message="Odd.", hint="", severity=Severity.WARNING)
    error = Problem(path="$.b", message="Wrong.", hint="")
    assert verdict(state(door(), problems=(warning,)), now=100.0)[0]
    reported = verdict(state(door(), problems=(warning, error)), now=100.0)
    assert reported == (False, "The configuration has an error at $.b: Wrong.")


def test_health_means_that_what_was_promised_happens() -> None:
    closed = {"what": "messages", "problem": "Messages cannot be written: I/O error.", "severity": "error"}
    assert verdict(state(door(), troubles=[closed]), now=100.0) == (False, "Messages cannot be written: I/O error.")
    volume = {**closed, "problem": "The folder for recordings cannot be written.", "severity": "warning"}
    assert verdict(state(door(), troubles=[volume]), now=100.0)[0]  # nobody records
    lost = door(recording={"state": "failed", "problem": "No space left on device."})
    expected = "Front.door 1 plays, and its recording failed: No space left on device."
    assert verdict(state(lost), now=100.0) == (False, expected)
    dark = {"problem": "The port is taken."}
    assert verdict(state(door(), pictures=dark), now=100.0) == (
        False,
        "The live video is not available: The port is taken.",
    )


def test_what_starts_for_ever_is_not_well() -> None:
    starts = door(Phase.STARTING)
    assert verdict(state(starts, written="1970-01-01T01:15:00.000Z"), now=100.0)[0]  # it began at 00:16:40
    reported = verdict(state(starts, written="1970-01-01T01:17:00.000Z"), now=100.0)
    assert reported == (False, "Front.door 1 has been starting since 1970-01-01T00:16:40.000Z: it hangs.")
    assert verdict(state(door(), written="1970-01-01T01:17:00.000Z"), now=100.0)[0]


@pytest.mark.parametrize("now", [136.0, 99.0, float("nan")])
def test_an_old_state_or_one_of_an_earlier_start_of_the_machine_is_not_believed(now: float) -> None:
    assert not verdict(state(door()), now=now)[0]


@given(JSON | st.fixed_dictionaries({"monotonic": JSON, "pipelines": JSON, "problems": JSON, "configured": JSON}))
def test_no_state_file_ends_in_anything_but_a_sentence(found: Any) -> None:
    well, sentence = verdict(found, now=0.0)
    assert isinstance(well, bool)
    assert sentence


def test_times_are_utc_and_what_is_not_known_is_left_out() -> None:
    assert door(last_message=1_500.5).as_json() == {
        "id": "Front.door 1",
        "state": "playing",
        "since": "1970-01-01T00:16:40.000Z",
        "restarts": 0,
        "lastMessage": "1970-01-01T00:25:00.500Z",
    }


def test_the_state_fits_a_twin_however_much_is_wrong() -> None:
    long = "x" * 5_000
    problems = tuple(Problem(path=f"$.{long}", message=long, hint=long) for _ in range(500))
    failure = Failure(kind="pipeline", message=long, hint=long)
    bad = door(Phase.FAILED, failure=failure, silent=[long] * 99, model={"problem": long}, pid=7, last_message=1.0)
    for count in (0, 1, 8, 64, 1000):
        troubles = [dict.fromkeys(("what", "problem", "hint"), long)] * 99
        plain = document(
            [bad] * count, problems, since=0.0, configured=True, enabled=True, pictures=long, troubles=troubles
        )
        reported = reportable(plain)
        assert len(json.dumps(reported)) <= 16_000
        assert reported["problemCount"] == 500
        assert len(reported["pipelines"]) >= min(count, 50)
        assert all(each["state"] == "failed" for each in reported["pipelines"])


def test_what_changes_all_the_time_is_not_reported() -> None:
    reported = reportable(state(door(pid=7, last_message=1.0)))
    assert reported["pipelines"] == [door().as_json()]


def test_a_supervisor_lives_whatever_its_pipelines_do() -> None:
    failed = {"monotonic": 100.0, "pipelines": [{"id": "a", "state": "failed"}], "problems": [], "configured": True}
    assert not verdict(failed, now=110.0)[0]
    assert alive(failed, now=110.0) == (True, "The supervisor lives.")
    assert alive(failed, now=200.0)[0] is False
    for broken in ({}, [], None, {"monotonic": "soon"}):
        assert alive(broken, now=1.0) == (False, "The state file cannot be read as a state.")


def test_health_asks_for_life_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    state = {"monotonic": time.monotonic(), "pipelines": [{"id": "a", "state": "failed"}], "problems": []}
    (tmp_path / "health.json").write_text(json.dumps({**state, "configured": True}))
    assert health.main(["--state", str(tmp_path), "--alive"]) == 0
    assert capsys.readouterr().out == "The supervisor lives.\n"
    assert health.main(["--state", str(tmp_path)]) == 1
