"""What a recording does, for whoever looks at the module's state."""

from dataclasses import dataclass
from enum import Enum
from typing import Any


class RecordingStatus(Enum):
    """What a pipeline's recorder does."""

    OFF = "off"
    STARTING = "starting"  # waits for a key frame
    RECORDING = "recording"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordingState:
    """A recorder, seen from outside.

    Attributes:
        status: What it does now.
        files: How many whole videos the last recording has written.
        problem: Why the last recording ended early, one sentence; empty when it did not.
    """

    status: RecordingStatus = RecordingStatus.OFF
    files: int = 0
    problem: str = ""

    def as_json(self) -> dict[str, Any]:
        """The state as plain data."""
        return {"state": self.status.value, "files": self.files, "problem": self.problem}
