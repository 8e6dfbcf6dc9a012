"""Runs whole commands and reports what they took; shared by the benchmarks."""

import argparse
import json
import os
import statistics
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Run:
    """One finished command: wall time in seconds, peak memory of its largest process in bytes."""

    seconds: float
    peak: int


def run(words: Sequence[str], *, environment: dict[str, str] | None = None, folder: Path | None = None) -> Run:
    """Run a command to its end; a command that fails ends the benchmark with what it said."""
    # As an installed program runs: with the compiled modules that its first run leaves.
    settings = {name: text for name, text in (environment or os.environ).items() if name != "PYTHONDONTWRITEBYTECODE"}
    begin = time.perf_counter()
    child = subprocess.Popen(
        words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=settings, cwd=folder, text=True
    )
    assert child.stderr
    said = child.stderr.read()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"{' '.join(words)} ended with exit code {child.returncode}:\n{said[-2000:]}")
    return Run(seconds=time.perf_counter() - begin, peak=usage.ru_maxrss * 1024)


def in_turn(rounds: int, *commands: Callable[[], Run]) -> list[Run]:
    """Run commands in turn, A B A B …, so that drift hits all alike; give each one's median time and largest peak."""
    runs = [[command() for command in commands] for _ in range(rounds)]
    return [
        Run(seconds=statistics.median(r.seconds for r in column), peak=max(r.peak for r in column))
        for column in zip(*runs, strict=True)
    ]


def report(figures: dict[str, Any]) -> None:
    """Print the figures: as one JSON object with `--json`, else a line each."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", action="store_true")
    show(figures, as_json=parser.parse_args().json)


def show(figures: dict[str, Any], *, as_json: bool) -> None:
    """Print the figures, for benchmarks that have options of their own."""
    if as_json:
        print(json.dumps(figures, indent=2))
        return
    for name, figure in figures.items():
        print(f"{name}: {figure['value']:.4g} {figure['unit']}")


def figure(value: float, unit: str) -> dict[str, Any]:
    """A figure with its unit; ratios have the unit `ratio`."""
    return {"value": value, "unit": unit}
