"""A module of IoT Edge in a process of its own, which a test gives commands."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from support.edge_hub import EdgeHub, until

ROOT = Path(__file__).parents[3]
PROGRAM = Path(__file__).parent / "edge_module.py"
QUICK = {"first_pause": 0.2, "longest_pause": 0.5, "report_pause": 0.3, "retry_pause": 0.5}


class Module:
    """The module's process, and what it told so far."""

    def __init__(
        self, hub: EdgeHub, *, packages: Path | None = None, buffer: Path | None = None, **limits: Any
    ) -> None:
        self.events: list[dict[str, Any]] = []
        path = [str(ROOT / "docker-build"), *([str(packages)] if packages else [])]
        environment = {
            **os.environ,
            **hub.environment(),
            "PYTHONPATH": os.pathsep.join(path),
            "PYTHONWARNINGS": "error::ResourceWarning",
        }
        command = hub.namespace.inside(
            [sys.executable, PROGRAM, json.dumps({**QUICK, **limits}), *([buffer] if buffer else [])]
        )
        self._log = hub.root / "module.log"
        with self._log.open("a") as log:
            self.process = subprocess.Popen(
                command, env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log
            )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.until("opened")

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self.events.append(json.loads(line))

    def do(self, **command: Any) -> None:
        """Give it a command."""
        assert self.process.stdin
        self.process.stdin.write(json.dumps(command) + "\n")
        self.process.stdin.flush()

    def all(self, kind: str) -> list[Any]:
        """What was told of a kind, in order."""
        return [event[kind] for event in [*self.events] if kind in event]

    def until(self, kind: str, wanted: Any = None) -> Any:
        """Wait for an event of a kind (and a value, or for which a function says yes), and return its value."""

        def found() -> list[Any]:
            says: Callable[[Any], bool] = wanted if callable(wanted) else lambda value: wanted in (None, value)
            return [value for value in self.all(kind) if says(value)]

        return until(found)[0]

    def lines(self, part: str) -> list[str]:
        """The lines of the story that hold a text."""
        return [line for line in self.all("reported") if part in line]

    @property
    def errors(self) -> str:
        """What it wrote to standard error."""
        return self._log.read_text()

    def end(self) -> int:
        """Wait for its end, and return its exit code."""
        code = self.process.wait(240)
        self._reader.join()
        return code

    def close(self) -> None:
        """End it if it still runs."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._reader.join()
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe
            pipe.close()
