"""A worker: one pipeline in a process of its own, which takes orders and reports events in lines of JSON."""

import json
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TextIO

from azda_runtime.exit_codes import FAILED
from azda_runtime.gst.errors import PipelineError
from azda_runtime.gst.initialize import start
from azda_runtime.gst.player import Player, plays
from azda_runtime.gst.recorder import Recorder
from azda_runtime.gst.snapshot import Snapshots
from azda_runtime.line_writer import Lines
from azda_runtime.log import set_levels, whose
from azda_runtime.parsers.failures import ParserFailure
from azda_runtime.plan import Planning
from azda_runtime.settings import LogLevels, Pipeline, SourceKind, as_plain, pipeline_of
from azda_runtime.supervisor.policy.failure import Failure
from azda_runtime.supervisor.policy.figures import Counts
from azda_runtime.supervisor.policy.lifecycle import Phase
from azda_runtime.supervisor.policy.protocol import Orders, event_line, message_line, recording_of
from azda_runtime.supervisor.policy.streams import StreamWatch
from azda_runtime.worker import garbage
from azda_runtime.worker.absent_streams import Absent, absent_now
from azda_runtime.worker.counts import counts_in
from azda_runtime.worker.failures import EXPECTED, exit_code, failure_of, hanging
from azda_runtime.worker.prepare import Started, located, platform, prepare, read_file
from azda_runtime.worker.snapshots import snapshot
from dsconfig.redaction import RUN

_log = logging.getLogger(__name__)

_NEWS_SECONDS = 1.0
# How often a device or a file that could not be opened is looked for.
_ABSENT_SECONDS = 5.0
# Within these a stop ends, whatever a parser does; the supervisor kills a little later.
_STOP_SECONDS = 7.5
# The process ends when its main loop does not turn for so long, also when the supervisor is gone and cannot kill it:
# SIGALRM needs no Python, which a compiled extension may hold up.
_STANDSTILL_SECONDS = 45


class Worker:
    """Runs one pipeline until its streams end, it fails, or it is stopped.

    Args:
        orders: What to run.
        lines: Take what happens.
    """

    _failure: Failure | None = None

    def __init__(self, orders: Orders, lines: Lines) -> None:
        self._orders = orders
        self._lines = lines
        self._started: Started | None = None
        self._player: Player | None = None
        self._recorder: Recorder | None = None
        self._snapshots: Snapshots | None = None
        self._record = False
        self._look_at = 0.0
        self._unplugged: dict[str, Absent] = {}
        self._stopped = threading.Event()
        self._lock = threading.Lock()

    def run(self, later: TextIO) -> int:
        """Run; returns the exit code.

        Args:
            later: Where further orders come from.
        """
        set_levels(self._orders.levels)
        whose(self._orders.pipeline.id)
        RUN.learn(as_plain(self._orders.pipeline))
        self._lines.failed = lambda _: self.stop()  # the supervisor is gone
        threading.Thread(target=self._follow, args=(later,), daemon=True).start()
        threading.Thread(target=self._report_news, daemon=True).start()
        try:
            start()
            self._play()
        except EXPECTED as error:
            if isinstance(error, ParserFailure) and error.trace:
                _log.error("%s", error.trace.rstrip())
            self._failure = failure_of(error)
        return self._end()

    def stop(self) -> None:
        """End in order; any thread may call this."""
        with self._lock:
            if self._stopped.is_set():
                return
            self._stopped.set()
            player = self._player
        timer = threading.Timer(_STOP_SECONDS, os._exit, (FAILED,))
        timer.daemon = True
        timer.start()
        if player is None:
            os._exit(0)  # nothing plays yet: there is nothing to end
        player.stop()

    def _play(self) -> None:
        pipeline = self._located()
        planning = Planning(platform=platform(), read=read_file, rtp_port=self._orders.rtp_port)
        started = prepare(pipeline, planning, self._send)
        player = Player([started.playing], tick=self._tick)
        recorder = Recorder(
            pipeline.id,
            started.playing.pipeline,
            started.picture,
            Path(self._orders.recordings),
            self._orders.options,
        )
        with self._lock:
            self._started, self._player, self._recorder = started, player, recorder
            self._snapshots = Snapshots(started.playing.pipeline, started.picture)
            started.change(self._located())  # it may have changed in between
            if self._record:
                recorder.start()
        garbage.settle()
        player.play()
        recorder.finish()
        if started.playing.failure is not None and self._failure is None:
            self._failure = failure_of(started.playing.failure)

    def _located(self) -> Pipeline:
        return located(self._orders.pipeline, [Path(root) for root in self._orders.roots])

    def _end(self) -> int:
        signal.alarm(0)
        if self._failure is not None:
            reported = {"message": self._failure.message, "hint": self._failure.hint, "final": self._failure.final}
            self._lines.write(event_line("failed", kind=self._failure.kind, **reported))
            return exit_code(self._failure)
        self._lines.write(event_line("end"))
        return 0

    def _send(self, message: str) -> None:
        self._lines.write(message_line(message))
        if self._recorder is not None:
            self._recorder.take(message)

    def _tick(self) -> None:
        signal.alarm(_STANDSTILL_SECONDS)
        started, player = self._started, self._player
        if started is None or player is None or started.playing.ended:
            return
        found = hanging(started.tally, self._orders.parser_timeout)
        if found is not None:
            self._failure, stack = found
            _log.error("%s\n%s", self._failure.message, stack.rstrip())
            player.fail(started.playing, PipelineError(self._failure.message), wait=False)
        elif time.monotonic() >= self._look_at:
            self._look_at = time.monotonic() + _ABSENT_SECONDS
            back = [each.sensor for each in (*started.absent, *self._unplugged.values()) if each.is_there()]
            self._unplugged |= {each.sensor: each for each in _absent_of(started)}
            if back:  # the pipeline starts again, with it
                player.fail(started.playing, PipelineError(f"{', '.join(back)} can be opened now."))

    def _report_news(self) -> None:
        watch: StreamWatch | None = None
        recording = None
        while True:
            started, phase, counts = self._started, Phase.STARTING, Counts()
            if started is not None:
                watch = watch or StreamWatch(_cameras(started.pipeline), time.monotonic())
                phase = watch.look(dict(started.tally.frames), time.monotonic())
                if started.pipeline.passthrough and plays(started.playing):
                    phase = Phase.PLAYING
                counts = counts_in(started.tally, watch)
            silent = sorted({*watch.silent, *started.lost}) if watch and started else []
            self._lines.write(event_line("progress", state=phase.value, silent=silent, counts=counts.as_json()))
            if self._recorder is not None and self._recorder.state != recording:
                recording = self._recorder.state
                self._lines.write(event_line("recording", **recording.as_json()))
            time.sleep(_NEWS_SECONDS)

    def _follow(self, later: TextIO) -> None:
        for line in later:
            self._obey(json.loads(line))
        self.stop()

    def _obey(self, order: Mapping[str, Any]) -> None:
        if "logLevel" in order:
            set_levels(LogLevels.of(order))
        with self._lock:
            recorder = self._recorder
            if "change" in order:
                self._orders = replace(self._orders, pipeline=pipeline_of(order["change"]))
                if self._started is not None:
                    self._started.change(self._located())
            if "record" in order:
                self._record = order["record"]
                if recorder is not None:
                    (recorder.start if self._record else recorder.stop)()
            if "recording" in order:
                self._orders = replace(self._orders, options=recording_of(order["recording"]))
                if recorder is not None:
                    recorder.configure(self._orders.options)
        if "snapshot" in order:
            snapshot(order["snapshot"], self._snapshots, self._lines.write)
        if "stop" in order:
            self.stop()


def _absent_of(started: Started) -> list[Absent]:
    """Those of the streams that failed which cannot be opened now: unplugged, or a file that was removed."""
    sensors = [stream.sensor for stream in started.pipeline.streams if stream.sensor.name in started.lost]
    return [found for sensor in sensors if (found := absent_now(sensor)) is not None]


def _cameras(pipeline: Pipeline) -> list[str]:
    return [stream.sensor.name for stream in pipeline.streams if stream.sensor.kind is not SourceKind.FILE]


def leave(code: int) -> None:
    """End the process now, whatever threads a parser started or left hanging."""
    sys.stderr.flush()
    os._exit(code)
