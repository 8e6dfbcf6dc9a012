"""Which tests run which line: measured once without any change, and kept until a file changes."""

import ast
import hashlib
import itertools
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import coverage
import pytest

from mutation.forked import Runner

# Seconds for tests that do not run the line in their own process, the quickest first; or half of all tests' time, since
# on a busy machine each takes several times as long.
PATIENCE = 30.0
STARTS = ("subprocess.Popen", "os.posix_spawn", "os.fork", "os.exec")


class Recorder:
    """Notes for each test the lines that it runs, how long it takes, and whether it starts a process."""

    writes_bytecode = True

    def __init__(self, file: Path) -> None:
        self.file = file
        self.seconds: dict[str, float] = {}
        self.starters: set[str] = set()
        self.failed: set[str] = set()
        self.current = ""
        self.coverage = coverage.Coverage(data_file=None, source=["azdacli", "docker-build"], config_file=False)
        self.coverage.set_option("run:core", "ctrace")  # sys.monitoring has no contexts

    def pytest_sessionstart(self) -> None:
        """Begin."""
        sys.addaudithook(lambda event, _: self.starters.add(self.current) if event in STARTS else None)
        self.coverage.start()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """Note one test."""
        self.current, begin = item.nodeid, time.monotonic()
        self.coverage.switch_context(item.nodeid)
        result = yield
        self.coverage.switch_context("")
        self.seconds[item.nodeid] = time.monotonic() - begin
        return result

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note a failure."""
        if report.failed:
            self.failed.add(report.nodeid)

    def pytest_sessionfinish(self) -> None:
        """Write it all down."""
        self.coverage.stop()
        data = self.coverage.get_data()
        here = Path.cwd()
        lines = {
            str(Path(file).relative_to(here)): {
                line: [each for each in contexts if each] for line, contexts in data.contexts_by_lineno(file).items()
            }
            for file in data.measured_files()
        }
        foreign = [
            name
            for name, module in sys.modules.items()
            if "site-packages" in (getattr(module, "__file__", None) or "")
            and str(here) not in (getattr(module, "__file__", None) or "")
        ]
        good = {test: seconds for test, seconds in self.seconds.items() if test not in self.failed}
        answer = {"lines": lines, "seconds": good, "starters": sorted(self.starters), "modules": foreign}
        answer["failed"] = sorted(self.failed)
        self.file.write_text(json.dumps(answer), encoding="utf-8")


@dataclass(frozen=True)
class Table:
    """What the recorder noted."""

    lines: dict[str, dict[str, list[str]]]
    durations: dict[str, float]
    starters: frozenset[str]
    modules: tuple[str, ...]
    failed: tuple[str, ...]  # such as need the checkout itself: they are not asked

    @classmethod
    def of(cls, runner: Runner, cache: Path) -> "Table | None":
        """Measure it, or read what was measured; none where no test passes."""
        file = cache / f"{_fingerprint(runner)}.json"
        if not file.exists():
            cache.mkdir(parents=True, exist_ok=True)
            fresh = runner.scratch / "table.json"
            runner.fork(runner.tests, [Recorder(fresh)], limit=1800)
            if not fresh.exists():
                return None
            file.write_bytes(fresh.read_bytes())
        noted: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        starters, modules, failed = (noted[name] for name in ("starters", "modules", "failed"))
        return cls(noted["lines"], noted["seconds"], frozenset(starters), tuple(modules), tuple(failed))

    def seconds(self, tests: list[str]) -> float:
        """How long the tests took, measuring included."""
        return sum(self.durations[test] for test in tests)

    def stages(self, file: Path, line: int) -> Iterator[list[str]]:
        """The tests to ask about a line, the likeliest first."""
        lines = self.lines.get(str(file), {})
        touching = {test for tests in lines.values() for test in tests}
        first = touching if _runs_once(file, line) else set(lines.get(str(line), []))
        yield self._quickest(first)
        rest = set(self.durations) if _runs_once(file, line) else touching | self.starters
        yield self._quickest(rest - first, max(PATIENCE, self.seconds([*self.durations]) / 2))

    def _quickest(self, tests: set[str], seconds: float = float("inf")) -> list[str]:
        order = sorted(tests & self.durations.keys(), key=lambda test: self.durations[test])
        spent = itertools.accumulate(self.durations[test] for test in order)
        return [test for test, sofar in zip(order, spent, strict=True) if sofar <= seconds]


def _runs_once(file: Path, line: int) -> bool:
    """Whether a line runs when its file is imported, or its answer is kept: in whichever test happened to be first."""
    return line not in _often(file.read_text(encoding="utf-8"))


@lru_cache(maxsize=8)
def _often(text: str) -> frozenset[int]:
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return frozenset()
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    often: set[int] = set()
    for function in functions:
        often.update(range(function.body[0].lineno, (function.end_lineno or 0) + 1))
    for function in functions:
        if any("cache" in ast.unparse(each) for each in function.decorator_list):
            often.difference_update(range(function.lineno, (function.end_lineno or 0) + 1))
    return frozenset(often)


def _fingerprint(runner: Runner) -> str:
    digest = hashlib.sha256(repr((runner.tests, runner.marks, sys.version_info[:2])).encode())
    for folder in ("azdacli", "docker-build", "templates", "tests"):
        for file in sorted(Path(folder).rglob("*")):
            if file.is_file() and "__pycache__" not in file.parts:
                digest.update(f"{file}\0".encode())
                digest.update(file.read_bytes())
    return digest.hexdigest()[:16]
