"""The pipelines of one configuration, from their settings to the report at their end."""

import argparse
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from azda_runtime.assets import INDEX, read_index
from azda_runtime.configuration import Configuration, read_configuration
from azda_runtime.gst.errors import PipelineError
from azda_runtime.gst.playing import Player
from azda_runtime.gst.starting import has_element, start
from azda_runtime.lines import Lines, tell
from azda_runtime.parsers.failures import ParserFailure, users_stack
from azda_runtime.plan import Planning, Platform
from azda_runtime.preparing import Started, prepare
from azda_runtime.problems import InvalidValueError
from azda_runtime.settings import Pipeline, SourceKind

WRONG = 4
FAILED = 10

_NANOSECONDS = 1_000_000_000


class Run:
    """The pipelines of one configuration, until they end.

    Args:
        options: The command line.
        messages: Take what is inferred.
        status: Take what happens, None when nobody asked.
    """

    def __init__(self, options: argparse.Namespace, messages: Lines, status: Lines | None) -> None:
        self._options = options
        self._messages = messages
        self._status = status
        self._started: list[Started] = []
        self._failures: dict[str, dict[str, str]] = {}
        self._code = 0
        self.hung = False

    def run(self, pipelines: Sequence[Pipeline]) -> int:
        """Run them; returns the exit code."""
        for pipeline in pipelines:
            self._prepare(pipeline)
        if self._started:
            self._player = Player([each.playing for each in self._started], tell=tell, tick=self._tick)
            self._messages.failed = self._lost
            if self._status is not None:
                self._status.failed = self._lost
            self._start = time.monotonic()
            self._player.play()
        for each in self._started:
            if each.playing.failure is not None and each.playing.id not in self._failures:
                self._fail(each.playing.id, "pipeline", str(each.playing.failure), each.playing.failure.hint, FAILED)
        if self._status is not None:
            self._status.write(json.dumps({"event": "end", "pipelines": self._report()}))
        return self._code

    def _prepare(self, pipeline: Pipeline) -> None:
        picture = str(self._options.picture or "")
        try:
            start()
            planning = Planning(
                platform=_platform(),
                read=_read,
                rtp_port=None,
                loop_files=self._options.loop,
                picture_file=picture,
            )
            inspect = self._options.inspect_sources
            self._started.append(prepare(pipeline, planning, tell, self._messages.write, inspect_seconds=inspect))
        except InvalidValueError as error:
            self._fail(pipeline.id, "configuration", str(error), error.hint, WRONG)
        except ParserFailure as failure:
            if failure.trace:
                tell(failure.trace.rstrip())
            self._fail(pipeline.id, "parser", str(failure), failure.breaches[0].hint, WRONG)
        except PipelineError as error:
            self._fail(pipeline.id, "pipeline", str(error), error.hint, FAILED)

    def _fail(self, pipeline: str, kind: str, message: str, hint: str, code: int) -> None:
        self._failures[pipeline] = {"kind": kind, "message": message, "hint": hint}
        self._code = max(self._code, code)
        if self._status is None:  # else the report says it
            tell(f"error: {pipeline}: {message}")
            if hint:
                tell(f"hint: {hint}")

    def _lost(self, reason: str) -> None:
        for each in self._started:
            self._fail(each.playing.id, "output", reason, "Is the disk full, or the reader gone?", FAILED)
        self._player.stop()

    def _tick(self) -> None:
        for each in self._started:
            self._look_for_hang(each)
            self._look_for_end(each)
        if self._status is not None:
            self._status.write(json.dumps({"event": "progress", "pipelines": self._progress()}))

    def _look_for_hang(self, started: Started) -> None:
        call = started.tally.longest_call()
        limit = self._options.parser_timeout
        if started.playing.ended or not limit or call is None or call[2] < limit:
            return
        source, thread, _ = call
        self.hung = True
        tell(users_stack(thread).rstrip())
        message = f"{source}: The parser did not return within {limit:g} seconds."
        self._fail(started.playing.id, "hang", message, "The lines above show where it is.", WRONG)
        self._player.fail(started.playing, PipelineError(message), wait=False)

    def _look_for_end(self, started: Started) -> None:
        limit = self._options.seconds
        live = any(stream.sensor.kind is not SourceKind.FILE for stream in started.pipeline.streams)
        waited = time.monotonic() - self._start if live else 0.0
        if limit and not started.playing.ended and max(started.tally.position / _NANOSECONDS, waited) >= limit:
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
                "failure": self._failures.get(each.playing.id),
            }
        return reports


def _platform() -> Platform:
    index = read_index(INDEX)
    target = index.target if index is not None and index.target else "cpu"
    return Platform.of(target, has_encoder=has_element("nvv4l2h264enc"))


def _read(path: str) -> Configuration:
    return read_configuration(Path(path))
