"""The port for configuration in and messages out: a settings file, or IoT Edge."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, kw_only=True, slots=True)
class DesiredProperties:
    """All that the module twin desires now, patches merged into it (RFC 7396).

    Attributes:
        properties: Plain data as it came, unchecked: ``azdaConfiguration``, ``outputVideoLength``,
            ``autoStopRecordingTime`` and whatever else somebody wrote there.
    """

    properties: object


@dataclass(frozen=True, kw_only=True, slots=True)
class InputMessage:
    """A message of another module.

    Attributes:
        input: ``Controller`` or ``recordingInput``.
        text: As it came, unchecked.
    """

    input: str
    text: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What a direct method gives back.

    Attributes:
        status: As HTTP has them: 200 when it was done.
        payload: Plain data.
    """

    status: int
    payload: Mapping[str, Any]

    @classmethod
    def failed(cls, status: int, error: str, hint: str) -> "Answer":
        """It was not done: one sentence, and what to do about it."""
        return cls(status=status, payload={"error": error, "hint": hint})


@dataclass(frozen=True, kw_only=True, slots=True)
class MethodCall:
    """A direct method that somebody far away calls, and waits for.

    Attributes:
        name: One of those that the module has.
        payload: Plain data as it came, unchecked.
        answer: Takes the answer, once, from any thread; it never waits.
    """

    name: str
    payload: object
    answer: Callable[[Answer], None]


Arrival = DesiredProperties | InputMessage | MethodCall


@dataclass(frozen=True, kw_only=True, slots=True)
class Traffic:
    """Messages since the start.

    Attributes:
        sent: How many the hub has.
        dropped: How many it will never have: too many waited, or one was too long.
        waiting: How many wait.
        on_disk: How many of those are on disk.
        connections: How often the hub was connected to.
    """

    sent: int = 0
    dropped: int = 0
    waiting: int = 0
    on_disk: int = 0
    connections: int = 0


class Hub(Protocol):
    """One side of the port. No method waits for the network, and none raises because it is away."""

    def open(self, take: Callable[[Arrival], None]) -> None:
        """Begin; what arrives is handed over from any thread, the first desired state as soon as they are known."""

    def send(self, message: str) -> None:
        """Send an inference message, one line of JSON, or keep it for later; the oldest go when too many wait."""

    def report(self, state: Mapping[str, Any]) -> None:
        """Show the state to whoever looks: the reported properties of the twin."""

    def problems(self) -> Mapping[str, str]:
        """What does not work now, by what was promised (``messages``, ``settings``, ``hub``); empty when all does."""

    def traffic(self) -> Traffic:
        """How many messages went, wait and were dropped; any thread may ask."""

    def close(self) -> None:
        """Send what waits, for a few seconds at most, and end."""
