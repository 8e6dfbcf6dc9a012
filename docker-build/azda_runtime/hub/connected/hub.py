"""A hub over a network: connects for as long as the module runs, and keeps what waits meanwhile."""

import json
import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from azda_runtime.hub.base import Arrival, Traffic
from azda_runtime.hub.connected.connection import Connection
from azda_runtime.hub.connected.limits import EDGE_HUB, LARGEST_MESSAGE, Limits, Peer
from azda_runtime.hub.connected.method_calls import MethodCalls
from azda_runtime.hub.connected.pending import Pending
from azda_runtime.hub.connected.session import Session
from azda_runtime.hub.disk import DiskSpace
from azda_runtime.hub.kept_thread import KeptThread
from azda_runtime.log import over

_log = logging.getLogger(__name__)

_LOOK = 1.0
_STUCK = 3


class ConnectedHub:
    """Keeps a connection, makes another when it is lost, and keeps what waits meanwhile.

    Args:
        connect: Makes a client for one connection.
        inputs: Those that are read.
        limits: How long and how much.
        peer: What is at the other end.
        methods: The direct methods that can be called.
        space: Where messages that wait are kept; in memory alone when None.

    Raises:
        InvalidValueError: Another process has the file of messages.
    """

    def __init__(  # noqa: PLR0913 # what it is connected to, and what it offers there
        self,
        connect: Callable[[], Connection],
        *,
        inputs: Sequence[str],
        limits: Limits,
        peer: Peer = EDGE_HUB,
        methods: Sequence[str] = (),
        space: DiskSpace | None = None,
    ) -> None:
        self._connect = connect
        self._inputs = inputs
        self._limits = limits
        self._peer = peer
        self._pending = Pending(limits, space, peer)
        self._methods = MethodCalls(self._pending, methods)
        if self._pending.disk:
            self._pending.disk.open()
        self._keeper = KeptThread(peer.name, self._keep)
        self._away_since: float | None = None
        self._away_reason = "there was no answer yet"
        self._abandoned: list[threading.Thread] = []
        self._anew = True
        self._connections = self._too_long = 0

    def open(self, take: Callable[[Arrival], None]) -> None:
        """Begin to connect, and hand over what arrives."""
        self._pending.take = take
        self._away_since = time.monotonic()
        self._keeper.start()

    def send(self, message: str) -> None:
        """Keep an inference message until the other end has it; the oldest go when too many wait."""
        data = message.encode("utf-8", "backslashreplace")
        if len(data) > LARGEST_MESSAGE:
            whose = _whose(message)
            message = (
                f"A message {whose}is {len(data)} bytes long, {self._peer.name} takes {LARGEST_MESSAGE}: it is dropped."
            )
            self._too_long += 1
            self._pending.trouble("large", message)
            return
        with self._pending.condition:
            if self._pending.deadline is not None and not self._pending.disk:
                return
            dropped = self._pending.outbox.add(data)
            self._pending.changed()
        if dropped:
            self._pending.dropped(dropped)

    @property
    def waiting(self) -> int:
        """How many messages the other end does not have yet."""
        with self._pending.condition:
            return len(self._pending.outbox)

    def traffic(self) -> Traffic:
        """How many messages went, wait and were dropped."""
        with self._pending.condition:
            outbox = self._pending.outbox
            return Traffic(
                sent=outbox.sent,
                dropped=outbox.dropped + self._too_long,
                waiting=len(outbox),
                on_disk=outbox.written_count,
                connections=self._connections,
            )

    def report(self, state: Mapping[str, Any]) -> None:
        """Show a state as the reported properties; only the last one is kept for later."""
        with self._pending.condition:
            self._pending.reported.desire(state)
            self._pending.condition.notify_all()

    def problems(self) -> Mapping[str, str]:
        """Why nothing gets through, or what did not just now."""
        found = dict(self._pending.troubles())
        if self._pending.disk and self._pending.disk.problem:
            found["messages"] = self._pending.disk.problem
        since = self._away_since
        if self._keeper.problem:
            found["hub"] = self._keeper.problem
        elif since is not None and time.monotonic() - since >= self._limits.away:
            found["hub"] = f"{self._peer.start} cannot be reached: {self._away_reason}."
        return found

    def close(self) -> None:
        """Send what waits, for a few seconds at most, and end; at once when there is no connection."""
        with self._pending.condition:
            if self._pending.deadline is None:
                self._pending.deadline = time.monotonic() + self._limits.flush
            self._pending.condition.notify_all()
        self._keeper.end()
        if self._keeper.ident is not None:
            self._keeper.join(self._limits.flush + self._limits.disconnect + _LOOK)
        self._let_go()
        is_kept = self._pending.disk is not None and self._pending.disk.close()
        with self._pending.condition:
            waiting = len(self._pending.outbox)
        if waiting and is_kept:
            _log.info("%s messages wait on disk for the next start.", waiting)
        elif waiting:
            _log.warning("%s messages had no time to reach %s and are lost.", waiting, self._peer.name)

    def _let_go(self) -> None:
        """Forget threads of clients that did not end."""

    def _keep(self) -> None:
        pause = self._limits.first_pause
        while self._pending.deadline is None:
            begin = time.monotonic()
            session = Session(self._pending, self._connect(), self._inputs, self._methods)
            thread = threading.Thread(target=session.run, name="hub session", daemon=True)
            thread.start()
            self._watch(session)
            self._away_since = self._away_since or time.monotonic()
            self._away_reason = session.reason or "the connection ended"
            if thread.is_alive():
                self._abandoned.append(thread)
            if session.serving and time.monotonic() - begin > self._limits.longest_pause:  # not one that flutters
                pause = self._limits.first_pause
                self._anew = True
            if self._pending.deadline is None:
                self._report_away(session)
                self._wait(pause)
                pause = min(2 * pause, self._limits.longest_pause)

    def _watch(self, session: Session) -> None:
        noted, pending = False, self._pending
        while True:
            with pending.condition:
                since, now = session.busy_since, time.monotonic()
                if not session.ended and since is not None and now - since > self._limits.call:
                    session.abandon("it does not answer")
                if pending.deadline is not None and now > pending.deadline + self._limits.disconnect:
                    session.abandon("")
                if session.ended:
                    return
                if noted or not session.serving:
                    pending.condition.wait(
                        min(_LOOK, self._limits.call / 2) if pending.deadline is None else _LOOK / 10
                    )
                    continue
                waiting = len(pending.outbox)
            noted = True
            self._away_since = None
            self._keeper.works()
            text = f"Connected to {self._peer.name}{f'; {waiting} messages wait' if waiting else ''}."
            _log.info("%s", text, extra=over("away", anew=not self._connections))
            self._connections += 1

    def _report_away(self, session: Session) -> None:
        with self._pending.condition:
            waiting = len(self._pending.outbox)
        lost, unreachable = f"The connection to {self._peer.name} is lost", f"{self._peer.start} cannot be reached"
        what = lost if session.serving else unreachable
        line = "%s: %s. It is tried again; %s messages wait."
        _log.warning(line, what, session.reason, waiting, extra=self._pending.rated("away", anew=self._anew))
        self._anew = False

    def _wait(self, pause: float) -> None:
        end = time.monotonic() + pause
        with self._pending.condition:
            while self._pending.deadline is None:
                self._abandoned = [thread for thread in self._abandoned if thread.is_alive()]
                left = end - time.monotonic()
                if left <= 0 and len(self._abandoned) < _STUCK:
                    return
                self._pending.condition.wait(max(left, _LOOK / 10))


def _whose(message: str) -> str:
    try:
        inferences = json.loads(message)["inferences"]
        names = sorted({f"{each['sourceInfo']['id']} in pipeline {each['id']}" for each in inferences})
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""
    return f"of sensor {', '.join(names)[:200]} " if names else ""
