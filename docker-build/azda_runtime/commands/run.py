"""`run`: the pipelines of a settings file, in this process.

Messages are JSON lines on standard output, or in a file. With ``--status`` standard output carries the progress,
as JSON lines::

    {"event": "progress", "pipelines": {"<id>": {"frames": 120, "position": 4.0, "duration": 10.0 or null}}}
    {"event": "end", "pipelines": {"<id>": {"frames": …, "streams": {…}, "framesPerSecond": …, "objects": {…},
     "messages": …, "parsers": {"<file>": {…}}, "failure": {"message": "…", "hint": "…", "kind": "…"} or null}}}

Exit code 0 when all streams ended or SIGTERM or SIGINT ended them, 4 when a parser or a configuration is wrong (what
is right runs), 10 when a pipeline failed or went without one of its streams. What a parser prints goes to standard
error.
"""

import argparse
import contextlib
import logging
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from azda_runtime.assets import image_folders
from azda_runtime.exit_codes import WRONG, WRONG_USAGE
from azda_runtime.line_writer import Lines, take_standard_output
from azda_runtime.log import add_log_options, configure_from, log_failure, log_problem, set_levels
from azda_runtime.problems import InvalidValueError
from azda_runtime.settings import Pipeline, loads
from azda_runtime.supervisor.archives import Archives
from azda_runtime.worker.run import Run
from dsconfig.redaction import RUN

_log = logging.getLogger(__name__)


_LARGEST_SETTINGS = 4 * 1024 * 1024


def main(arguments: Sequence[str]) -> int:
    """Read the settings, run what they say."""
    options = _options(arguments)
    levels = configure_from(options)
    if options.status and options.messages is None:
        hint = "Add --messages FILE."
        _log.error("--status takes standard output, so the messages need a file", extra={"hint": hint})
        return WRONG_USAGE
    output = take_standard_output()
    try:
        image = image_folders()
        text = _settings(options.settings)
        messages = output if options.messages is None else options.messages.open("w", encoding="utf-8")
    except OSError as error:
        _log.error("%s cannot be opened: %s", error.filename, error.strerror)
        return WRONG_USAGE
    except InvalidValueError as error:
        log_failure(_log, error)
        return WRONG
    RUN.learn(text.decode(errors="replace"))
    reading = loads(text)
    set_levels(reading.settings.log_levels.otherwise(levels))
    for problem in reading.problems:
        log_problem(_log, problem)
    count = len(reading.settings.pipelines)
    if options.picture is not None and count > 1:
        _log.error("--picture takes one pipeline, and the settings have %s", count)
        return WRONG_USAGE
    with contextlib.ExitStack() as stack:
        try:
            folder = options.models or _own_folder(stack, reading.settings.pipelines)
        except OSError as error:
            line = "there is no folder for the models that are fetched: %s"
            _log.error(line, error.strerror, extra={"hint": "Name one with --models."})
            return WRONG_USAGE
        run = Run(options, Lines(messages), Lines(output) if options.status else None, Archives(folder, image))
        code = run.run(reading.settings.pipelines)
    with contextlib.suppress(OSError):  # what could not be written was logged when it happened
        messages.close()
    code = max(code, WRONG if reading.errors else 0)
    if run.hung:  # its thread would never let the interpreter end
        sys.stderr.flush()
        os._exit(code)
    return code


def _settings(path: Path) -> bytes:
    """The settings; those on standard input leave no file behind, for they may hold a camera's password."""
    if str(path) != "-":
        return path.read_bytes()
    text = sys.stdin.buffer.read(_LARGEST_SETTINGS)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    return text


def _own_folder(stack: contextlib.ExitStack, pipelines: Sequence[Pipeline]) -> Path:
    """A folder that lasts as long as the run; none is made where nothing is fetched, for the root may be read-only."""
    if not any(pipeline.archive for pipeline in pipelines):
        return Path()
    own = tempfile.TemporaryDirectory(prefix="azda-models-", ignore_cleanup_errors=True)
    return Path(stack.enter_context(own))


def _count(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is no number of frames")
    return value


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="azda_runtime run", description="Run the pipelines of an azdaConfiguration.")
    parser.add_argument(
        "--settings",
        metavar="FILE",
        type=Path,
        required=True,
        help="the azdaConfiguration, JSON; - reads it from standard input",
    )
    parser.add_argument("--messages", metavar="FILE", type=Path, help="default: standard output")
    parser.add_argument(
        "--models", metavar="DIR", type=Path, help="for models that are fetched; default: a folder of the run's own"
    )
    parser.add_argument(
        "--picture",
        metavar="FILE",
        type=Path,
        help="an .mp4, or a .png of one frame, to write; of inspected stills a .png",
    )
    parser.add_argument("--loop", action="store_true", help="play video files in time and again and again, as cameras")
    parser.add_argument("--status", action="store_true", help="report progress on standard output, as JSON lines")
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
        help="end video files after so much of them, by their own clock, and cameras after that time; default: at the "
        "end",
    )
    parser.add_argument(
        "--repeatable", action="store_true", help="give detections the same ids in each run, not random ones"
    )
    parser.add_argument(
        "--explain",
        action="store_true",
        help="say what parsers receive and what is odd about their boxes; the video shows confidences and results",
    )
    parser.add_argument(
        "--record-tensors",
        metavar="DIR",
        type=Path,
        help="write what primary parsers get and give into this folder, for azdacli validate-parser --replay",
    )
    parser.add_argument(
        "--frames", metavar="N", type=_count, default=100, help="record so many frames of a pipeline; default: 100"
    )
    parser.add_argument(
        "--parser-timeout",
        metavar="SECONDS",
        type=float,
        default=60.0,
        help="a parser's call that takes longer ends its pipeline; 0 waits for ever; default: 60",
    )
    add_log_options(parser)
    return parser.parse_args(arguments)
