"""The state file of a role that runs no pipelines, for the image's health check."""

import contextlib
import time
from collections.abc import Sequence
from pathlib import Path

from azda_runtime.supervisor.policy.state import document
from azda_runtime.supervisor.state_file import StateFile


class RoleState:
    """Says that a role does its work.

    Args:
        folder: Where the file is; made where it does not exist.
        role: As `azda_runtime health` knows it.
        troubles: What does not work, each a sentence; empty when all does.

    Attributes:
        SECONDS: So often `write` is to be called.
    """

    SECONDS = 5

    def __init__(self, folder: Path, role: str, troubles: Sequence[str] = ()) -> None:
        with contextlib.suppress(OSError):  # the state file says so when it is written
            folder.mkdir(parents=True, exist_ok=True)
        self._file = StateFile(folder, lambda _state: None)
        self._role = role
        self._troubles = [{"what": role, "problem": each, "severity": "error"} for each in troubles]
        self._since = time.time()

    def write(self) -> None:
        """Write that it lives."""
        state = document((), (), since=self._since, configured=True, enabled=True, troubles=self._troubles)
        self._file.update({"role": self._role, **state}, time.monotonic())
