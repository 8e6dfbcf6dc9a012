"""How often messages about a stream are sent."""

_NANOSECONDS = 1_000_000_000


class Rate:
    """Lets through at most so many frames per second of each stream, by the frames' own times.

    Args:
        per_second: 0 lets everything through.
    """

    def __init__(self, per_second: float) -> None:
        self._pause = int(_NANOSECONDS / per_second) if per_second > 0 else 0
        self._last: dict[str, int] = {}

    def allows(self, sensor: str, time: int) -> bool:
        """Whether this frame's message is due; the frame is counted when it is.

        Args:
            sensor: The stream.
            time: The frame's, in nanoseconds; a time that runs backwards starts anew.
        """
        last = self._last.get(sensor)
        if last is not None and 0 <= time - last < self._pause:
            return False
        # Due times stay on their grid, so that 30 frames per second at a rate of 20 do not become 15.
        late = 0 if last is None or not self._pause else (time - last) % self._pause
        regular = last is not None and 0 <= time - last < 2 * self._pause
        self._last[sensor] = time - late if regular else time
        return True
