"""The controller's loop: its twin comes in, messages for the pipelines go out."""

import logging
import time
from collections.abc import Mapping
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, Protocol

from azda_runtime.controller.configuration import CONFIGURATION, Configuration, read_desired
from azda_runtime.hub.base import Arrival, DesiredProperties, Hub
from azda_runtime.log import log_problem
from azda_runtime.supervisor.policy.state import document
from azda_runtime.supervisor.policy.verdict import CONTROLLER
from azda_runtime.supervisor.state_file import StateFile
from dsconfig.redaction import RUN

_log = logging.getLogger(__name__)

OUTPUT = "DeepStream"
"""The output that templates in the field route from."""

_LONGEST_WAIT = 5.0
_MOST_LOGGED = 20


class WaitingHub(Hub, Protocol):
    """A hub that says what it still has to send."""

    @property
    def waiting(self) -> int:
        """How many messages are not delivered yet."""


class Controller:
    """Forwards the configuration of its twin when it changes, and again now and then.

    edgeHub delivers a message once: a pipeline that is replaced or starts anew has none of those before. So the same
    configuration is sent again; to a pipeline that has it, that changes nothing.

    Args:
        hub: Whose twin is read, and where the configuration goes.
        state: The folder of the file that the health check reads.
        repeat: Seconds until it is sent again; 0 for never.
    """

    def __init__(self, hub: WaitingHub, state: Path, *, repeat: float) -> None:
        self._hub = hub
        self._repeat = repeat
        self._file = StateFile(state, hub.report)
        self._events: SimpleQueue[Arrival | None] = SimpleQueue()
        self._since = time.time()
        self._sent = Configuration()
        self._problems = self._sent.problems
        self._repeat_at = float("inf")

    def stop(self) -> None:
        """Return from `run`; any thread and any signal handler may call this."""
        self._events.put(None)

    def run(self) -> None:
        """Forward until `stop` is called."""
        self._hub.open(self._events.put)
        while True:
            now = time.monotonic()
            self._send_again(now)
            self._file.update(self._state(), now)
            due = min(now + _LONGEST_WAIT, self._file.deadline(), self._repeat_at)
            try:
                event = self._events.get(timeout=max(0.0, due - now))
            except Empty:
                continue
            if event is None:
                break
            if isinstance(event, DesiredProperties):
                self._take(event.properties)
        _log.info("The controller ends.")
        self._hub.close()

    def _take(self, properties: object) -> None:
        found = read_desired(properties)
        self._problems = found.problems
        if found.text is None:
            _complain(found, known=self._sent.text is not None)
            return
        RUN.learn(found.text)  # the passwords of its cameras, before anything is logged of it
        if found.text != self._sent.text:
            _complain(found, known=True)
            self._sent = found
            self._send()
            size = len(found.text.encode())
            text = "The configuration is sent to the output %s: %s bytes, %s pipelines can run."
            _log.info(text, OUTPUT, size, found.pipelines)

    def _send_again(self, now: float) -> None:
        if now < self._repeat_at:
            return
        self._repeat_at = now + self._repeat
        if not self._hub.waiting:  # else edgeHub is away, and the one that waits is the same
            self._send()
            _log.debug("The configuration is sent again.")

    def _send(self) -> None:
        if self._sent.text is not None:
            self._hub.send(self._sent.text)
            self._repeat_at = time.monotonic() + self._repeat if self._repeat else float("inf")

    def _state(self) -> Mapping[str, Any]:
        troubles = [
            {"what": what, "problem": problem, "severity": "error"}
            for what, problem in sorted(self._hub.problems().items())
        ]
        state = document(
            (),
            self._problems,
            since=self._since,
            configured=self._sent.text is not None,
            enabled=self._sent.enabled,
            troubles=troubles,
        )
        return {"role": CONTROLLER, **state}


def _complain(found: Configuration, *, known: bool) -> None:
    for problem in found.problems[:_MOST_LOGGED]:
        log_problem(_log, problem)
    if found.problems[_MOST_LOGGED:]:
        _log.warning("%s more things are wrong with it.", len(found.problems) - _MOST_LOGGED)
    if found.text is None and not found.problems:
        holds = "the one before holds" if known else "nothing is sent yet"
        _log.warning("The module twin has no %s: %s.", CONFIGURATION, holds)
    elif found.text is None:
        _log.error("The configuration cannot be read and is not sent%s.", "; the one before holds" if known else "")
