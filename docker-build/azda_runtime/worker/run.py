"""The pipelines of one configuration, from their settings to the report at their end."""

import argparse
import json
import logging
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from azda_runtime.exit_codes import FAILED
from azda_runtime.gst.errors import PipelineError
from azda_runtime.gst.initialize import start
from azda_runtime.gst.player import Player
from azda_runtime.line_writer import Lines
from azda_runtime.parsers.failures import ParserFailure
from azda_runtime.plan import Planning
from azda_runtime.settings import Pipeline, SourceKind
from azda_runtime.supervisor.archives import Archives
from azda_runtime.supervisor.policy.failure import Failure
from azda_runtime.worker import garbage
from azda_runtime.worker.failures import EXPECTED, exit_code, failure_of, hanging
from azda_runtime.worker.prepare import Replay, Started, located, platform, prepare, read_file

_log = logging.getLogger(__name__)


_NANOSECONDS = 1_000_000_000


class Run:
    """The pipelines of one configuration, until they end.

    Args:
        options: The command line.
        messages: Take what is inferred.
        status: Take what happens, None when nobody asked.
        archives: Where models come from that are in no image.
    """

    def __init__(self, options: argparse.Namespace, messages: Lines, status: Lines | None, archives: Archives) -> None:
        self._options = options
        self._messages = messages
        self._status = status
        self._archives = archives
        self._started: list[Started] = []
        self._failures: dict[str, dict[str, str]] = {}
        self._code = 0
        self.hung = False

    def run(self, pipelines: Sequence[Pipeline]) -> int:
        """Run them; returns the exit code."""
        for pipeline in pipelines:
            self._prepare(pipeline)
        if self._started:
            self._player = Player([each.playing for each in self._started], tick=self._tick)
            self._messages.failed = self._lost
            if self._status is not None:
                self._status.failed = self._lost
            garbage.settle()
            self._start = time.monotonic()
            self._player.play()
        for each in self._started:
            if each.playing.failure is not None and each.playing.id not in self._failures:
                self._fail(each.playing.id, failure_of(each.playing.failure))
            for notice in each.tally.notices():
                _log.warning("%s", notice.message.rstrip("."), extra={"hint": notice.hint})
            if each.lost:  # what could be done was done, and it was not all
                self._code = max(self._code, FAILED)
        if self._status is not None:
            self._status.write(json.dumps({"event": "end", "pipelines": self._report()}))
        return self._code

    def _prepare(self, pipeline: Pipeline) -> None:
        picture = str(self._options.picture or "")
        try:
            start()
            planning = Planning(
                platform=platform(),
                read=read_file,
                rtp_port=None,
                loop_files=self._options.loop,
                picture_file=picture,
            )
            pipeline = self._with_files(pipeline)
            replay = Replay(
                inspect_seconds=self._options.inspect_sources,
                seconds=self._options.seconds,
                repeatable=self._options.repeatable,
                explained=self._options.explain,
                record=self._options.record_tensors,
                record_frames=self._options.frames,
            )
            self._started.append(prepare(pipeline, planning, self._messages.write, replay=replay))
        except EXPECTED as error:
            if isinstance(error, ParserFailure) and error.trace:
                _log.error("%s", error.trace.rstrip())
            self._fail(pipeline.id, failure_of(error))

    def _with_files(self, pipeline: Pipeline) -> Pipeline:
        if pipeline.archive is not None:
            _log.info("fetches its model", extra={"pipeline": pipeline.id})
            self._archives.install(pipeline)
        return located(pipeline, [*map(Path, self._archives.roots(pipeline)), Path.cwd()])

    def _fail(self, pipeline: str, failure: Failure) -> None:
        self._failures[pipeline] = {"kind": failure.kind, "message": failure.message, "hint": failure.hint}
        self._code = max(self._code, exit_code(failure))
        if self._status is None:  # else the report says it
            _log.error("%s", failure.message, extra={"pipeline": pipeline, "hint": failure.hint})

    def _lost(self, reason: str) -> None:
        for each in self._started:
            hint = "Is the disk full, or the reader gone?"
            self._fail(each.playing.id, Failure(kind="output", message=reason, hint=hint))
        self._player.stop()

    def _tick(self) -> None:
        for each in self._started:
            self._look_for_hang(each)
            self._look_for_end(each)
        if self._status is not None:
            self._status.write(json.dumps({"event": "progress", "pipelines": self._progress()}))

    def _look_for_hang(self, started: Started) -> None:
        found = None if started.playing.ended else hanging(started.tally, self._options.parser_timeout)
        if found is not None:
            failure, stack = found
            self.hung = True
            _log.error("%s", stack.rstrip())
            self._fail(started.playing.id, failure)
            self._player.fail(started.playing, PipelineError(failure.message), wait=False)

    def _look_for_end(self, started: Started) -> None:
        """End what has a camera by the time that passes, and what starts again; other videos end by themselves."""
        limit = self._options.seconds
        live = any(stream.sensor.kind is not SourceKind.FILE for stream in started.pipeline.streams)
        if not limit or started.playing.ended or not (live or self._options.loop):
            return
        if max(started.tally.position / _NANOSECONDS, time.monotonic() - self._start if live else 0.0) >= limit:
            self._player.stop(started.playing)

    def _progress(self) -> dict[str, Any]:
        return {
            each.playing.id: {
                "frames": sum(each.tally.frames.values()),
                "position": each.tally.position / _NANOSECONDS,
                "duration": each.duration / _NANOSECONDS or None,
            }
            for each in self._started
        }

    def _report(self) -> dict[str, Any]:
        reports: dict[str, Any] = {name: {"failure": failure} for name, failure in self._failures.items()}
        for each in self._started:
            frame = each.pipeline.frame
            reports[each.playing.id] = {
                **each.tally.as_json(),
                "frameSize": [frame.width, frame.height],
                "picture": each.picture_file or None,
                "notices": [{"message": each.message, "hint": each.hint} for each in each.tally.notices()],
                "failure": self._failures.get(each.playing.id),
            }
        return reports
