"""What a session needs from the client of a hub."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol


class AwayError(Exception):
    """The hub is not there, or not any more; its text says why, without secrets."""


class RefusedError(Exception):
    """The hub is there and does not take this one thing; its text says why, without secrets."""


class Events(Protocol):
    """Takes what happens by itself, from any thread."""

    def patched(self, patch: object) -> None:
        """Desired properties have changed."""

    def outdated(self) -> None:
        """The desired properties are others now, and no patch says how: ask for the whole."""

    def arrived(self, name: str, text: bytes) -> None:
        """A message has come to an input."""

    def ignored(self, line: str) -> None:
        """Something has come that is not taken; the line says what and why."""

    def called(self, name: str, payload: object, respond: Callable[[int, object], None]) -> None:
        """A direct method is called; `respond` sends the answer, and raises AwayError or RefusedError."""

    def moved(self) -> None:
        """The connection has come or gone."""

    def troubled(self, reason: str) -> None:
        """Something failed in the background."""


class Connection(Protocol):
    """A client for as long as it is connected once. Each method may take long."""

    def open(self, events: Events) -> None:
        """Connect and subscribe. Raises AwayError."""

    def is_up(self) -> bool:
        """Whether it is connected."""

    def twin(self) -> object:
        """The whole twin; None where nobody has written one yet. Raises AwayError or RefusedError."""

    def send(self, message: bytes) -> None:
        """Deliver a message. Raises AwayError or RefusedError."""

    def report(self, patch: Mapping[str, Any]) -> None:
        """Change the reported properties. Raises AwayError or RefusedError."""

    def close(self) -> None:
        """Disconnect and end its threads."""
