"""`python3 -m azda_runtime serve` as a device runs it: a settings file, a state folder, messages in a file."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tests.simulate.conftest import wait_for

# PR_SET_CHILD_SUBREAPER, then the rest of the command line.
INHERIT = "import ctypes, os, sys; ctypes.CDLL(None).prctl(36, 1, 0, 0, 0); os.execv(sys.argv[1], sys.argv[1:])"


class Served:
    """A supervisor that runs.

    Args:
        folder: Holds its settings, state, messages and story.
        environment: Of the process.
        program: What Python runs.
    """

    def __init__(
        self, folder: Path, environment: dict[str, str], program: Sequence[str] = ("-m", "azda_runtime")
    ) -> None:
        self._program = program
        self.settings = folder / "settings.json"
        self.messages = folder / "messages.jsonl"
        self.state_folder = folder / "state"
        self._log = folder / "story.txt"
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, *words: object, inherits: bool = False) -> None:
        """Start it.

        Args:
            words: More options.
            inherits: Whether it gets processes that lost their parents, as the first process of a container does.
        """
        command: list[object] = [sys.executable, "-c", INHERIT] if inherits else []
        command += [sys.executable, *self._program, "serve", "--settings", self.settings]
        command += ["--messages", self.messages, "--state", self.state_folder, "--rtsp-port", 0]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [*map(str, command), *map(str, words)], env=self._environment, stderr=log, stdin=subprocess.DEVNULL
            )

    @property
    def pid(self) -> int:
        assert self._process
        return self._process.pid

    @property
    def log(self) -> str:
        return self._log.read_text(encoding="utf-8")

    @property
    def peak(self) -> int:
        """The most memory that it had, in bytes."""
        status = Path(f"/proc/{self.pid}/status").read_text(encoding="utf-8")
        [line] = [line for line in status.splitlines() if line.startswith("VmHWM:")]
        return int(line.split()[1]) * 1024

    def configure(self, document: Any) -> None:
        """Replace the settings in one step, as an editor does."""
        text = document if isinstance(document, str | bytes) else json.dumps(document)
        new = self.settings.with_suffix(".new")
        new.write_bytes(text.encode() if isinstance(text, str) else text)
        new.replace(self.settings)

    @property
    def state(self) -> dict[str, Any]:
        try:
            found: dict[str, Any] = json.loads((self.state_folder / "health.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {"pipelines": [], "problems": []}
        return found

    def pipeline(self, name: str) -> dict[str, Any]:
        return next((each for each in self.state["pipelines"] if each["id"] == name), {})

    def frames(self, name: str) -> list[int]:
        """The frames that a pipeline told of, in their order."""
        if not self.messages.exists():
            return []
        whole = self.messages.read_text(encoding="utf-8").rpartition("\n")[0]
        reported = [each for line in whole.splitlines() for each in json.loads(line)["inferences"]]
        return [
            each["sourceInfo"]["frameId"] for each in reported if each["id"] == name and each["type"] == "detection"
        ]

    def wait(self, condition: Callable[[], Any]) -> None:
        """Wait until something is so; the supervisor must live."""

        def met() -> bool:
            assert self._process
            assert self._process.poll() is None, self.log
            return bool(condition())

        try:
            wait_for(met, 300)  # several interpreters start, on a machine that may have other work
        except AssertionError:
            raise AssertionError(f"{json.dumps(self.state, indent=1)}\n{self.log}") from None

    def wait_until(self, name: str, state: str) -> dict[str, Any]:
        self.wait(lambda: self.pipeline(name).get("state") == state)
        return self.pipeline(name)

    def health(self) -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, "-m", "azda_runtime", "health", "--state", str(self.state_folder)],
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout.strip()

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send a signal, and wait for the exit code."""
        assert self._process
        self._process.send_signal(number)
        return self._process.wait(60)

    def clean(self) -> None:
        if self._process and self._process.poll() is None:
            self._process.kill()
            self._process.wait()


def is_alive(pid: int) -> bool:
    """Whether a process is there and no zombie."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "Z" not in Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
