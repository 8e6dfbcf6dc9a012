"""When a recording begins, goes on in a new file, and ends: decided by the timestamps of its frames alone."""

from enum import Enum

from azda_runtime.settings.recording import RecordingOptions

_SECOND = 1_000_000_000
# Cameras keep time loosely: a key frame that comes a little early is on time. Less than a frame at 30 per second.
_EARLY = 20_000_000
_ROUNDING = 1_000_000


class Step(Enum):
    """What becomes of a frame."""

    SKIP = "skip"  # no file can begin with it
    OPEN = "open"  # a new file begins with it
    WRITE = "write"
    END = "end"  # the recording's time is over, and it is not part of it


class Cutter:
    """Cuts one recording.

    Args:
        options: May be replaced at any time: a length then holds from the next file on.
    """

    def __init__(self, options: RecordingOptions) -> None:
        self.options = options
        self._length = 0
        self._begin: int | None = None
        self._counted_from: int | None = None

    def step(self, time: int, *, is_key: bool) -> Step:
        """Decide about the next frame.

        Args:
            time: In nanoseconds, on the pipeline's clock.
            is_key: Whether it can be decoded without the ones before it.
        """
        limit = self.options.stop_after_seconds * _SECOND
        if limit and self._counted_from is not None and time - self._counted_from >= limit - _ROUNDING:
            return Step.END
        if not is_key:
            return Step.SKIP if self._begin is None else Step.WRITE
        if self._begin is not None and time < self._begin + self._length - _EARLY:
            return Step.WRITE
        self._begin = time
        self._length = self.options.segment_seconds * _SECOND
        if self._counted_from is None:
            self._counted_from = time
        return Step.OPEN

    @property
    def next_cut(self) -> int | None:
        """From when on the next file may begin, so that a key frame can be asked for; None while there is no file."""
        return None if self._begin is None else self._begin + self._length - _EARLY

    def is_late(self, time: int) -> bool:
        """Whether the key frame for the next file should have come."""
        return self.next_cut is None or time > self.next_cut

    def pause(self) -> None:
        """No frames come: the file is closed, and the next one begins with a key frame."""
        self._begin = None

    def renew(self) -> None:
        """Count the recording's time from the next file's or the current one's next frame on."""
        self._counted_from = None

    def count(self, time: int) -> None:
        """Count the recording's time from here, where nothing counts yet."""
        if self._counted_from is None and self._begin is not None:
            self._counted_from = time
