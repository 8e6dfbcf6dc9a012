"""`fetch`: one model archive, for who runs a pipeline, in a process that can do no harm when the archive is hostile.

The orders are one JSON line on standard input, for the address may hold a token; progress is reported in JSON lines::

    {"url": "https://…", "sha256": "…" or null, "folder": "/…", "known": ["<sha256>"], "limits": {…}}

or, for an archive that is on this machine already and stays where it is::

    {"file": "/….zip", "folder": "/…", "limits": {…}}

and this is what it answers::

    {"event": "progress", "attempt": 1, "arrived": 4096}
    {"event": "unpacks"}
    {"event": "fetched", "sha256": "…", "root": "model" or null}
    {"event": "failed", "message": "…", "hint": "…", "passing": false}
"""

import json
import logging
import os
import resource
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from azda_runtime.exit_codes import FAILED, WRONG_USAGE
from azda_runtime.line_writer import Lines, take_standard_output
from azda_runtime.log import configure
from azda_runtime.models import Limits, ModelError, fetch, take
from azda_runtime.settings import Archive
from azda_runtime.supervisor.policy.protocol import event_line

_log = logging.getLogger(__name__)

_OPEN_FILES = 64
_LONGEST_ORDERS = 64 * 1024


def main(arguments: Sequence[str]) -> int:
    """Read what to fetch, and fetch it."""
    configure()
    try:
        orders = None if arguments else json.loads(sys.stdin.buffer.readline(_LONGEST_ORDERS))
        limits = Limits.of(orders["limits"]) if orders else Limits()
    except (ValueError, KeyError, TypeError):
        orders = None
    if not orders:
        _log.error("this command is for `serve`, `run` and `simulate`, which say what to fetch on standard input")
        return WRONG_USAGE
    _bound(limits)
    threading.Thread(target=_end_with_who_asked, daemon=True).start()
    lines = Lines(take_standard_output())
    try:
        lines.write(_fetched(orders, limits, lines))
    except BaseException as error:  # noqa: BLE001 # whatever it is, who asked has to hear of it
        lines.write(event_line("failed", **_failure(error, limits).as_json()))
        return FAILED
    return 0


def _fetched(orders: dict[str, Any], limits: Limits, lines: Lines) -> str:
    if "file" in orders:
        return event_line("fetched", sha256=None, root=take(Path(orders["file"]), Path(orders["folder"]), limits))
    found = fetch(
        Archive(url=orders["url"], sha256=orders["sha256"]),
        Path(orders["folder"]),
        orders["known"],
        limits=limits,
        report=lambda attempt, arrived: lines.write(event_line("progress", attempt=attempt, arrived=arrived)),
        unpacks=lambda: lines.write(event_line("unpacks")),
    )
    return event_line("fetched", sha256=found.sha256, root=found.root)


def _end_with_who_asked() -> None:
    """End when the other end of standard input is gone: nobody would take what is fetched."""
    while os.read(0, _LONGEST_ORDERS):
        pass  # nothing more is written there
    os._exit(FAILED)


def _bound(limits: Limits) -> None:
    """Take from this process what it does not need; beyond these bounds the system refuses, or ends it."""
    largest = max(limits.download, limits.unpacked)
    for what, most in (
        (resource.RLIMIT_AS, limits.memory),
        (resource.RLIMIT_FSIZE, largest),
        (resource.RLIMIT_NOFILE, _OPEN_FILES),
        (resource.RLIMIT_CPU, limits.computing),
        (resource.RLIMIT_CORE, 0),  # it would hold the address, with its token
    ):
        hard = resource.getrlimit(what)[1]
        bound = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (bound, bound))


def _failure(error: BaseException, limits: Limits) -> ModelError:
    if isinstance(error, ModelError):
        return error
    if isinstance(error, MemoryError):
        return ModelError(
            f"The archive needs more than {limits.memory // 1024**2} MB of memory to be read.",
            hint="Make the zip file again with an ordinary program.",
        )
    if isinstance(error, OSError):
        reason = error.strerror or type(error).__name__
        return ModelError(f"The model cannot be kept: {reason}.", hint="Is there room in the state folder?")
    # Its text is left out: it might hold the address, with its token.
    return ModelError(f"The archive cannot be read: {type(error).__name__}.", hint="Make the zip file again.")
