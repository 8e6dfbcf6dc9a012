"""All pipelines that are wanted or still run, each with its process and its model."""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from traceback import format_tb
from typing import Any

from azda_runtime.log import set_levels
from azda_runtime.settings import LogLevels, Pipeline, Settings, without_archive
from azda_runtime.settings.recording import RecordingOptions
from azda_runtime.supervisor.archives import Archives, Fetched
from azda_runtime.supervisor.policy.failure import Failure
from azda_runtime.supervisor.policy.figures import PipelineFigures
from azda_runtime.supervisor.policy.lifecycle import Launch, Life
from azda_runtime.supervisor.policy.protocol import Orders
from azda_runtime.supervisor.policy.state import PipelineState
from azda_runtime.supervisor.rtsp_process import free_port
from azda_runtime.supervisor.worker_process import Said, WorkerProcess

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class ServeOptions:
    """What a supervisor needs to know beside the configuration.

    Attributes:
        state: The folder for the state file and the models.
        recordings: The folder for recordings.
        rtsp: The RTSP server's subcommand with its options; empty for none.
        image: The image's own folders of models.
        parser_timeout: A parser's call that takes longer ends its pipeline, in seconds; 0 waits for ever.
        silence: A process that is silent for so many seconds is killed.
        levels: How much is logged where the configuration does not say.
    """

    state: Path
    recordings: Path
    rtsp: tuple[str, ...] = ()
    image: tuple[Path, ...] = ()
    parser_timeout: float = 60.0
    silence: float = 60.0
    levels: LogLevels = field(default_factory=LogLevels)


class Pipelines:
    """Keeps a process running for each pipeline that is wanted; only what changes is touched.

    Args:
        options: Folders and limits.
        post: Gets what happens, from any thread.
        send: Gets inference messages, from any thread.
    """

    def __init__(
        self,
        options: ServeOptions,
        *,
        post: Callable[[Said | Fetched], None],
        send: Callable[[str], None],
    ) -> None:
        self._options = options
        self._post = post
        self._send = send
        self._workers: dict[str, WorkerProcess] = {}
        self._wanted: dict[str, Pipeline] = {}
        self._levels = options.levels
        self._recording = RecordingOptions()
        self._archives = Archives(options.state / "models", options.image, post)
        self._not_fetched: dict[str, str] = {}

    @property
    def over(self) -> bool:
        """Whether nothing runs and nothing is wanted."""
        return not self._workers

    def configure(self, before: Settings, after: Settings, now: float) -> None:
        """Take a new configuration.

        Args:
            before: What held until now.
            after: What holds from now on.
            now: The time, in seconds that only grow.
        """
        self._wanted = {pipeline.id: pipeline for pipeline in after.pipelines}
        for name in [name for name in self._workers if name not in self._wanted]:
            self._drop(name, now)
        known = {pipeline.id: pipeline for pipeline in before.pipelines}
        for pipeline in after.pipelines:
            if known.get(pipeline.id) != pipeline:
                worker = self._workers.get(pipeline.id) or self._made(pipeline, now)
                with self._alone(worker, now):
                    self._want(pipeline, worker, now)

    def set_levels(self, levels: LogLevels) -> None:
        """Log as much as that from now on, here and in the processes."""
        levels = levels.otherwise(self._options.levels)
        if levels != self._levels:
            self._levels = levels
            set_levels(levels)
            for worker in self._workers.values():
                worker.set_levels(levels)

    def end(self, now: float) -> None:
        """End all."""
        self._wanted = {}
        for name in self._workers:
            self._drop(name, now)

    def fetched(self, fetched: Fetched, now: float) -> None:
        """Take how fetching a model went; what is not wanted any more is late news."""
        pipeline, error = fetched.pipeline, fetched.error
        if self._wanted.get(pipeline.id) != pipeline:
            return
        worker = self._workers[pipeline.id]
        if error is None:
            self._not_fetched.pop(pipeline.id, None)
            _log.info("its model is here", extra={"pipeline": pipeline.id})
            with self._alone(worker, now):
                worker.life.want(self._archives.launch(pipeline), now)
            return
        message = f"{error} The next try is in {fetched.pause:g} seconds."
        self._not_fetched[pipeline.id] = message
        worker.life.wait(Failure(kind="archive", message=message, hint=error.hint), now)
        _log.error("%s", message, extra={"pipeline": pipeline.id, "hint": error.hint})

    def cut_recordings(self, options: RecordingOptions) -> None:
        """Cut recordings otherwise from now on."""
        self._recording = options
        for worker in self._workers.values():
            worker.configure(options)

    def record(self, name: str, *, wanted: bool, now: float) -> bool:
        """Begin or end a recording; False when there is no such pipeline."""
        if name not in self._wanted:
            return False
        self._workers[name].record(wanted=wanted, options=self._recording, now=now)
        return True

    @property
    def wanted(self) -> Mapping[str, Pipeline]:
        """The pipelines that are wanted, by id."""
        return self._wanted

    def restart(self, name: str, now: float) -> None:
        """Start one anew, in a new process; its model is fetched again where it has yet to come."""
        worker, pipeline = self._workers[name], self._wanted[name]
        _log.info("it is started anew, for somebody called restartPipeline", extra={"pipeline": name})
        if worker.life.wanted is None:
            self._archives.fetch(pipeline)
        else:
            worker.restart(now)

    def snapshot(self, name: str, most_bytes: int, width: int, done: Callable[[Mapping[str, Any]], None]) -> str:
        """Take a picture of one; see `WorkerProcess.snapshot`."""
        return self._workers[name].snapshot(most_bytes, width, done)

    def act(self, now: float) -> None:
        """Do what is due."""
        for name, worker in list(self._workers.items()):
            with self._alone(worker, now):
                worker.act(now, self._orders)
            if worker.life.over and name not in self._wanted:
                del self._workers[name]

    def deadline(self) -> float:
        """When something may be due, if nothing else happens."""
        return min((worker.life.deadline() for worker in self._workers.values()), default=float("inf"))

    def mounts(self) -> Mapping[str, int]:
        """Mount -> the port where its video arrives."""
        return {worker.mount: worker.port for worker in self._workers.values() if worker.port is not None}

    def states(self, offset: float) -> Iterator[PipelineState]:
        """The state of each; the offset is the clock since 1970 minus the monotonic one."""
        for worker in self._workers.values():
            yield worker.state(offset, self._model(worker.id))

    def figures(self, now: float) -> tuple[PipelineFigures, ...]:
        """What each has counted."""
        return tuple(worker.figures(now) for worker in self._workers.values())

    @contextmanager
    def _alone(self, worker: WorkerProcess, now: float) -> Iterator[None]:
        """Let what goes wrong for one pipeline cost that pipeline alone."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 # the device's or ours: the supervisor and the others go on
            # Without its text, which may hold a password.
            lines = "".join(format_tb(error.__traceback__)).rstrip()
            _log.error("%s\n%s", type(error).__name__, lines, extra={"pipeline": worker.id})
            worker.unable(f"It cannot be started: {type(error).__name__}.", now)

    def _want(self, pipeline: Pipeline, worker: WorkerProcess, now: float) -> None:
        life, launch, current = worker.life, self._archives.launch(pipeline), self._archives.is_current(pipeline)
        self._archives.give_up(pipeline.id)
        self._not_fetched.pop(pipeline.id, None)
        if launch is not None and (current or life.wanted is None):
            worker.want(launch, now)
        elif life.wanted is None:
            life.wait(None, now)
        if launch is None or not current:  # what runs goes on meanwhile, as it was configured before
            self._archives.fetch(pipeline)

    def _made(self, pipeline: Pipeline, now: float) -> WorkerProcess:
        life = Life(now, silence=self._options.silence)
        made = WorkerProcess(pipeline, life, free_port(), post=self._post, send=self._send)
        self._workers[pipeline.id] = made
        return made

    def _drop(self, name: str, now: float) -> None:
        self._archives.give_up(name)
        self._not_fetched.pop(name, None)
        self._workers[name].life.want(None, now)

    def _model(self, name: str) -> Mapping[str, str] | None:
        pipeline = self._wanted.get(name)
        if pipeline is None or pipeline.archive is None:
            return None
        model = self._archives.model(name)
        reported = {"sha256": model.sha256 if model else "", "problem": self._not_fetched.get(name, "")}
        return {key: value for key, value in reported.items() if value}

    def _orders(self, launch: Launch) -> Orders:
        worker = self._workers[launch.pipeline.id]
        return Orders(
            pipeline=without_archive(launch.pipeline),
            roots=launch.roots,
            rtp_port=worker.port,
            recordings=str(self._options.recordings),
            options=self._recording,
            levels=self._levels,
            parser_timeout=self._options.parser_timeout,
        )
