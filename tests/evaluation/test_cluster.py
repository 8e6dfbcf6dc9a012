"""`evaluate --dask` on a real scheduler and two workers, one of which is killed in the middle."""

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from azdacli.cli.app import app
from tests.cli.schemas import checked
from tests.evaluation import blobs

PARSER = """\
import time

import numpy as np

model_type = 0
name = "slow"
labels = ["red", "green", "blue"]


def parse_det_model(config, raw_outputs):
    time.sleep(0.15)
    scores = raw_outputs["cov"].max(axis=(1, 2))
    ids = np.flatnonzero(scores > 0.1)
    boxes = np.tile([10.0, 10.0, 24.0, 24.0], (len(ids), 1)) + scores[ids, None]
    return boxes, ids, scores[ids], None
"""


@contextlib.contextmanager
def started(*words: object) -> Iterator["subprocess.Popen[bytes]"]:
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", *map(str, words)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def wait_for(condition: Any, seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it takes too long"
        time.sleep(0.05)


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[tuple[str, list["subprocess.Popen[bytes]"]]]:
    """The address of a scheduler, and its two workers of one thread each."""
    file = tmp_path / "scheduler.json"
    local = ("--host", "127.0.0.1", "--no-dashboard")
    with contextlib.ExitStack() as stack:
        stack.enter_context(started("distributed.cli.dask_scheduler", *local, "--port", 0, "--scheduler-file", file))
        wait_for(lambda: file.is_file() and file.read_text().strip().endswith("}"))
        address = json.loads(file.read_text())["address"]
        words = ("distributed.cli.dask_worker", address, *local, "--nthreads", 1, "--no-nanny")
        words = (*words, "--local-directory", tmp_path / "workers")
        yield address, [stack.enter_context(started(*words)) for _ in range(2)]


@pytest.fixture
def labelled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("AZDA_CACHE_DIR", str(tmp_path / "cache"))
    blobs.write_set(tmp_path, 40)
    config = blobs.write_config(tmp_path / "model", {"output-tensor-meta": "1"})
    config.write_text(config.read_text().replace("network-type=0", "network-type=100"))
    (tmp_path / "model" / "parser.py").write_text(PARSER)
    return tmp_path


def words(folder: Path, *more: object) -> list[str]:
    line = ["evaluate", folder / "model", "--images", folder / "images", "--truth", folder / "truth.json", *more]
    return [*map(str, line), "--json"]


@pytest.mark.slow
def test_a_killed_worker_changes_no_bit_of_the_results(
    cluster: tuple[str, list["subprocess.Popen[bytes]"]], labelled: Path
) -> None:
    address, workers = cluster
    wait_for(lambda: _threads(address) == 2)
    command = [sys.executable, "-m", "azdacli", *words(labelled, "--dask", address)]
    command += ["--save-results", str(labelled / "cluster.json")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        wait_for(lambda: _done(labelled) >= 1 or process.poll() is not None)
        before = _done(labelled)
        workers[0].kill()
        printed, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors
    assert 1 <= before < 40, "the worker dies in the middle"
    done = CliRunner().invoke(app, words(labelled, "--jobs", 1, "--save-results", labelled / "one.json"))
    assert (labelled / "cluster.json").read_bytes() == (labelled / "one.json").read_bytes()
    assert checked("evaluate", printed) == checked("evaluate", done.stdout)
    assert len(json.loads((labelled / "one.json").read_text())) > 40


@pytest.mark.slow
def test_what_a_worker_cannot_do_is_said_as_here(
    cluster: tuple[str, list["subprocess.Popen[bytes]"]], labelled: Path
) -> None:
    address, _ = cluster
    wait_for(lambda: _threads(address) == 2)
    (labelled / "model" / "parser.py").write_text("import os\nos._exit(3)\n")
    command = [sys.executable, "-m", "azdacli", *words(labelled, "--dask", address)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    here = CliRunner().invoke(app, words(labelled, "--jobs", 1))
    assert json.loads(done.stdout)["error"] == json.loads(here.stdout)["error"]
    assert done.returncode == here.exit_code == 4


@pytest.mark.slow
def test_an_address_where_no_scheduler_is_ends_in_one_sentence(labelled: Path) -> None:
    command = [sys.executable, "-m", "azdacli", *words(labelled, "--dask", "nowhere://x")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    answer = json.loads(done.stdout)["error"]
    assert (done.returncode, "no Dask scheduler answers at 'nowhere://x'" in answer["message"]) == (3, True), answer
    assert "Traceback" not in done.stderr


def test_jobs_and_a_cluster_are_one_too_many(labelled: Path) -> None:
    done = CliRunner().invoke(app, words(labelled, "--dask", "tcp://127.0.0.1:1", "--jobs", 2))
    assert done.exit_code == 3
    assert "Give one of them" in json.loads(done.stdout)["error"]["hint"]


def _done(folder: Path) -> int:
    """How many pictures the journal has."""
    return sum(path.read_text().count('"event": "picture"') for path in (folder / "cache").rglob("*.jsonl"))


def _threads(address: str) -> int:
    """How many threads the cluster has, asked in a process of its own."""
    code = f"import distributed; c = distributed.Client({address!r}); print(sum(c.nthreads().values())); c.close()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ)
    return int(done.stdout)
