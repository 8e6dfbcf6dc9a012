"""The reported properties of a module twin: the last state as patches."""

import json
from collections.abc import Mapping
from typing import Any

from azda_runtime.hub.twin.fitting import MOST_BYTES, fitted, length
from dsconfig.merge_patch import merged


class Reported:
    """Knows what the hub shows and what it should show.

    Attributes:
        shown: The reported properties as the hub has them.
    """

    def __init__(self) -> None:
        self.shown: dict[str, Any] = {}
        self._desire: dict[str, Any] | None = None
        self._patch: dict[str, Any] | None = None

    def desire(self, state: Mapping[str, Any]) -> None:
        """Take the state to show, made to fit a twin; the one before is forgotten."""
        self._desire = fitted(state)
        self._compare()

    def seen(self, reported: object) -> None:
        """Take what a whole twin has under ``reported``, which a module before this one may have written."""
        members = reported.items() if isinstance(reported, Mapping) else ()
        self.shown = {key: value for key, value in members if not key.startswith("$")}
        self._compare()

    def patch(self) -> dict[str, Any] | None:
        """What to send so that the hub shows the state; None when it does."""
        return self._patch

    def sent(self, patch: Mapping[str, Any]) -> None:
        """The hub has taken a patch."""
        self.shown = merged(self.shown, patch)
        self._compare()

    def _compare(self) -> None:
        if self._desire is None:
            return
        patch = difference(self.shown, self._desire)
        if length(patch) > MOST_BYTES:  # what vanishes goes first, on its own
            patch = dict.fromkeys(self.shown)
        self._patch = patch or None


def difference(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """The merge patch (RFC 7396) that makes the new out of the old.

    Args:
        old: Plain data.
        new: Plain data without null.
    """
    patch: dict[str, Any] = dict.fromkeys(key for key in old if key not in new)
    for key, value in new.items():
        before = old.get(key)
        if isinstance(before, Mapping) and isinstance(value, Mapping):
            if deeper := difference(before, value):
                patch[key] = deeper
        elif key not in old or _text(before) != _text(value):
            patch[key] = value
    return patch


def _text(value: object) -> str:
    return json.dumps(value, sort_keys=True)
