"""Whom the runtime is connected to; how long and how much."""

from dataclasses import dataclass

from azda_runtime.hub import outbox

# What edgeHub takes (Constants.MaxMessageSize in its source), and azure-iot-device sends.
LARGEST_MESSAGE = 262_144


@dataclass(frozen=True, kw_only=True, slots=True)
class Peer:
    """What is at the other end.

    Attributes:
        name: As it stands within a sentence.
        start: As a sentence begins.
        settings: What it keeps for the runtime to read.
        state: What it keeps for the runtime to show.
    """

    name: str
    start: str
    settings: str
    state: str


EDGE_HUB = Peer(name="edgeHub", start="edgeHub", settings="the module's twin", state="the reported properties")


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """How long and how much; all times in seconds.

    Attributes:
        messages: How many messages may wait.
        message_bytes: How many bytes they may have in total.
        first_pause: Before the second attempt to connect; each further pause is twice as long.
        longest_pause: Between two attempts to connect.
        report_pause: Between two reported states.
        retry_pause: Before what the other end refused is tried again.
        renewal: How long the client may be away to renew its token.
        call: How long the client may take for anything before it is given up.
        flush: How long what waits is sent while closing.
        disconnect: How long the client may take to disconnect while closing.
        token_life: Of the token that the workload API signs.
        reported: Between two lines about the same.
        away: How long the other end may be away until that is ill health.
        ill: How long something that did not get through counts as ill health.
    """

    messages: int = outbox.MESSAGES
    message_bytes: int = outbox.BYTES
    first_pause: float = 1.0
    longest_pause: float = 30.0
    report_pause: float = 5.0
    retry_pause: float = 60.0
    renewal: float = 15.0
    call: float = 90.0
    flush: float = 3.0
    disconnect: float = 2.0
    token_life: int = 3600
    reported: float = 60.0
    away: float = 60.0
    ill: float = 90.0
