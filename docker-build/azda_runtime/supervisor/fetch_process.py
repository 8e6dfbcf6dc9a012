"""Fetches and unpacks an archive in a process of its own, which is killed when it takes too long."""

import json
import time
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from queue import Empty, SimpleQueue
from signal import Signals
from typing import Any

from azda_runtime.models import Fetched, Limits, ModelError
from azda_runtime.models.watch import FetchWatch
from azda_runtime.settings import Archive
from azda_runtime.supervisor.child_process import Child
from azda_runtime.supervisor.policy.protocol import event_in

_LOOK_SECONDS = 0.25
# What was killed is gone by then, unless the disk does not answer.
_END_SECONDS = 10.0

_Events = SimpleQueue[Mapping[str, Any] | int]


def fetch_in_process(
    archive: Archive, folder: Path, known: Collection[str], *, limits: Limits, unwanted: Callable[[], bool]
) -> Fetched:
    """Fetch and unpack an archive.

    Args:
        archive: Its address and, when known, its digest.
        folder: Empty; its files go into the folder ``files`` in it.
        known: Digests of archives that are not needed again.
        limits: Bounds of size, time and memory.
        unwanted: Whether nobody wants the archive any more.

    Raises:
        ModelError: It was not taken. What was written by then is the caller's to remove.
        OSError: The process cannot be started.
    """
    events: _Events = SimpleQueue()
    orders = {"url": archive.url, "sha256": archive.sha256, "folder": str(folder), "known": list(known)}
    child = Child(
        ["fetch"],
        json.dumps({**orders, "limits": limits.as_json()}),
        take=lambda line: events.put(event_in(line) or {}),
        ended=events.put,
    )
    watch = FetchWatch(limits, time.monotonic())
    outcome: Fetched | ModelError | None = None
    while True:
        event = _next(events)
        if isinstance(event, int):
            break
        outcome = _heard(event, watch) or outcome
        if unwanted():
            outcome = ModelError("The download was given up: another configuration came.", hint="")
        else:
            outcome = watch.overdue(time.monotonic()) or outcome
        if isinstance(outcome, ModelError):
            child.kill()
            _wait_for_end(events)
            raise outcome
    if isinstance(outcome, Fetched) and event == 0:
        return outcome
    raise _ended(event, limits)


def _next(events: _Events) -> Mapping[str, Any] | int:
    try:
        return events.get(timeout=_LOOK_SECONDS)
    except Empty:
        return {}


def _heard(event: Mapping[str, Any], watch: FetchWatch) -> Fetched | ModelError | None:
    name = event.get("event")
    if name == "progress":
        watch.progress(event["attempt"], event["arrived"], time.monotonic())
    elif name == "unpacks":
        watch.unpacks(time.monotonic())
    elif name == "fetched":
        return Fetched(sha256=event["sha256"], root=event["root"])
    elif name == "failed":
        return ModelError.of(event)
    return None


def _wait_for_end(events: _Events) -> None:
    deadline = time.monotonic() + _END_SECONDS
    while not isinstance(_next(events), int) and time.monotonic() < deadline:
        pass


def _ended(code: int, limits: Limits) -> ModelError:
    """The failure of a process that ended without a word."""
    if code >= 0:
        return ModelError(
            f"The process that fetches the archive ended with exit code {code}.",
            hint="Look at the lines before this one.",
        )
    try:
        name = Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    hint = "Make the zip file again with an ordinary program."
    if name == "SIGKILL":
        hint = "The system kills what needs more memory than there is: look at the device's kernel log."
    elif name == "SIGXCPU":
        hint = f"It may compute for {limits.computing} seconds: leave out what the model does not need."
    return ModelError(f"The process that fetches the archive was ended by {name}.", hint=hint)
