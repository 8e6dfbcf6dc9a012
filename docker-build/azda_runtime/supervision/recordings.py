"""Whether a pipeline shall record, also when its process starts again in the middle."""

from azda_runtime.settings.recording import RecordingOptions


class Recording:
    """One pipeline's wish to record, which ends by itself."""

    def __init__(self) -> None:
        self._until: float | None = None

    def want(self, wanted: bool, options: RecordingOptions, now: float) -> None:
        """Begin or end.

        Args:
            wanted: Whether to record.
            options: They say after how many seconds it ends by itself.
            now: Seconds that only grow.
        """
        after = options.stop_after_seconds
        self._until = (now + after if after else float("inf")) if wanted else None

    def wanted(self, now: float) -> bool:
        """Whether to record now."""
        return self._until is not None and now < self._until

    def expired(self, now: float) -> bool:
        """Whether it has just to end."""
        return self._until is not None and now >= self._until
