"""The state file, and what the hub is shown."""

import json
import logging
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from azda_runtime.supervisor.policy.state import WRITE_SECONDS, moment, reportable, without_secrets
from dsconfig.redaction import RUN

_log = logging.getLogger(__name__)

FILE = "health.json"

_REPORT_SECONDS = 5.0


class StateFile:
    """Writes the state when it changes, and now and then.

    Args:
        folder: Where the file is written.
        report: Shows the state to whoever looks.
    """

    def __init__(self, folder: Path, report: Callable[[Mapping[str, Any]], None]) -> None:
        self._file = folder / FILE
        self._report = report
        self._known: Any = None
        self._reported: Any = None
        self._write_at = self._report_at = float("-inf")
        self._failed = False

    def update(self, state: Mapping[str, Any], now: float) -> None:
        """Write and report, where that is due."""
        state = self.shown(state)
        shown = reportable(state)
        if shown != self._known or now >= self._write_at:
            self._known, self._write_at = shown, now + WRITE_SECONDS
            self._write({**state, "written": moment(time.time()), "monotonic": now})
        if shown != self._reported and now >= self._report_at:
            self._reported, self._report_at = shown, now + _REPORT_SECONDS
            self._report(shown)

    def shown(self, state: Mapping[str, Any]) -> dict[str, Any]:
        """A state as somebody may see it."""
        return without_secrets(state, lambda text: str(RUN.redacted(text)))

    def deadline(self) -> float:
        """When the next writing or reporting is due."""
        return min(self._write_at, float("inf") if self._known == self._reported else self._report_at)

    def _write(self, state: Mapping[str, Any]) -> None:
        partial = self._file.with_suffix(".json.new")
        try:
            partial.write_text(json.dumps(state, indent=1) + "\n", encoding="utf-8")
            partial.replace(self._file)
        except OSError as error:
            if not self._failed:
                _log.error("%s cannot be written: %s; the health check will fail", self._file, error.strerror)
            self._failed = True
        else:
            self._failed = False
