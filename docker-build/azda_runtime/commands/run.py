"""`run`: the pipelines of a settings file, in this process.

Messages are JSON lines on standard output, or in a file. With ``--status`` standard output tells what happens instead,
as JSON lines::

    {"event": "progress", "pipelines": {"<id>": {"frames": 120, "position": 4.0, "duration": 10.0 or null}}}
    {"event": "end", "pipelines": {"<id>": {"frames": …, "streams": {…}, "framesPerSecond": …, "objects": {…},
     "messages": …, "parsers": {"<file>": {…}}, "failure": {"message": "…", "hint": "…", "kind": "…"} or null}}}

Exit code 0 when all streams ended or SIGTERM or SIGINT ended them, 4 when a parser or a configuration is wrong (what
is right runs), 10 when a pipeline failed. What a parser prints goes to standard error.
"""

import argparse
import contextlib
import json
import os
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TextIO

from azda_runtime.assets import INDEX, read_index
from azda_runtime.configuration import Configuration, read_configuration
from azda_runtime.gst.errors import PipelineError
from azda_runtime.gst.playing import Player
from azda_runtime.gst.starting import has_element, start
from azda_runtime.parsers.failures import ParserFailure, users_stack
from azda_runtime.plan import Planning, Platform
from azda_runtime.problems import InvalidValueError
from azda_runtime.running import Started, prepare
from azda_runtime.settings import Pipeline, SourceKind, loads

WRONG_USAGE = 2
WRONG = 4
FAILED = 10

_NANOSECONDS = 1_000_000_000


class Lines:
    """Lines for whoever reads them; a reader that is gone, or a full disk, is told once.

    Args:
        file: Takes them.
        failed: Called with the reason when they cannot be written any more.
    """

    def __init__(self, file: TextIO, failed: Callable[[str], None] = lambda _: None) -> None:
        self.failed = failed
        self._file = file
        self._lock = threading.Lock()
        self._lost = False

    def write(self, line: str) -> None:
        """Write one line; threads take turns."""
        with self._lock:
            if self._lost:
                return
            try:
                self._file.write(f"{line}\n")
                self._file.flush()
            except OSError as error:
                self._lost = True
                self.failed(f"Nothing more can be written: {error.strerror}.")


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


def main(arguments: Sequence[str]) -> int:
    """Read the settings, run what they say."""
    options = _options(arguments)
    if options.status and options.messages is None:
        tell("error: --status takes standard output, so the messages need a file")
        tell("hint: Add --messages FILE.")
        return WRONG_USAGE
    output = _take_standard_output()
    try:
        text = options.settings.read_bytes()
        messages = output if options.messages is None else options.messages.open("w", encoding="utf-8")
    except OSError as error:
        tell(f"error: {error.filename} cannot be opened: {error.strerror}")
        return WRONG_USAGE
    reading = loads(text)
    for problem in reading.problems:
        tell(f"{problem.severity.value}: {problem.path}: {problem.message}")
        tell(f"hint: {problem.hint}")
    count = len(reading.settings.pipelines)
    if options.picture is not None and count > 1:
        tell(f"error: --picture takes one pipeline, and the settings have {count}")
        return WRONG_USAGE
    run = Run(options, Lines(messages), Lines(output) if options.status else None)
    code = run.run(reading.settings.pipelines)
    with contextlib.suppress(OSError):  # what could not be written was told when it happened
        messages.close()
    code = max(code, WRONG if reading.errors else 0)
    if run.hung:  # its thread would never let the interpreter end
        sys.stderr.flush()
        os._exit(code)
    return code


def tell(line: str) -> None:
    """Print a line of the story."""
    sys.stderr.write(f"{line}\n")


def _take_standard_output() -> TextIO:
    """Keep standard output for our lines; what a parser or a library prints goes to standard error."""
    sys.stdout.flush()
    kept = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return kept


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="azda_runtime run", description="Run the pipelines of an azdaConfiguration.")
    parser.add_argument("--settings", metavar="FILE", type=Path, required=True, help="the azdaConfiguration, JSON")
    parser.add_argument("--messages", metavar="FILE", type=Path, help="default: standard output")
    parser.add_argument("--picture", metavar="FILE", type=Path, help="an .mp4, or a .png of one frame, to write")
    parser.add_argument("--loop", action="store_true", help="play video files in time and again and again, as cameras")
    parser.add_argument("--status", action="store_true", help="tell on standard output what happens, as JSON lines")
    parser.add_argument(
        "--inspect-sources",
        metavar="SECONDS",
        type=int,
        default=0,
        help="fail when a source cannot be opened in that time, and take the frame size of the first",
    )
    parser.add_argument(
        "--seconds",
        metavar="SECONDS",
        type=float,
        default=0.0,
        help="stop when so much video was seen, of a camera at the latest after that time; default: at the end",
    )
    parser.add_argument(
        "--parser-timeout",
        metavar="SECONDS",
        type=float,
        default=60.0,
        help="a parser's call that takes longer ends its pipeline; 0 waits for ever; default: 60",
    )
    return parser.parse_args(arguments)


def _platform() -> Platform:
    index = read_index(INDEX)
    target = index.target if index is not None and index.target else "cpu"
    return Platform.of(target, has_encoder=has_element("nvv4l2h264enc"))


def _read(path: str) -> Configuration:
    return read_configuration(Path(path))
