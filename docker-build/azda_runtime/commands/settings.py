"""`settings`: an azdaConfiguration on standard input, one JSON object on standard output.

The object::

    {"problems":  [{"path": "$.…", "message": "…", "hint": "…", "severity": "error|warning"}],
     "pipelines": [{"id": "…", "mount": "/…", "passthrough": false, "streams": ["<sensor>", …]}],
     "paths":     [{"path": "$.…", "value": "/custom-assets/x.txt", "kind": "config|parser|tracker|dewarp",
                    "inArchive": false}]}

With ``--twin`` standard input holds the module twin's desired properties instead, and what it says about recordings
is checked: outputVideoLength and autoStopRecordingTime.

With ``--lines`` standard input holds any number of questions, each a line of ``configuration`` or ``twin``, a blank and
the JSON; the answers are a line each, in the same order.

Exit code 0 when nothing is an error, else 4.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from azda_runtime.exit_codes import WRONG
from azda_runtime.files import is_file
from azda_runtime.settings import Problem, Reading, Severity, loads, missing
from azda_runtime.settings.recording import read_recording_options

_LIMIT = 4 * 1024 * 1024


def main(arguments: Sequence[str]) -> int:
    """Read, print, and say whether it would run."""
    parser = argparse.ArgumentParser(prog="azda_runtime settings", description="Check an azdaConfiguration.")
    parser.add_argument(
        "--files-in",
        metavar="DIR",
        type=Path,
        action="append",
        default=[],
        help="also look for the files that it names, below DIR as below / (repeatable)",
    )
    parser.add_argument("--twin", action="store_true", help="check what a module's twin says about recordings")
    parser.add_argument("--lines", action="store_true", help="read a question in each line, and answer each in a line")
    options = parser.parse_args(arguments)
    if options.lines:
        codes = [_answer_line(line, options.files_in) for line in sys.stdin.buffer]
        return max(codes, default=0)
    reading, problems = _read(sys.stdin.buffer.read(_LIMIT), options.files_in, twin=options.twin)
    sys.stdout.write(json.dumps(report(reading, problems), indent=2) + "\n")
    return _code(problems)


def report(reading: Reading, problems: Sequence[Problem]) -> dict[str, object]:
    """The answer as plain data."""
    return {
        "problems": [problem.as_json() for problem in problems],
        "pipelines": [
            {
                "id": pipeline.id,
                "mount": pipeline.mount,
                "passthrough": pipeline.passthrough is not None,
                "streams": [stream.sensor.name for stream in pipeline.streams],
            }
            for pipeline in reading.settings.pipelines
        ],
        "paths": [reference.as_json() for reference in reading.references],
    }


def _answer_line(line: bytes, roots: Sequence[Path]) -> int:
    kind, _, text = line.partition(b" ")
    reading, problems = _read(text[:_LIMIT], roots, twin=kind == b"twin")
    sys.stdout.write(json.dumps(report(reading, problems)) + "\n")
    return _code(problems)


def _read(text: bytes, roots: Sequence[Path], *, twin: bool) -> tuple[Reading, list[Problem]]:
    if twin:
        return loads(b"{}"), _recording(text)
    reading = loads(text)
    return reading, [*reading.problems, *_missing(reading, roots)]


def _code(problems: Sequence[Problem]) -> int:
    return WRONG if any(p.severity is Severity.ERROR for p in problems) else 0


def _recording(text: bytes) -> list[Problem]:
    try:
        twin = json.loads(text)
    except (ValueError, RecursionError):
        return [Problem(path="$", message="The twin is not JSON.", hint="Write a JSON object.")]
    return list(read_recording_options(twin)[1])


def _missing(reading: Reading, roots: Sequence[Path]) -> list[Problem]:
    if not roots or not reading.settings.enabled:
        return []
    return list(missing(reading.references, lambda path: any(is_file(root / path.lstrip("/")) for root in roots)))
