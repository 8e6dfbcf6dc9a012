"""Whether a pipeline shall record, also when its process starts again in the middle."""

from azda_runtime.settings.recording import RecordingOptions


class Recording:
    """One pipeline's request to record, which ends by itself."""

    def __init__(self) -> None:
        self._since: float | None = None
        self._seconds = 0

    def want(self, *, wanted: bool, options: RecordingOptions, now: float) -> None:
        """Begin, anew where one runs, or end.

        Args:
            wanted: Whether to record.
            options: They say after how many seconds it ends by itself.
            now: Seconds that only grow.
        """
        self._since = now if wanted else None
        self.cut(options)

    def cut(self, options: RecordingOptions) -> None:
        """Take other options; what records ends by these."""
        self._seconds = options.stop_after_seconds

    def wanted(self, now: float) -> bool:
        """Whether to record now."""
        return self._since is not None and not self.expired(now)

    def expired(self, now: float) -> bool:
        """Whether it has just to end."""
        return self._since is not None and self._seconds > 0 and now - self._since >= self._seconds
