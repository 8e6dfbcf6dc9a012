"""What the uploader has done and what is wrong, for the log, the state and the health check; any thread may ask."""

import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from azda_runtime.supervisor.policy.state import document, moment
from azda_runtime.supervisor.policy.verdict import UPLOADER


class Progress:
    """Counts, and remembers what does not work now."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._since = time.time()
        self._counts = {"uploaded": 0, "uploadedBytes": 0, "dropped": 0, "droppedBytes": 0}
        self._waiting = (0, 0)
        self._last: float | None = None
        self._troubles: dict[str, dict[str, str]] = {}
        self._busy: set[Path] = set()

    def uploaded(self, size: int) -> None:
        """Count a file that is stored and confirmed."""
        with self._lock:
            self._counts["uploaded"] += 1
            self._counts["uploadedBytes"] += size
            self._last = time.time()

    def dropped(self, size: int) -> None:
        """Count a file that went without having been uploaded; returns nothing."""
        with self._lock:
            self._counts["dropped"] += 1
            self._counts["droppedBytes"] += size

    def waiting(self, files: int, size: int) -> None:
        """Say how much there is to upload."""
        with self._lock:
            self._waiting = (files, size)

    def trouble(self, what: str, problem: str, *, hint: str = "", normal: bool = False) -> None:
        """Say what does not work; normal is what passes by itself, and is no ill health."""
        severity = "warning" if normal else "error"
        with self._lock:
            self._troubles[what] = {"what": what, "problem": problem, "severity": severity, "hint": hint}

    def works(self, what: str) -> None:
        """Say that it works again."""
        with self._lock:
            self._troubles.pop(what, None)

    def begin(self, path: Path) -> None:
        """Say that a file is being uploaded."""
        with self._lock:
            self._busy.add(path)

    def end(self, path: Path) -> None:
        """Say that it is not any more."""
        with self._lock:
            self._busy.discard(path)

    @property
    def busy(self) -> frozenset[Path]:
        """What is being uploaded."""
        with self._lock:
            return frozenset(self._busy)

    def state(self) -> Mapping[str, Any]:
        """All of it, as the health check reads it."""
        with self._lock:
            files, size = self._waiting
            uploads = {**self._counts, "waiting": files, "waitingBytes": size}
            if self._last is not None:
                uploads["lastUploaded"] = moment(self._last)  # type: ignore[assignment] # a time among the counts
            troubles = list(self._troubles.values())
        state = document((), (), since=self._since, configured=True, enabled=True, troubles=troubles)
        return {"role": UPLOADER, "uploads": uploads, **state}
