"""Follows the module's twin during one connection: whole at its begin, then patch by patch."""

import time
from collections import deque

from azda_runtime.hub.base import DesiredProperties
from azda_runtime.hub.connected.connection import Connection, RefusedError
from azda_runtime.hub.connected.pending import Pending
from azda_runtime.hub.twin.desired import Outcome

_PATCHES = 1000


class Follower:
    """Keeps the desired properties as the twin's.

    Args:
        pending: Its condition is held where the methods say so.
    """

    def __init__(self, pending: Pending) -> None:
        self._pending = pending
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
        """Apply what has come, and hand over the desired properties when it changed."""
        with self._pending.condition:
            patches, outcomes = sorted(self._patches, key=_version), set()
            self._patches.clear()
            for patch in patches:
                outcomes.add(self._pending.desired.patch(patch))
            if outcomes & {Outcome.GAP, Outcome.BROKEN}:
                self.ask()
        if Outcome.CHANGED in outcomes:
            self._hand_over()

    def take_twin(self, connection: Connection) -> None:
        """Ask for the whole twin, and hand over its desired properties when that changed. Raises AwayError."""
        with self._pending.condition:
            asked_at, self._twin_due = self._pending.desired.version, None
        try:
            twin = connection.twin()
        except RefusedError as error:
            peer = self._pending.peer
            self._again(f"{peer.start} does not give {peer.settings}: {error}; it is asked for again.")
            return
        if twin is None:  # nobody has written one yet
            return
        members = twin if isinstance(twin, dict) else {}
        with self._pending.condition:
            outcome = self._pending.desired.whole(members.get("desired"), asked_at=asked_at)
            self._pending.reported.seen(members.get("reported"))
        if outcome is Outcome.BROKEN:
            self._again("The module's twin has no desired properties with a $version; it is ignored.")
        elif outcome is Outcome.CHANGED:
            self._hand_over()

    def _again(self, line: str) -> None:
        with self._pending.condition:
            self._twin_due = time.monotonic() + self._pending.limits.retry_pause
        self._pending.trouble("twin", line)

    def _hand_over(self) -> None:
        self._pending.hand_over(DesiredProperties(properties=self._pending.desired.properties))


def _version(patch: object) -> float:
    version = patch.get("$version") if isinstance(patch, dict) else None
    return version if isinstance(version, int) else -1
