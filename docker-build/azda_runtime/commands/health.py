"""`health`: whether the supervisor lives and each wanted pipeline plays or starts.

One sentence on standard output. Exit code 0 when all is well, else 1, as a container's HEALTHCHECK wants it.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from azda_runtime.supervisor.policy.verdict import alive, verdict
from azda_runtime.supervisor.storage import unwritable

STATE = Path("/var/lib/azda")

_FILE = "health.json"
_LARGEST = 1024 * 1024


def main(arguments: Sequence[str]) -> int:
    """Read the state file, print the sentence."""
    parser = argparse.ArgumentParser(prog="azda_runtime health", description="Check that `serve` does its work.")
    parser.add_argument("--state", metavar="DIR", type=Path, default=STATE, help=f"as of serve; default: {STATE}")
    parser.add_argument(
        "--alive", action="store_true", help="ask only whether the supervisor lives, not how pipelines do"
    )
    options = parser.parse_args(arguments)
    well, sentence = _look(options.state / _FILE, alive if options.alive else verdict)
    sys.stdout.write(f"{sentence}\n")
    return 0 if well else 1


def _look(file: Path, judge: Callable[..., tuple[bool, str]]) -> tuple[bool, str]:
    try:
        with file.open("rb") as opened:
            found = json.loads(opened.read(_LARGEST))
    except FileNotFoundError:
        lost = unwritable(file.parent, "the state and the models")
        return False, f"{lost.message} {lost.hint}" if lost else f"There is no {file}: `serve` has not started."
    except (OSError, ValueError, RecursionError) as error:
        return False, f"{file} cannot be read: {error}."
    return judge(found, now=time.monotonic())
