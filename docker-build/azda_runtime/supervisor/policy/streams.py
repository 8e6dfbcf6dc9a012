"""Which of a pipeline's streams give frames, from counts that are looked at now and then."""

from collections import Counter
from collections.abc import Collection, Mapping

from azda_runtime.supervisor.policy.lifecycle import Phase

# A camera that gives nothing for so long is gone.
QUIET_SECONDS = 10.0


class StreamWatch:
    """Looks at the streams of one pipeline.

    Attributes:
        silent: The cameras that give nothing now.
        returned: How often each gave frames again after that.

    Args:
        cameras: The streams that come from cameras, by their sensors' names; a file cannot go.
        now: The time, in seconds that only grow.
    """

    def __init__(self, cameras: Collection[str], now: float) -> None:
        self._seen = dict.fromkeys(sorted(cameras), 0)
        self._moved = dict.fromkeys(self._seen, now)
        self.silent: tuple[str, ...] = ()
        self.returned = Counter[str]()

    def look(self, frames: Mapping[str, int], now: float) -> Phase:
        """Where the pipeline stands.

        Args:
            frames: How many frames of each stream were seen until now.
            now: The time.
        """
        for name, before in self._seen.items():
            count = frames.get(name, 0)
            if count != before:
                self._seen[name], self._moved[name] = count, now
                self.returned[name] += name in self.silent
        self.silent = tuple(name for name, moved in self._moved.items() if now - moved >= QUIET_SECONDS)
        if self._seen and len(self.silent) == len(self._seen) and not self._gives_files(frames):
            return Phase.RECONNECTING
        return Phase.PLAYING if any(frames.values()) else Phase.STARTING

    def _gives_files(self, frames: Mapping[str, int]) -> bool:
        return any(count for name, count in frames.items() if name not in self._seen)
