"""Runs tests in a fork of this process, in which everything foreign that they import is loaded already."""

import contextlib
import importlib
import os
import signal
import sys
import time
import traceback
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest


class Chosen:
    """Keeps the chosen tests alone, the quickest first: the first failure ends the run."""

    def __init__(self, tests: Sequence[str]) -> None:
        self.order = {test: place for place, test in enumerate(tests)}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Leave out the others."""
        items[:] = sorted((item for item in items if item.nodeid in self.order), key=lambda i: self.order[i.nodeid])


@dataclass(frozen=True)
class Runner:
    """The tests of a package, in the current folder."""

    tests: tuple[str, ...]
    marks: str
    scratch: Path

    @property
    def output(self) -> Path:
        """Where the last run's output is."""
        return self.scratch / "printed"

    def printed(self) -> str:
        """The end of what the last run printed."""
        return self.output.read_text(encoding="utf-8", errors="replace")[-3000:]

    def warm(self, modules: Collection[str]) -> None:
        """Load what the tests import of others, once for all forks."""
        for name in modules:
            with contextlib.suppress(Exception):
                importlib.import_module(name)

    def run(self, tests: Sequence[str], limit: float) -> str:
        """Run the named tests; `passed`, `failed` or `late`."""
        if not tests:
            return "passed"
        files = sorted({test.partition("::")[0] for test in tests})
        return self.fork([*files, "-x"], [Chosen(tests)], limit)

    def fork(self, arguments: Sequence[str], plugins: Sequence[object], limit: float) -> str:
        """Run pytest in a fork, and end whatever it started."""
        child = os.fork()
        if child == 0:
            self._in_child(arguments, plugins)
        end = time.monotonic() + limit
        outcome = "late"
        while time.monotonic() < end:
            ended, status = os.waitpid(child, os.WNOHANG)
            if ended:
                outcome = "passed" if os.waitstatus_to_exitcode(status) == 0 else "failed"
                break
            time.sleep(0.02)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)
        if outcome == "late":
            os.waitpid(child, 0)
        return outcome

    def _in_child(self, arguments: Sequence[str], plugins: Sequence[object]) -> None:
        code = 3
        try:
            os.setsid()
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            printed = os.open(self.output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            os.dup2(printed, 1)
            os.dup2(printed, 2)
            os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
            # Bytecode is written in the run without a change alone: two changes of a file within one second and of
            # one size would pass for each other.
            sys.dont_write_bytecode = not any(getattr(plugin, "writes_bytecode", False) for plugin in plugins)
            options = ["-q", "-p", "no:cacheprovider", "--hypothesis-profile=few inputs"]
            options += [f"--basetemp={self.scratch / 'tmp'}", "-m", self.marks]
            options += [
                "-W",
                "ignore::pytest.PytestAssertRewriteWarning",
            ]  # plugins are loaded before they are rewritten
            code = int(pytest.main([*options, *arguments], plugins=list(plugins)))
        except BaseException:  # noqa: BLE001 # the fork ends here, whatever it is
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
