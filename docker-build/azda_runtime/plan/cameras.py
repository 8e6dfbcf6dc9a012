"""Whether a camera sends video: what is logged about it, and how long to wait before the next attempt."""

import logging
from dataclasses import dataclass
from enum import Enum
from typing import Any

_log = logging.getLogger(__name__)

# DeepStream's source connects anew when no frame came for so long: the first time, and at most.
SHORTEST_INTERVAL, _LONGEST_INTERVAL = 10, 60
_FIRST_REMINDER, _LONGEST_REMINDER = 60.0, 3600.0


class CameraStatus(Enum):
    """How a camera does."""

    WAITING = "waiting"  # no frame came yet
    LIVE = "live"
    GONE = "gone"


@dataclass(frozen=True, kw_only=True, slots=True)
class CameraState:
    """A camera, seen from outside.

    Attributes:
        status: How it does.
        problem: What its source said last; empty while it is live.
    """

    status: CameraStatus = CameraStatus.WAITING
    problem: str = ""

    def as_json(self) -> dict[str, Any]:
        """The state as plain data."""
        return {"state": self.status.value, "problem": self.problem}


class CameraWatch:
    """Watches one camera; times are in seconds on any clock that only grows.

    What changes is logged at once, what stays bad once in a while.

    Args:
        name: The sensor's.
        now: When it begins.
        pipeline: Whose it is.
    """

    def __init__(self, name: str, now: float, *, pipeline: str = "") -> None:
        self.state = CameraState()
        self.interval = SHORTEST_INTERVAL
        self._name = name
        self._extra = {"pipeline": pipeline} if pipeline else {}
        self._frames = 0
        self._heard = self._attempt = now
        self._reported = ""
        self._again = now
        self._pause = _FIRST_REMINDER

    def warned(self, problem: str, now: float) -> None:
        """Its source says what is wrong; the text holds no password."""
        self.state = CameraState(status=self.state.status, problem=problem)
        if self.state.status is not CameraStatus.LIVE or self._silent(now):
            self._complain(now)

    def saw(self, frames: int, now: float) -> None:
        """So many frames of it came so far."""
        if frames > self._frames:
            self._frames, self._heard, self._attempt = frames, now, now
            self.interval = SHORTEST_INTERVAL
            if self._reported:
                _log.info("The camera %s sends video now.", self._name, extra=self._extra)
                self._reported, self._pause = "", _FIRST_REMINDER
            self.state = CameraState(status=CameraStatus.LIVE)
            return
        if now - self._attempt >= self.interval:
            self._attempt = now
            self.interval = min(_LONGEST_INTERVAL, 2 * self.interval)
        if self._silent(now):
            self._complain(now)

    def _silent(self, now: float) -> bool:
        return now - self._heard >= SHORTEST_INTERVAL

    def _complain(self, now: float) -> None:
        status = CameraStatus.GONE if self._frames else CameraStatus.WAITING
        self.state = CameraState(status=status, problem=self.state.problem)
        reason = f": {self.state.problem.rstrip('.')}." if self.state.problem else "."
        line = f"The camera {self._name} sends no video{reason} The connection is retried."
        if line == self._reported and now < self._again:
            return
        if line == self._reported:
            self._pause = min(_LONGEST_REMINDER, 2 * self._pause)
        self._reported = line
        self._again = now + self._pause
        _log.warning("%s", line, extra=self._extra)
