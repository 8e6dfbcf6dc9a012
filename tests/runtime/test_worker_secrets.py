"""A worker's process is given its own pipeline, and nothing of the others'."""

import json
import stat
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from azda_runtime.settings import Pipeline, Settings, as_plain, loads, pipeline_of, without_archive
from azda_runtime.supervisor.pipelines import Pipelines, ServeOptions
from azda_runtime.supervisor.policy.protocol import Orders
from hypothesis import given
from hypothesis import strategies as st

from tests.runtime.configurations import good

# In place of Python: keeps what it was started with and all that it is sent, then waits for the end.
SPY = """#!/bin/sh
tr '\\0' '\\n' < /proc/$$/environ > {folder}/$$.environ
tr '\\0' '\\n' < /proc/$$/cmdline > {folder}/$$.argv
exec cat > {folder}/$$.stdin
"""


def camera(name: str) -> dict[str, Any]:
    return {"name": name, "endpoint": f"rtsp://10.0.0.5/{name}"}


def document(**passwords: str) -> dict[str, Any]:
    return {
        "sensors": [camera(name) for name in passwords],
        "deepStream": {
            "pipelineConfigs": [{"id": name, "primaryModelConfigPath": {"configFile": "/c.txt"}} for name in passwords],
            "streams": [
                {"name": name, "configId": name, "uname": f"user-of-{name}", "password": password}
                for name, password in passwords.items()
            ],
        },
    }


@pytest.fixture
def spied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    python = tmp_path / "python"
    python.write_text(SPY.format(folder=tmp_path), encoding="utf-8")
    python.chmod(python.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setattr(sys, "executable", str(python))
    return tmp_path


def wait_for(folder: Path, name: str, part: str) -> None:
    limit = time.monotonic() + 60
    while not any(part in each.read_text(encoding="utf-8") for each in folder.glob(f"*.{name}")):
        assert time.monotonic() < limit, list(folder.iterdir())
        time.sleep(0.02)


@pytest.mark.slow
def test_no_process_is_given_the_password_of_another_pipeline(spied: Path) -> None:
    ended: list[Any] = []
    options = ServeOptions(state=spied / "state", recordings=spied / "recordings")
    pipelines = Pipelines(options, post=ended.append, send=lambda _: None)
    first = loads(json.dumps(document(One="CANARY1", Two="CANARY2"))).settings
    pipelines.configure(Settings(), first, 0.0)
    pipelines.act(0.0)
    for canary in ("CANARY1", "CANARY2"):
        wait_for(spied, "stdin", canary)
    second = document(One="CANARY1", Two="CANARY2")
    second["sensors"][1]["regionsOfInterest"] = [
        {"label": "a region of Two", "color": "#ff0000", "coordinates": [[0, 0], [1, 0], [1, 1]]}
    ]
    pipelines.configure(first, loads(json.dumps(second)).settings, 1.0)
    pipelines.act(1.0)
    wait_for(spied, "stdin", "a region of Two")

    for pid in {each.name.partition(".")[0] for each in spied.glob("*.stdin")}:
        texts = {each.suffix: each.read_text(encoding="utf-8") for each in spied.glob(f"{pid}.*")}
        sent = texts[".stdin"]
        own, other = ("One", "Two") if "CANARY1" in sent else ("Two", "One")
        assert f"user-of-{own}" in sent
        assert f"user-of-{other}" not in sent
        assert ("CANARY1" in sent) is not ("CANARY2" in sent)
        assert "CANARY" not in texts[".environ"] + texts[".argv"]
        assert ("a region of Two" in sent) is (own == "Two")
    pipelines.end(2.0)
    limit = time.monotonic() + 60
    while not pipelines.over:
        assert time.monotonic() < limit
        while ended:
            said = ended.pop(0)
            said.worker.heard(said, time.monotonic())
        pipelines.act(time.monotonic())
        time.sleep(0.02)


def test_an_archives_address_stays_with_who_fetches_it(spied: Path) -> None:
    text = json.dumps(document(One="x"))
    [pipeline] = loads(text).settings.pipelines
    plain = as_plain(pipeline)
    plain["archive"] = {"url": "https://h/m.zip?sig=CANARY", "sha256": None}
    orders = Orders(pipeline=without_archive(pipeline_of(plain)))
    assert "CANARY" not in orders.line()


def test_every_pipeline_comes_back_from_its_plain_data() -> None:
    pipelines = loads(json.dumps(good())).settings.pipelines
    assert len(pipelines) > 1
    for pipeline in pipelines:
        assert pipeline_of(json.loads(json.dumps(as_plain(pipeline)))) == pipeline


@given(st.builds(Pipeline, id=st.from_regex(r"[A-Za-z0-9]{1,9}", fullmatch=True), passthrough=st.text(min_size=1)))
def test_any_pipeline_comes_back_from_its_plain_data(pipeline: Pipeline) -> None:
    assert pipeline_of(json.loads(json.dumps(as_plain(pipeline)))) == pipeline


@pytest.mark.parametrize(
    ("key", "value"), [("id", 5), ("streams", [{}]), ("frame", {"width": "1", "height": 2}), ("osd", 1), ("crop", [])]
)
def test_plain_data_of_another_form_is_refused(key: str, value: Any) -> None:
    plain = as_plain(loads(json.dumps(document(One="x"))).settings.pipelines[0])
    with pytest.raises((KeyError, TypeError, ValueError)):
        pipeline_of({**plain, key: value})
