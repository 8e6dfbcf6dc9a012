"""Libraries of our own C++, built once."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
Compile = Callable[..., Path]


@pytest.fixture(scope="session")
def compile_library(tmp_path_factory: pytest.TempPathFactory) -> Compile:
    """Build a shared library: `compile_library("parsers.cpp", "-DDEEPSTREAM_9")`."""
    folder = tmp_path_factory.mktemp("native")
    built: dict[tuple[str, ...], Path] = {}

    def compiled(source: str | Path, *options: str | Path, name: str | None = None) -> Path:
        key = (str(source), *map(str, options))
        if key not in built:
            target = folder / (name or f"lib{len(built)}.so")
            command = ["g++", "-shared", "-fPIC", "-g", f"-I{HERE}", "-o", target, HERE / source, *options]
            subprocess.run(list(map(str, command)), check=True, timeout=300)
            built[key] = target
        return built[key]

    return compiled


@pytest.fixture(scope="session")
def parsers(compile_library: Compile) -> Path:
    """`parsers.cpp`, as a user builds it for a release before 9.0."""
    return compile_library("parsers.cpp")


@pytest.fixture
def run_native(environment: dict[str, str]) -> Callable[..., Any]:
    """Run one of the simulator's programs: what it prints, as JSON. The library prints on its standard error."""

    def run(name: str, *arguments: object) -> Any:
        program = HERE.parent / "programs" / name
        command = [sys.executable, str(program), *map(str, arguments)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr + done.stdout
        return json.loads(done.stdout.splitlines()[-1])

    return run
