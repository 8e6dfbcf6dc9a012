"""What a hub hands over, bounded while the supervisor has other work."""

import threading
from collections.abc import Callable

from azda_runtime.hub.base import Arrival, DesiredProperties

# Of each a twin's or a message's size; more than so many wait only when somebody floods the inputs.
_MOST_MESSAGES = 100


class Waiting:
    """An arrival that waits to be taken."""

    def __init__(self, arrival: Arrival) -> None:
        self.arrival = arrival


class Arrivals:
    """Lines arrivals up; of several twins in a row, each of which is the whole, the last one waits alone.

    Args:
        post: Puts one at the end of the supervisor's events.
        dropped: Called when a message is dropped because too many wait.
    """

    def __init__(self, post: Callable[[Waiting], None], dropped: Callable[[], object]) -> None:
        self._post = post
        self._dropped = dropped
        self._lock = threading.Lock()
        self._last: Waiting | None = None
        self._messages = 0

    def put(self, arrival: Arrival) -> None:
        """Take an arrival; any thread may call this."""
        with self._lock:
            if isinstance(arrival, DesiredProperties) and self._last is not None:
                self._last.arrival = arrival
                return
            full = not isinstance(arrival, DesiredProperties) and self._messages >= _MOST_MESSAGES
            if not full:
                waiting = Waiting(arrival)
                # A message between two twins counts between them.
                self._last = waiting if isinstance(arrival, DesiredProperties) else None
                self._messages += not isinstance(arrival, DesiredProperties)
                self._post(waiting)
        if full:
            self._dropped()

    def take(self, waiting: Waiting) -> Arrival:
        """Hand out what waited, as it is by now."""
        with self._lock:
            if self._last is waiting:
                self._last = None
            self._messages -= not isinstance(waiting.arrival, DesiredProperties)
            return waiting.arrival
