"""One connection, from its begin to its end: what arrives, and what is delivered."""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from azda_runtime.hub.base import InputMessage
from azda_runtime.hub.connected.connection import AwayError, Connection, RefusedError
from azda_runtime.hub.connected.method_calls import MethodCalls, Respond
from azda_runtime.hub.connected.pending import Pending
from azda_runtime.hub.connected.twin_follower import Follower
from azda_runtime.problems import shown

_log = logging.getLogger(__name__)

_LOOK = 1.0


class Session:
    """Runs in a thread of its own and does one thing after the other, so that messages keep their order.

    The state is reported in another thread: a hub that takes its time over it holds up no message.

    Args:
        pending: What waits.
        connection: Made for this session alone.
        inputs: Those that are read.
        methods: Takes calls of direct methods; None takes no calls.

    Attributes:
        reason: Why it ended; empty when it was asked to.
        serving: Whether it ever got through.
        ended: Whether it is over.
    """

    def __init__(
        self, pending: Pending, connection: Connection, inputs: Sequence[str], methods: MethodCalls | None = None
    ) -> None:
        self.reason = ""
        self.serving = False
        self.ended = False
        self._calls: dict[object, float] = {}
        self._reporting = False
        self._failed: AwayError | None = None
        self._pending = pending
        self._limits = pending.limits
        self._connection = connection
        self._inputs = inputs
        self._methods = methods
        self._follower = Follower(pending)
        self._report_due = 0.0
        self._report_refused = False
        self._ticket: int | None = None
        self._down_since: float | None = None
        self._trouble = ""

    def run(self) -> None:
        """Connect and serve until the connection is lost or all is delivered after the end has begun."""
        try:
            with self._call():
                self._connection.open(self)
            with self._pending.condition:
                self.serving = True
                self._pending.condition.notify_all()
            while job := self._next_job():
                job()
        except AwayError as error:
            self.reason = str(error)
        finally:
            try:
                with self._call():
                    self._connection.close()
            finally:
                self._end()

    @property
    def busy_since(self) -> float | None:
        """When the oldest call began that the connection is in; None between calls."""
        return min(self._calls.copy().values(), default=None)

    def abandon(self, reason: str) -> None:
        """Let nothing more come of it; called with the condition held, while a call does not return."""
        self.reason, self.ended = reason, True
        if self._ticket is not None:
            self._pending.outbox.back(self._ticket)

    # What happens by itself; any thread.

    def patched(self, patch: object) -> None:
        """Desired properties have changed."""
        with self._pending.condition:
            self._follower.add(patch)
            self._pending.condition.notify_all()

    def outdated(self) -> None:
        """The desired properties are others now, and no patch says how."""
        with self._pending.condition:
            self._follower.ask()
            self._pending.condition.notify_all()

    def arrived(self, name: str, text: bytes) -> None:
        """A message has come to an input.

        The client calls its handlers from four threads: two messages of the same millisecond may change places.
        """
        known = next((each for each in self._inputs if each.lower() == str(name).lower()), None)
        if self.ended or self._pending.deadline is not None:
            return
        if known is None:
            inputs = (
                f"is not one of {', '.join(self._inputs)}" if self._inputs else "is not read: this module reads none"
            )
            line = "The input %s %s; what arrives there is ignored."
            _log.warning(line, shown(str(name)), inputs, extra=self._pending.rated("input"))
        else:
            self._pending.hand_over(InputMessage(input=known, text=text))

    def ignored(self, line: str) -> None:
        """Something has come that is not taken; the line says what and why."""
        _log.warning("%s", line, extra=self._pending.rated("input"))

    def called(self, name: str, payload: object, respond: Respond) -> None:
        """A direct method is called."""
        if self._methods is not None and not self.ended and self._pending.deadline is None:
            self._methods.called(name, payload, respond)

    def moved(self) -> None:
        """The connection has come or gone."""
        with self._pending.condition:
            if self._connection.is_up():
                if self._down_since is not None:
                    self._down_since = None
                    self._follower.ask()
            elif self._down_since is None:
                self._down_since = time.monotonic()
            self._pending.condition.notify_all()

    def troubled(self, reason: str) -> None:
        """Something failed in the background: the connection, or the client at something that it received."""
        with self._pending.condition:
            self._trouble = reason
            self._follower.ask()
            self._pending.condition.notify_all()
        if self._connection.is_up():
            line = "The client of %s failed in the background: %s."
            _log.warning(line, self._pending.peer.name, reason, extra=self._pending.rated("trouble"))

    # The session's own thread.

    def _next_job(self) -> Callable[[], None] | None:
        pending = self._pending
        with pending.condition:
            while True:
                now = time.monotonic()
                if self._failed is not None:
                    raise self._failed
                if self.ended or (pending.deadline is not None and now >= pending.deadline):
                    return None
                if self._is_up(now):
                    if job := self._due(now):
                        return job
                    if pending.deadline is not None and not self._reporting:
                        return None
                pending.condition.wait(_LOOK if pending.deadline is None else 0.1)

    def _is_up(self, now: float) -> bool:
        if self._connection.is_up():
            self._trouble = ""
            return True
        since = self._down_since = self._down_since or now
        if self._trouble or now - since > self._limits.renewal:
            raise AwayError(self._trouble or "the connection did not come back")
        return False

    def _due(self, now: float) -> Callable[[], None] | None:
        pending, closing = self._pending, self._pending.deadline is not None
        if self._follower.has_patches() and not closing:
            return self._follower.take_patches
        if self._follower.is_due(now) and not closing:
            return self._take_twin
        at_once = closing and not self._report_refused
        if not self._reporting and (at_once or now >= self._report_due) and (patch := pending.reported.patch()):
            self._report_due = now + self._limits.report_pause
            self._reporting = True
            threading.Thread(target=self._report, args=(patch,), name="iothub report", daemon=True).start()
        if waiting := pending.outbox.take():
            self._ticket = waiting[0]
            return lambda: self._deliver(*waiting)
        return None

    def _take_twin(self) -> None:
        with self._call():
            self._follower.take_twin(self._connection)

    def _report(self, patch: dict[str, object]) -> None:
        try:
            with self._call():
                self._connection.report(patch)
        except RefusedError as error:
            self._report_due, self._report_refused = time.monotonic() + self._limits.retry_pause, True
            self._pending.trouble(
                "report", f"{self._pending.peer.start} does not take {self._pending.peer.state}: {error}."
            )
        except AwayError as error:
            self._failed = error
        else:
            with self._pending.condition:
                self._report_refused = False
                if not self.ended:  # else a later session has asked what the hub shows
                    self._pending.reported.sent(patch)
        finally:
            with self._pending.condition:
                self._reporting = False
                self._pending.condition.notify_all()

    def _deliver(self, ticket: int, message: bytes) -> None:
        outbox = self._pending.outbox
        try:
            with self._call():
                self._connection.send(message)
        except RefusedError as error:
            self._pending.trouble(
                "message", f"{self._pending.peer.start} does not take a message of {len(message)} bytes: {error}."
            )
        except AwayError:
            with self._pending.condition:
                if not self.ended:
                    outbox.back(ticket)
            raise
        with self._pending.condition:
            outbox.delivered(ticket)
            self._pending.changed()

    @contextmanager
    def _call(self) -> Iterator[None]:
        call = object()
        self._calls[call] = time.monotonic()
        try:
            yield
        finally:
            self._calls.pop(call, None)

    def _end(self) -> None:
        with self._pending.condition:
            self.ended = True
            self._pending.condition.notify_all()
