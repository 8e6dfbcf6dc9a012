"""How far a download is, and when it is too much or takes too long."""

import time
from collections.abc import Callable
from pathlib import Path

from azda_runtime.models.errors import ModelError
from azda_runtime.models.limits import Limits
from azda_runtime.models.space import check_space

# Between two looks at the disk, and two reports of how much has arrived.
_LOOK_BYTES = 64 * 1024**2
_REPORT_SECONDS = 1.0

Report = Callable[[int, int], None]


class Progress:
    """Counts what arrives, and ends a download that is too large or takes too long.

    Attributes:
        attempt: The number of the attempt, from 1.

    Args:
        folder: Where the archive is written.
        limits: Bounds of size and time.
        report: Gets the attempt's number and how many bytes of it have arrived.
    """

    def __init__(self, folder: Path, limits: Limits, report: Report) -> None:
        self.attempt = 0
        self._folder = folder
        self._limits = limits
        self._report = report
        self._end = time.monotonic() + limits.patience
        self._arrived = self._looked = 0
        self._reported = 0.0

    def begin(self) -> None:
        """Begin an attempt."""
        self.attempt += 1
        self._arrived = self._looked = 0
        self._emit(time.monotonic())

    def check(self) -> None:
        """Raise when the time is over."""
        if time.monotonic() > self._end:
            raise ModelError(
                f"The archive was not there after {self._limits.patience:g} seconds.",
                hint="Bring it nearer to the device.",
                passing=True,
            )

    def count(self, size: int) -> None:
        """Take that bytes have arrived."""
        self.check()
        self._arrived += size
        if self._arrived > self._limits.download:
            raise too_large(self._limits)
        if self._arrived - self._looked >= _LOOK_BYTES:
            self._looked = self._arrived
            check_space(self._folder, size=_LOOK_BYTES, files=1, limits=self._limits)
        if (now := time.monotonic()) - self._reported >= _REPORT_SECONDS:
            self._emit(now)

    def _emit(self, now: float) -> None:
        self._reported = now
        self._report(self.attempt, self._arrived)


def too_large(limits: Limits) -> ModelError:
    """The failure of an archive with too many bytes."""
    return ModelError(
        f"The archive is larger than {limits.download} bytes.", hint="Leave out what the model does not need."
    )
