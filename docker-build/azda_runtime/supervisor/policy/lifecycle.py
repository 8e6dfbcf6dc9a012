"""The life of one pipeline: what is to be done for it next, decided from what happened to it.

The supervisor asks for the action that is due, does it, and says that it did; so a pipeline never has two processes,
and whatever happens in between, in the end runs what is wanted.
"""

from dataclasses import dataclass
from enum import Enum

from azda_runtime.settings import Pipeline, changes_in_place
from azda_runtime.supervisor.policy.backoff import Backoff
from azda_runtime.supervisor.policy.failure import Failure, failure_of_exit

# Within these, a pipeline that was asked to stop writes what is under way; then it is killed. Ten seconds is the limit.
STOP_SECONDS = 8.0
# A worker reports each second that it is alive.
SILENCE_SECONDS = 60.0
# What ran for so long ran well.
WELL_SECONDS = 60.0


class Phase(Enum):
    """Where a pipeline stands."""

    STARTING = "starting"
    PLAYING = "playing"
    RECONNECTING = "reconnecting"
    BACKING_OFF = "backing off"
    FAILED = "failed"
    STOPPED = "stopped"


class Action(Enum):
    """What the supervisor has to do."""

    START = "start"
    STOP = "stop"
    KILL = "kill"


@dataclass(frozen=True, kw_only=True, slots=True)
class Launch:
    """What one process runs.

    Attributes:
        pipeline: Its settings.
        roots: Where its files are looked up, in this order.
    """

    pipeline: Pipeline
    roots: tuple[str, ...] = ()


class Life:
    """One pipeline's.

    Attributes:
        wanted: What shall run, None for nothing.
        running: What runs, None when there is no process.
        phase: Where it stands.
        since: Since when, in seconds of the clock that the caller has.
        restarts: How often it was started again after a failure.
        failure: Why it last failed; forgotten when it has run well.

    Args:
        now: The time, as in all methods: seconds that only grow.
    """

    def __init__(self, now: float, *, silence: float = SILENCE_SECONDS) -> None:
        self.wanted: Launch | None = None
        self.running: Launch | None = None
        self.phase = Phase.STARTING
        self.since = now
        self.restarts = 0
        self.failure: Failure | None = None
        self._backoff = Backoff()
        self._silence = silence
        self._due = now
        self._stop_by: float | None = None
        self._killed = False
        self._reported: Failure | None = None
        self._in_order = False
        self._sign = now

    @property
    def over(self) -> bool:
        """Whether nothing runs and nothing is wanted."""
        return self.running is None and self.wanted is None

    def want(self, launch: Launch | None, now: float) -> None:
        """Say what shall run from now on; the same again changes nothing."""
        if launch == self.wanted:
            return
        self.wanted = launch
        self._backoff.reset()
        self._due = now
        self.failure = None
        if self.running is None:
            self._enter(Phase.STARTING if launch else Phase.STOPPED, now)

    def restart(self, now: float) -> bool:
        """Begin anew, at once; returns whether its process has to be asked to stop for that."""
        self._backoff.reset()
        self._due = now
        if self.running is not None:
            return self._stop_by is None and not self._killed
        self.failure = None
        self._enter(Phase.STARTING if self.wanted else Phase.STOPPED, now)
        return False

    def change(self, launch: Launch) -> bool:
        """Say that what runs shall change in place; False where nothing runs so that it could, and nothing is said."""
        running = self.running
        if running is None or self.wanted != running or self._stop_by is not None or self._killed:
            return False
        if launch.roots != running.roots or not changes_in_place(running.pipeline, launch.pipeline):
            return False
        self.wanted = self.running = launch
        return True

    def wait(self, failure: Failure | None, now: float) -> None:
        """Say that something is wanted whose model is not there yet, and why; None while it is fetched."""
        if self.running is None and self.wanted is None:
            self.failure = failure
            self._enter(Phase.BACKING_OFF if failure else Phase.STARTING, now)

    def action(self, now: float) -> Action | None:
        """What is to be done now."""
        if self.running is None:
            final = self.failure is not None and self.failure.final
            return Action.START if self.wanted and not final and now >= self._due else None
        if self._killed:
            return None
        if self._stop_by is not None:
            return Action.KILL if now >= self._stop_by else None
        if self.wanted != self.running:
            return Action.STOP
        if now - self._sign > self._silence:
            message = f"The process reported nothing for {self._silence:g} seconds and was killed."
            hint = "A parser that computes in a compiled extension without end does this."
            self._reported = Failure(kind="hang", message=message, hint=hint)
            return Action.KILL
        return None

    def started(self, now: float) -> None:
        """Say that its process was started."""
        self.running = self.wanted
        self.restarts += self.failure is not None
        self._stop_by, self._killed, self._reported, self._in_order, self._sign = None, False, None, False, now
        self._enter(Phase.STARTING, now)

    def unable(self, failure: Failure, now: float) -> None:
        """Say that its process could not be started."""
        self.failure = failure
        self._due = now + self._backoff.pause()
        self._enter(Phase.BACKING_OFF, now)

    def asked_to_stop(self, now: float) -> None:
        """Record that its process was asked to stop."""
        self._stop_by = now + STOP_SECONDS
        self._enter(Phase.STOPPED, now)

    def killed(self) -> None:
        """Say that its process was killed; it ends very soon."""
        self._killed = True

    def lives(self, phase: Phase, now: float) -> None:
        """Take a sign of life, and where the worker sees its streams."""
        self._sign = now
        if self._stop_by is None:
            self._enter(phase, now)
        if self.phase is Phase.PLAYING and now - self.since >= WELL_SECONDS:
            self._backoff.reset()
            self.failure = None

    def failed(self, failure: Failure) -> None:
        """Take why the worker is about to end."""
        self._reported = self._reported or failure

    def ended(self, code: int, now: float) -> Failure | None:
        """Record that its process is gone; returns the unexpected end, None when it was asked to stop."""
        asked = self._stop_by is not None
        self.running = None
        if asked or self.wanted is None:
            self._enter(Phase.STARTING if self.wanted else Phase.STOPPED, now)
            return None
        self.failure = self._reported or failure_of_exit(code)
        self._due = now + self._backoff.pause()
        self._enter(Phase.FAILED if self.failure.final else Phase.BACKING_OFF, now)
        return self.failure

    def deadline(self) -> float:
        """When something may be due at the latest, if nothing else happens."""
        if self.running is None:
            return self._due if self.wanted and not (self.failure and self.failure.final) else float("inf")
        if self._killed:
            return float("inf")
        return self._sign + self._silence if self._stop_by is None else self._stop_by

    def _enter(self, phase: Phase, now: float) -> None:
        if phase is not self.phase:
            self.phase, self.since = phase, now
