"""When a process that fetches an archive is given up, whatever it hangs on: a server that trickles, or its own bug."""

from azda_runtime.models.errors import ModelError
from azda_runtime.models.limits import Limits


class FetchWatch:
    """Follows what such a process reports.

    Args:
        limits: Bounds of time.
        now: The time, as in all methods: seconds that only grow.
    """

    def __init__(self, limits: Limits, now: float) -> None:
        self._limits = limits
        self._end = now + limits.patience + limits.window
        self._attempt = 0
        self._arrived = self._before = 0
        self._window = now
        self._unpacking = False

    def progress(self, attempt: int, arrived: int, now: float) -> None:
        """Take the number of an attempt, and how many bytes of it have arrived."""
        if attempt != self._attempt:
            self._attempt, self._before, self._window = attempt, 0, now
        self._arrived = arrived

    def unpacks(self, now: float) -> None:
        """Take that the archive is here."""
        self._unpacking, self._end = True, now + self._limits.unpacking

    def overdue(self, now: float) -> ModelError | None:
        """Why it is given up; None while it is not."""
        limits = self._limits
        if self._unpacking:
            if now < self._end:
                return None
            hint = "Leave out what the model does not need."
            return ModelError(f"The archive was not unpacked after {limits.unpacking:g} seconds.", hint=hint)
        if now >= self._end:
            message = f"The archive was not there after {limits.patience:g} seconds."
            return ModelError(message, hint="Bring it nearer to the device.", passing=True)
        if now - self._window < limits.window:
            return None
        if self._arrived - self._before < limits.slowest * limits.window:
            message = (
                f"The archive's server gave less than {limits.slowest} bytes a second for {limits.window:g} seconds."
            )
            return ModelError(message, hint="Check the server, and the device's way to it.", passing=True)
        self._before, self._window = self._arrived, now
        return None
