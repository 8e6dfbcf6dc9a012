"""A hub whose desired state comes from a file, as a ConfigMap of Kubernetes is one."""

import io
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from azda_runtime.hub.base import Arrival, DesiredProperties, Hub, Traffic
from azda_runtime.hub.file import SettingsFile


class SettingsFromFile:
    """Reads the desired state from a file; all else is the hub's.

    Args:
        settings: The file.
        hub: Takes messages and the state, and starts recordings.
    """

    def __init__(self, settings: Path, hub: Hub) -> None:
        self._file = SettingsFile(settings, io.BytesIO())
        self._hub = hub

    def open(self, take: Callable[[Arrival], None]) -> None:
        """Begin with both."""

        def take_others(arrival: Arrival) -> None:
            if not isinstance(arrival, DesiredProperties):
                take(arrival)

        self._file.open(take)
        self._hub.open(take_others)

    def send(self, message: str) -> None:
        """Send an inference message by the hub."""
        self._hub.send(message)

    def report(self, state: Mapping[str, Any]) -> None:
        """Show the state at the hub."""
        self._hub.report(state)

    def problems(self) -> Mapping[str, str]:
        """What does not work with either."""
        return {**self._hub.problems(), **self._file.problems()}

    def traffic(self) -> Traffic:
        """How many messages went by the hub."""
        return self._hub.traffic()

    def close(self) -> None:
        """End both."""
        self._file.close()
        self._hub.close()
