"""Follows the module's twin during one connection: whole at its begin, then patch by patch."""

import time
from collections import deque

from azda_runtime.hub.base import DesiredProperties
from azda_runtime.hub.iot_edge.connection import Connection, RefusedError
from azda_runtime.hub.iot_edge.pending import Desk
from azda_runtime.hub.twin.desired import Outcome

_PATCHES = 1000


class Follower:
    """Keeps the desk's desired properties as the twin's.

    Args:
        desk: Its condition is held where the methods say so.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._patches: deque[object] = deque(maxlen=_PATCHES)  # where one is dropped, its gap asks for the twin
        self._twin_due: float | None = 0.0

    def add(self, patch: object) -> None:
        """Take a patch, to be looked at later; with the condition held."""
        self._patches.append(patch)

    def ask(self) -> None:
        """Something may have been missed: ask for the whole twin; with the condition held."""
        self._twin_due = 0.0

    def has_patches(self) -> bool:
        """Whether `take_patches` has something to do."""
        return bool(self._patches)

    def is_due(self, now: float) -> bool:
        """Whether the whole twin is to be asked for."""
        return self._twin_due is not None and now >= self._twin_due

    def take_patches(self) -> None:
        """Apply what has come, and hand over what the twin wishes when it changed."""
        with self._desk.condition:
            patches, outcomes = sorted(self._patches, key=_version), set()
            self._patches.clear()
            for patch in patches:
                outcomes.add(self._desk.desired.patch(patch))
            if outcomes & {Outcome.GAP, Outcome.BROKEN}:
                self.ask()
        if Outcome.CHANGED in outcomes:
            self._hand_over()

    def take_twin(self, connection: Connection) -> None:
        """Ask for the whole twin, and hand over what it wishes when that changed. Raises AwayError."""
        with self._desk.condition:
            asked_at, self._twin_due = self._desk.desired.version, None
        try:
            twin = connection.twin()
        except RefusedError as error:
            self._again(f"edgeHub does not give the module's twin: {error}; it is asked for again.")
            return
        members = twin if isinstance(twin, dict) else {}
        with self._desk.condition:
            outcome = self._desk.desired.whole(members.get("desired"), asked_at=asked_at)
            self._desk.reported.seen(members.get("reported"))
        if outcome is Outcome.BROKEN:
            self._again("The module's twin has no desired properties with a $version; it is ignored.")
        elif outcome is Outcome.CHANGED:
            self._hand_over()

    def _again(self, line: str) -> None:
        with self._desk.condition:
            self._twin_due = time.monotonic() + self._desk.limits.retry_pause
        self._desk.trouble("twin", line)

    def _hand_over(self) -> None:
        self._desk.hand_over(DesiredProperties(properties=self._desk.desired.properties))


def _version(patch: object) -> float:
    version = patch.get("$version") if isinstance(patch, dict) else None
    return version if isinstance(version, int) else -1
