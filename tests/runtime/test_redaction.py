"""The runtime's ways out: a canary in every place of a settings file, or in what GStreamer says, gets out of none."""

import io
import json
import logging
import resource
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from azda_runtime.log import configure
from azda_runtime.problems import shown
from azda_runtime.settings import loads
from azda_runtime.supervisor.policy.failure import Failure
from azda_runtime.supervisor.policy.lifecycle import Phase
from azda_runtime.supervisor.policy.state import PipelineState, document
from azda_runtime.supervisor.policy.verdict import verdict
from azda_runtime.supervisor.state_file import FILE, StateFile
from hypothesis import given, settings
from hypothesis import strategies as st

from dsconfig import redaction
from dsconfig.redaction import Known

CANARY = "CANARYx1234567"
ADDRESSES = [
    f"rtsp://viewer:{CANARY}@10.0.0.5/live",
    f"rtsp://viewer:{CANARY}{'x' * 400}@10.0.0.5/live",
    f"https://h/m.zip?sv=1&sig={CANARY}",
    f"rtspsrc location=rtsp://h user-pw={CANARY} ! fakesink",
    f"SharedAccessSignature sr=h&sig={CANARY}&se=1",
]
SETTINGS: dict[str, Any] = {
    "sensors": [{"name": "cam", "endpoint": "rtsp://10.0.0.5/live", "username": "u", "password": "secret99"}],
    "pipelines": [{"id": "p", "deepstreamPassthrough": "", "primaryGieConfigPath": "/custom-assets/c.txt"}],
    "streams": [{"name": "cam", "configId": "p"}],
    "logLevel": "information",
}


@pytest.fixture(autouse=True)
def known(monkeypatch: pytest.MonkeyPatch) -> Iterator[Known]:
    mine = Known()
    for name in ("log.redaction", "supervisor.state_file", "worker.failures"):
        monkeypatch.setattr(f"azda_runtime.{name}.RUN", mine)
    yield mine
    assert redaction.RUN is not mine


def locations(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    for key, item in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from locations(item, (*path, key))


def put(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = put(copy[path[0]], path[1:], new)
    return copy


@settings(deadline=None)
@given(st.sampled_from(list(locations(SETTINGS))), st.sampled_from(ADDRESSES), st.booleans())
def test_no_problem_of_a_settings_file_shows_a_secret(path: tuple[Any, ...], form: str, as_key: bool) -> None:
    document = put(SETTINGS, path, {form: 1} if as_key else form)
    problems = loads(json.dumps(document).encode()).problems
    assert CANARY not in json.dumps([p.as_json() for p in problems])


@pytest.mark.parametrize("text", ADDRESSES)
def test_a_quoted_text_is_redacted_before_it_is_cut(text: str) -> None:
    assert "CANARY" not in shown("x" * 30 + " " + text)


def state(**said: Any) -> dict[str, Any]:
    pipeline = PipelineState(id="p", phase=Phase.PLAYING, since=0.0)
    return document([replace(pipeline, **said)], [], since=0.0, configured=True, enabled=True)


@pytest.mark.parametrize("text", [*ADDRESSES, "said CANARYx1234567", "y" * 280 + " said CANARYx1234567"])
def test_neither_the_state_nor_the_twin_shows_a_secret(text: str, tmp_path: Path, known: Known) -> None:
    known.learn({"cameras": [{"password": CANARY}]})
    reported: list[Mapping[str, Any]] = []
    file = StateFile(tmp_path, reported.append)
    said = {
        "failure": Failure(kind="pipeline", message=text, hint=text),
        "silent": [text],
        "recording": {"state": "failed", "problem": text},
        "model": {"digest": "abc", "problem": text},
    }
    for key, value in said.items():
        file.update(state(**{key: value}), float(len(reported)) * 100)
        written = (tmp_path / FILE).read_text(encoding="utf-8")
        assert "CANARY" not in written + json.dumps(reported)
        assert "CANARY" not in verdict(json.loads(written), now=0.0)[1]


def test_a_password_that_is_a_word_of_ours_changes_no_state(tmp_path: Path, known: Known) -> None:
    known.learn({"password": "playing"})
    StateFile(tmp_path, lambda _: None).update(state(), 1.0)
    assert verdict(json.loads((tmp_path / FILE).read_text(encoding="utf-8")), now=1.0) == (
        True,
        "All is well: p is playing.",
    )


def test_no_line_of_the_log_shows_a_secret_or_steers_a_terminal(known: Known, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    known.learn(json.dumps(put(SETTINGS, ("sensors", 0, "password"), CANARY)))
    configure()
    log = logging.getLogger("azda_runtime.test")
    for text in (*ADDRESSES, f"GStreamer said {CANARY}", "\x1b]0;owned\x07\x1b[2J"):
        log.info("%s", text)
        log.error("%s: it failed", text)
    written = sys.stderr.getvalue()
    assert "CANARY" not in written
    assert not set(written) & {"\x1b", "\x07"}


def test_what_is_known_stays_bounded() -> None:
    many = Known()
    many.add(f"secret-{number}" for number in range(10_000))
    assert many.redacted("secret-9999 secret-1") == "*** secret-1"


@pytest.mark.slow
def test_long_secrets_that_change_for_ever_cost_no_memory() -> None:
    def resident() -> int:
        return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * resource.getpagesize()

    many = Known()
    before = resident()
    for number in range(60):
        many.add(f"{number}-{part}-" + "sécret" * 1000 for part in range(2))
        assert many.redacted(f"said {number}-1-" + "sécret" * 1000) == "said ***"
    assert resident() - before < 60_000_000
