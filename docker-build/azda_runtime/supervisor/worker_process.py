"""One pipeline with the process that runs it."""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any

from azda_runtime.settings import LogLevels, Pipeline, as_plain, without_archive
from azda_runtime.settings.recording import RecordingOptions
from azda_runtime.supervisor.child_process import Child
from azda_runtime.supervisor.policy import protocol
from azda_runtime.supervisor.policy.failure import Failure
from azda_runtime.supervisor.policy.figures import PipelineFigures, Totals, counts_of
from azda_runtime.supervisor.policy.lifecycle import Action, Launch, Life, Phase
from azda_runtime.supervisor.policy.recordings import Recording
from azda_runtime.supervisor.policy.state import PipelineState

_log = logging.getLogger(__name__)

_MOST_SNAPSHOTS = 8
_PHASES = {phase.value: phase for phase in (Phase.STARTING, Phase.PLAYING, Phase.RECONNECTING)}


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """A line that a worker's process wrote; None in place of the event when the process is gone."""

    worker: "WorkerProcess"
    child: int
    event: Mapping[str, Any] | None
    code: int = 0


class WorkerProcess:
    """A pipeline, and its process where it has one.

    Attributes:
        id: The pipeline's.
        mount: Where the RTSP server serves its video, without the leading slash.
        port: Where that server takes it.
        life: Decides what is to be done.
        recording: Whether it shall record.

    Args:
        pipeline: The pipeline.
        port: As above.
        post: Gets what happens, from any thread.
        send: Gets each inference message, from any thread.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        life: Life,
        port: int | None,
        *,
        post: Callable[[Said], None],
        send: Callable[[str], None],
    ) -> None:
        self.id = pipeline.id
        self.mount = pipeline.mount.lstrip("/")
        self.life = life
        self.port = port
        self.recording = Recording()
        self._post = post
        self._send = send
        self._child: Child | None = None
        self._count = 0
        self._numbers = count(1)
        self._silent: tuple[str, ...] = ()
        self._recorder: Mapping[str, Any] = {}
        self._last_message: float | None = None
        self._messages = 0
        self._totals = Totals()
        self._snapshots: dict[int, Callable[[Mapping[str, Any]], None]] = {}

    @property
    def pid(self) -> int | None:
        """Of its process; None when none runs."""
        return self._child.pid if self._child else None

    def act(self, now: float, orders: Callable[[Launch], protocol.Orders]) -> None:
        """Do what is due."""
        action = self.life.action(now)
        if action is Action.START and self.life.wanted:
            self._start(orders(self.life.wanted), now)
        elif action is Action.STOP:
            self.write({"stop": True})
            self.life.asked_to_stop(now)
        elif action is Action.KILL and self._child:
            _log.warning("the process %s did not end in time and is killed", self.pid, extra=self._extra())
            self._child.kill()
            self.life.killed()
        if self.recording.expired(now):
            self.record(wanted=False, options=RecordingOptions(), now=now)

    def _start(self, orders: protocol.Orders, now: float) -> None:
        self._count += 1
        child = self._count
        self._silent, self._recorder = (), {}
        self._totals.anew()
        try:
            self._child = Child(
                ["worker"],
                orders.line(),
                take=lambda line: self._take(line, child),
                ended=lambda code: self._post(Said(worker=self, child=child, event=None, code=code)),
                about=self.id,
            )
        except (OSError, RuntimeError) as error:  # a RuntimeError where no thread can be started
            self.unable(f"The process cannot be started: {getattr(error, 'strerror', None) or error}.", now)
            return
        self.life.started(now)
        if self.recording.wanted(now):
            self.write({"record": True})

    def unable(self, message: str, now: float) -> None:
        """Say why nothing could be done for it; it is tried again with back-off."""
        _log.error("%s", message, extra=self._extra())
        self.life.unable(Failure(kind="crash", message=message), now)

    def _take(self, line: str, child: int) -> None:
        """Take a line in the thread that read it; messages go their way at once."""
        message = protocol.message_in(line)
        if message is not None:
            self._last_message = time.time()
            self._messages += 1
            self._send(message)
            return
        event = protocol.event_in(line)
        if event is not None:
            self._post(Said(worker=self, child=child, event=event))

    def heard(self, said: Said, now: float) -> None:
        """Take a report of the process; reports of an earlier one are ignored."""
        if said.child != self._count or self._child is None:
            return
        if said.event is None:
            self._child = None
            self._take_snapshots({"problem": "Its process ended."}, *self._snapshots)
            asked = self.life.ended(said.code, now) is None
            if not asked and self.life.failure is not None:
                message = self.life.failure.message
                again = message if self.life.failure.final else f"{message.rstrip('.')}; it starts again"
                _log.error("%s", again, extra=self._extra(self.life.failure.hint))
            return
        name = said.event["event"]
        if name == "progress":
            self._silent = tuple(protocol.silent_of(said.event))
            self._totals.count(counts_of(said.event.get("counts")), now)
            self.life.lives(_PHASES.get(str(said.event.get("state")), Phase.STARTING), now)
        elif name == "recording":
            self._recorder = protocol.recorder_of(said.event)
            self._totals.wrote(self._recorder["files"])
        elif name == "snapshot":
            self._take_snapshots(protocol.snapshot_of(said.event), said.event.get("id"))
        elif name == "failed":
            self.life.failed(Failure.of(said.event))
        elif name == "end":
            hint = "A video file that a passthrough pipeline plays ends, and starts again."
            self.life.failed(Failure(kind="end", message="All its streams ended.", hint=hint))

    def write(self, order: Mapping[str, Any]) -> None:
        """Send the process an order, if it runs."""
        if self._child:
            self._child.write(protocol.order_line(order))

    def want(self, launch: Launch, now: float) -> None:
        """Run this from now on: as it is where it can change while it plays, else in a new process."""
        if self.life.change(launch):
            self.write({"change": as_plain(without_archive(launch.pipeline))})
        else:
            self.life.want(launch, now)

    def restart(self, now: float) -> None:
        """Begin anew in a new process."""
        if self.life.restart(now):
            self.write({"stop": True})
            self.life.asked_to_stop(now)

    def snapshot(self, most_bytes: int, width: int, done: Callable[[Mapping[str, Any]], None]) -> str:
        """Take a picture; returns why none can be, empty when one is on its way.

        Args:
            most_bytes: How long the JPEG may be.
            width: How wide it may be; 0 for as wide as the video.
            done: Gets the picture, or the problem.
        """
        if self._child is None:
            return f"It does not run: it is {self.life.phase.value}."
        if len(self._snapshots) >= _MOST_SNAPSHOTS:
            return "Pictures of it are being taken already."
        number = next(self._numbers)
        self._snapshots[number] = done
        self.write({"snapshot": {"id": number, "mostBytes": most_bytes, "width": width}})
        return ""

    def _take_snapshots(self, picture: Mapping[str, Any], *numbers: Any) -> None:
        for number in numbers:
            done = self._snapshots.pop(number, None) if isinstance(number, int) else None
            if done is not None:
                done(picture)

    def record(self, *, wanted: bool, options: RecordingOptions, now: float) -> None:
        """Start or stop recording; a process that starts later gets the same order."""
        self.recording.want(wanted=wanted, options=options, now=now)
        self.write({"record": wanted})

    def configure(self, options: RecordingOptions) -> None:
        """Cut recordings otherwise from now on."""
        self.recording.cut(options)
        self.write({"recording": protocol.recording_json(options)})

    def set_levels(self, levels: LogLevels) -> None:
        """Log as much as that from now on."""
        self.write(levels.as_json())

    def _extra(self, hint: str = "") -> dict[str, str]:
        return {"pipeline": self.id, "hint": hint}

    def figures(self, now: float) -> PipelineFigures:
        """What it has counted."""
        return PipelineFigures(
            id=self.id,
            playing=self.life.phase is Phase.PLAYING,
            restarts=self.life.restarts,
            frames_per_second=self._totals.frames_per_second(now),
            silent=self._silent,
            counts=self._totals.counts,
            messages=self._messages,
            recording=self._recorder.get("state") == "recording",
            recordings=self._totals.recordings,
        )

    def state(self, offset: float, model: Mapping[str, str] | None) -> PipelineState:
        """How it does.

        Args:
            offset: The clock since 1970 minus the monotonic one, in seconds.
            model: Its archive.
        """
        return PipelineState(
            id=self.id,
            phase=self.life.phase,
            since=self.life.since + offset,
            restarts=self.life.restarts,
            pid=self.pid,
            last_message=self._last_message,
            failure=self.life.failure,
            silent=self._silent,
            recording=self._recorder,
            model=model,
        )
