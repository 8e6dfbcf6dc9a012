"""The supervisor: takes what is wished for, and keeps a process running for each pipeline."""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from traceback import format_tb
from typing import Any

from azda_runtime.hub.base import Arrival, DesiredProperties, Hub, MethodCall
from azda_runtime.keeper import adopt_orphans
from azda_runtime.log import limited, log_problem
from azda_runtime.problems import Severity, shown
from azda_runtime.settings import Settings
from azda_runtime.supervisor.archives import Fetched
from azda_runtime.supervisor.arrivals import Arrivals, Waiting
from azda_runtime.supervisor.child_process import end_orphans
from azda_runtime.supervisor.methods import Methods
from azda_runtime.supervisor.pipelines import Pipelines, ServeOptions
from azda_runtime.supervisor.policy.desired_state import DesiredState, Outcome
from azda_runtime.supervisor.policy.reconcile import reconcile
from azda_runtime.supervisor.policy.state import document
from azda_runtime.supervisor.rtsp_process import RtspServer
from azda_runtime.supervisor.state_file import StateFile
from azda_runtime.supervisor.storage import Storage
from azda_runtime.supervisor.worker_process import Said
from dsconfig.redaction import RUN

_log = logging.getLogger(__name__)

# Between two looks at what is due, and at processes that nobody waits for.
_LONGEST_WAIT = 5.0
# The end takes ten seconds at most; a container is killed then.
_END_SECONDS = 9.5
_SHORTEST_CLOSE = 1.0
_AFTER_MISTAKE_SECONDS = 0.2
_MOST_REPORTED = 50


@dataclass(frozen=True, kw_only=True, slots=True)
class _Stop:
    """The supervisor shall end."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _RtspEnded:
    code: int


class Supervisor:
    """Runs what a hub desires until it is stopped.

    Attributes:
        figures: What each pipeline has counted, as of the last look; any thread may read it.
        warnings: Each says what does not happen and is no ill health, by what it is.

    Args:
        options: Folders and limits.
        hub: Where the desired state comes from, and messages go.
        storage: The folders of the options.
    """

    def __init__(self, options: ServeOptions, hub: Hub, storage: Storage) -> None:
        self._hub = hub
        self._storage = storage
        self._desired_state = DesiredState()
        self._events: SimpleQueue[Waiting | Said | Fetched | _RtspEnded | _Stop] = SimpleQueue()
        self._arrivals = Arrivals(self._events.put, self._dropped)
        self._pipelines = Pipelines(options, post=self._events.put, send=hub.send)
        self._rtsp = RtspServer(options.rtsp, lambda code: self._events.put(_RtspEnded(code=code)))
        self._file = StateFile(options.state, hub.report)
        self._methods = Methods(self._pipelines, lambda now: self._file.shown(self._state(now)))
        self._since = time.time()
        self.figures = self._pipelines.figures(time.monotonic())
        self.warnings: list[Callable[[], Mapping[str, str]]] = []
        self._orphans_at = float("-inf")
        self._stopping = False
        self._end_by = 0.0

    def stop(self) -> None:
        """End all pipelines in order, then return from `run`; any thread and any signal handler may call this."""
        self._events.put(_Stop())

    def run(self) -> None:
        """Take the desired state and keep pipelines running."""
        adopt_orphans()
        self._hub.open(self._arrivals.put)
        while True:
            with self._unbroken():
                self._act(time.monotonic())
            if self._stopping and self._pipelines.over and self._rtsp.pid is None:
                break
            for event in self._next_events():
                with self._unbroken():
                    self._take(event, time.monotonic())
        # A hub that does not answer may not hold up an end that pipelines already took their time for.
        closing = threading.Thread(target=self._hub.close, daemon=True)
        closing.start()
        closing.join(max(_SHORTEST_CLOSE, self._end_by - time.monotonic()))

    @contextmanager
    def _unbroken(self) -> Iterator[None]:
        """Log an unexpected failure and go on: pipelines play, and nobody is there to start them again."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 # the device's or ours; a hub's next configuration may be fine
            # Without its text, which may hold a password.
            lines = "".join(format_tb(error.__traceback__)).rstrip()
            _log.error("a mistake of ours: %s\n%s", type(error).__name__, lines, extra=limited("mistake"))
            time.sleep(_AFTER_MISTAKE_SECONDS)

    def _next_events(self) -> Iterator[Waiting | Said | Fetched | _RtspEnded | _Stop]:
        due = min(self._pipelines.deadline(), self._rtsp.deadline(), self._file.deadline())
        try:
            yield self._events.get(timeout=max(0.0, min(_LONGEST_WAIT, due - time.monotonic())))
            while not self._events.empty():
                yield self._events.get_nowait()
        except Empty:
            return

    def _take(self, event: Waiting | Said | Fetched | _RtspEnded | _Stop, now: float) -> None:
        if isinstance(event, Said):
            event.worker.heard(event, now)
        elif isinstance(event, Fetched):
            self._pipelines.fetched(event, now)
        elif isinstance(event, _RtspEnded):
            self._rtsp.ended(event.code, now)
        elif isinstance(event, _Stop):
            self._end(now)
        elif not self._stopping:
            self._arrived(self._arrivals.take(event), now)

    def _dropped(self) -> None:
        _log.warning("messages come faster than they are taken, and some are dropped", extra=limited("messages"))

    def _arrived(self, arrival: Arrival, now: float) -> None:
        if isinstance(arrival, MethodCall):
            self._methods.take(arrival, now)
            return
        before = self._desired_state.settings
        if isinstance(arrival, DesiredProperties):
            outcome, reported = self._desired_state.desired(arrival.properties), arrival.properties
        else:
            outcome = self._desired_state.message(arrival.input, arrival.text)
            reported = arrival.text.decode(errors="replace")
        if not outcome.refused:  # nothing is said of what cannot be read, and a megabyte of it would take a while
            RUN.learn(reported)
        self._desire(outcome, before, now)

    def _end(self, now: float) -> None:
        if not self._stopping:
            self._stopping = True
            self._end_by = now + _END_SECONDS
            _log.info("stops: what is under way is written")
            self._pipelines.end(now)

    def _desire(self, outcome: Outcome, before: Settings, now: float) -> None:
        for problem in outcome.problems[:_MOST_REPORTED]:
            log_problem(_log, problem)
        if outcome.problems[_MOST_REPORTED:]:
            _log.warning("%s more things are wrong", len(outcome.problems) - _MOST_REPORTED)
        if outcome.refused:
            _log.error("the configuration cannot be read; the one before holds on")
        if outcome.settings is not None:
            self._pipelines.set_levels(outcome.settings.log_levels)
            _log.info("a new configuration: %s", reconcile(before, outcome.settings).sentence)
            self._pipelines.configure(before, outcome.settings, now)
        if outcome.options:
            self._pipelines.cut_recordings(self._desired_state.options)
        unknown = [
            name
            for name, wanted in outcome.recordings.items()
            if not self._pipelines.record(name, wanted=wanted, now=now)
        ]
        for name in unknown[:_MOST_REPORTED]:
            _log.warning("there is no pipeline %s that could record", shown(name))

    def _act(self, now: float) -> None:
        self._pipelines.act(now)
        if self._stopping:
            self._rtsp.stop(now)
        else:
            self._rtsp.act(self._pipelines.mounts(), now)
        self._file.update(self._state(now), now)
        self.figures = self._pipelines.figures(now)
        if now >= self._orphans_at:
            self._orphans_at = now + _LONGEST_WAIT
            end_orphans()

    def _state(self, now: float) -> dict[str, Any]:
        return document(
            self._pipelines.states(time.time() - now),
            self._desired_state.problems,
            since=self._since,
            configured=self._desired_state.known,
            enabled=self._desired_state.settings.enabled,
            pictures=self._rtsp.problem,
            troubles=[*self._storage.problems(now), *self._troubles()],
        )

    def _troubles(self) -> list[dict[str, str]]:
        errors = [(Severity.ERROR, *problem) for problem in self._hub.problems().items()]
        warnings = [(Severity.WARNING, *problem) for each in self.warnings for problem in each().items()]
        found = [*sorted(errors, key=lambda each: each[1]), *warnings]
        return [{"what": what, "problem": problem, "severity": each.value} for each, what, problem in found]
