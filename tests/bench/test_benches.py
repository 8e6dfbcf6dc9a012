"""Every benchmark runs, small: one that breaks is found here, and not when its figures are needed."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
BENCH = ROOT / "bench"
SHARED = {"measure.py", "simulated.py"}
BENCHES = [
    pytest.param("buffer.py", ("--messages", "2000", "--cuts", "2"), {}),
    pytest.param("business_logic.py", ("--messages", "100"), {}),
    pytest.param("context.py", (), {"AZDA_BENCH_BYTES": "1000000", "AZDA_BENCH_ROUNDS": "1"}, marks=pytest.mark.engine),
    pytest.param("endurance.py", ("--seconds", "12"), {}, marks=pytest.mark.gstreamer),
    pytest.param("evaluate.py", ("--pictures", "8", "--rounds", "1"), {}),
    pytest.param("growth.py", ("--sizes", "10,20,40", "--rounds", "1"), {}),
    pytest.param(
        "pipeline.py",
        ("--frames", "2", "--rounds", "1", "--axis", "objects"),
        {},
        marks=pytest.mark.gstreamer,
    ),
    pytest.param("manifest.py", (), {"AZDA_BENCH_ROUNDS": "1"}),
    pytest.param("model.py", ("--megabytes", "8", "--rounds", "1"), {}),
    pytest.param(
        "module.py",
        ("--seconds", "5", "--rounds", "1"),
        {},
        marks=[pytest.mark.broker, pytest.mark.gstreamer],
    ),
    pytest.param(
        "publish.py",
        ("--model", "1", "--base", "1", "--rounds", "1"),
        {},
        marks=[pytest.mark.engine, pytest.mark.registry],
    ),
    pytest.param("runtime.py", ("--frames", "8", "--rounds", "1"), {}, marks=pytest.mark.gstreamer),
    pytest.param("elements.py", ("--frames", "8", "--rounds", "1"), {}, marks=pytest.mark.gstreamer),
    pytest.param("startup.py", (), {"AZDA_BENCH_ROUNDS": "1"}),
    pytest.param("uploader.py", ("--megabytes", "9", "--rounds", "1"), {}, marks=pytest.mark.azurite),
    pytest.param("validate.py", (), {"AZDA_BENCH_ROUNDS": "1", "AZDA_BENCH_BYTES": "8388608"}),
]


def run(name: str, *words: str, **environment: str) -> Any:
    done = subprocess.run(
        [sys.executable, str(BENCH / name), *words, "--json"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, **environment},
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "words", "environment"), BENCHES)
def test_a_bench_prints_one_json_object(name: str, words: tuple[str, ...], environment: dict[str, str]) -> None:
    figures = run(name, *words, **environment)
    assert figures
    for figure in figures.values():
        assert set(figure) in ({"value", "unit"}, {"seconds", "exponent", "last"})


@pytest.mark.slow
def test_the_growth_is_drawn_as_multiples_of_the_smallest_size(tmp_path: Path) -> None:
    run(
        "growth.py",
        "--subject",
        "manifest_modules",
        "--sizes",
        "5,10,20",
        "--rounds",
        "1",
        "--plot",
        str(tmp_path / "a.svg"),
    )
    drawn = (tmp_path / "a.svg").read_text()
    assert "manifest modules: exponent" in drawn
    assert "size / smallest size" in drawn


def test_every_bench_is_run_here() -> None:
    assert {param.values[0] for param in BENCHES} == {path.name for path in BENCH.glob("*.py")} - SHARED


@pytest.mark.slow
@pytest.mark.parametrize("subject", ["validate_classes", "manifest_modules", "manifest_strings", "create_files"])
def test_what_was_worse_than_linear_stays_linear(subject: str) -> None:
    found = run("growth.py", "--subject", subject, "--rounds", "2")[subject]
    assert len(found["seconds"]) >= 3
    assert found["last"] < 1.6, found
