"""The desired properties of a module twin: the whole, and the patches that change it."""

import json
from collections.abc import Mapping
from enum import Enum
from typing import Any

from dsconfig.merge_patch import merged

_OWN_KEYS = ("$version", "$metadata")


class Outcome(Enum):
    """What came of a twin or a patch."""

    CHANGED = "changed"
    SAME = "same"
    OLD = "old"
    """It was overtaken, and is ignored."""
    GAP = "gap"
    """Something between is missing: the whole twin is needed."""
    BROKEN = "broken"
    """It is neither a twin nor a patch."""


class Desired:
    """Follows the desired properties by their ``$version``, whatever order their changes arrive in.

    Each change of a twin raises its version by one. A patch that does not follow on what is known is therefore no
    patch to apply: the client calls its handlers from several threads, and edgeHub sends one patch for all that
    changed while the module was away.

    Attributes:
        properties: All members but ``$version`` and ``$metadata``; None before the first twin.
        version: None before the first twin.
    """

    def __init__(self) -> None:
        self.properties: dict[str, Any] | None = None
        self.version: int | None = None
        self._text = ""

    def whole(self, desired: object, *, asked_at: int | None) -> Outcome:
        """Take the whole of the desired properties.

        Args:
            desired: The member ``desired`` of a twin, unchecked.
            asked_at: The version that was known when the twin was asked for. A twin that is older than that was
                made anew (the module was deleted and created again); one that is older than what came since was
                overtaken.
        """
        version = _version(desired)
        if version is None or not isinstance(desired, Mapping):
            return Outcome.BROKEN
        if self.version is not None and version < self.version and (asked_at is None or version >= asked_at):
            return Outcome.OLD
        return self._become({k: v for k, v in desired.items() if k not in _OWN_KEYS}, version)

    def patch(self, patch: object) -> Outcome:
        """Take a patch, with the ``$version`` of the twin that it makes."""
        version = _version(patch)
        if version is None or not isinstance(patch, Mapping):
            return Outcome.BROKEN
        if self.version is not None and version <= self.version:
            return Outcome.OLD
        if self.version is None or version > self.version + 1:
            return Outcome.GAP
        changes = {k: v for k, v in patch.items() if k not in _OWN_KEYS}
        try:
            return self._become(merged(self.properties, changes), version)
        except RecursionError:
            return Outcome.BROKEN

    def _become(self, properties: dict[str, Any], version: int) -> Outcome:
        try:
            text = json.dumps(properties, sort_keys=True)  # values alone would not distinguish true from 1
        except (RecursionError, TypeError, ValueError):
            return Outcome.BROKEN
        changed = self.properties is None or text != self._text
        self.properties, self.version, self._text = properties, version, text
        return Outcome.CHANGED if changed else Outcome.SAME


def _version(document: object) -> int | None:
    version = document.get("$version") if isinstance(document, Mapping) else None
    return version if isinstance(version, int) and not isinstance(version, bool) else None
