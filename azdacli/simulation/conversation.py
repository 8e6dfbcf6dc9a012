"""Reads what the simulator's process says on both streams: bounded, for a parser may print without end."""

import json
import queue
import threading
from collections.abc import Callable, Mapping
from typing import IO, Any

from azdacli.errors import SimulationError

# A model is loaded before the first news; afterwards there is news every quarter of a second.
_START_SECONDS = 300.0
_SILENCE_SECONDS = 20.0
_LONGEST_NEWS = 1024 * 1024
_LONGEST_LINE = 8 * 1024
_MOST_SHOWN = 512 * 1024


class Conversation:
    """Follows a process to its end.

    Args:
        news: Its standard output, lines of JSON.
        log: Its standard error.
        say: Gets the lines of that, as many as are shown.
    """

    def __init__(self, news: IO[str], log: IO[str], say: Callable[[str], None]) -> None:
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._say = say
        self._shown = self._hidden = 0
        self._listener = threading.Thread(target=self._forward, args=(news,), daemon=True)
        self._listener.start()
        self._notifier = threading.Thread(target=self._notify, args=(log,), daemon=True)
        self._notifier.start()

    def listen(self, news: Callable[[Any], None]) -> Mapping[str, Any] | None:
        """Hand on progress until the child ends; returns its report, None when there was none.

        Raises:
            SimulationError: It said nothing for too long, or nothing that can be understood.
        """
        report, patience = None, _START_SECONDS
        while (line := self._next(patience)) is not None:
            reported = _understood(line)
            patience = _SILENCE_SECONDS
            if reported["event"] == "end":
                report = reported["pipelines"]
            else:
                news(reported)
        self._notifier.join(1)  # somebody that the parser started may hold the stream open
        if self._hidden:
            self._say(f"warning: {self._hidden} more lines were printed, which are not shown")
            self._hidden = 0
        return report

    def _next(self, patience: float) -> str | None:
        try:
            return self._lines.get(timeout=patience)
        except queue.Empty:
            raise SimulationError(
                f"the pipeline reported nothing for {patience:.0f} seconds and was killed",
                hint="A parser that computes in a compiled extension without end does this.",
            ) from None

    def _forward(self, stream: IO[str]) -> None:
        while line := stream.readline(_LONGEST_NEWS):
            self._lines.put(line)
        self._lines.put(None)

    def _notify(self, stream: IO[str]) -> None:
        while line := stream.readline(_LONGEST_LINE):
            ours = line.startswith(("error: ", "warning: ", "hint: "))
            if self._shown > (2 if ours else 1) * _MOST_SHOWN:
                self._hidden += 1
                continue
            self._shown += len(line)
            self._say(line.rstrip())


def _understood(line: str) -> Mapping[str, Any]:
    try:
        reported: Mapping[str, Any] = json.loads(line)
        if "pipelines" in reported and "event" in reported:
            return reported
    except (ValueError, TypeError, RecursionError):
        pass
    raise SimulationError(
        "the pipeline's process wrote an unknown message and was killed",
        hint="A parser that writes to file descriptors which are not its own does this.",
    )
