"""What waits on the module's side, shared by the threads that bring it and the one that delivers."""

import logging
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path

from azda_runtime.hub.base import Arrival
from azda_runtime.hub.connected.limits import EDGE_HUB, Limits, Peer
from azda_runtime.hub.disk import DiskKeeper, DiskSpace
from azda_runtime.hub.outbox import Outbox
from azda_runtime.hub.twin.desired import Desired
from azda_runtime.hub.twin.reported import Reported
from azda_runtime.log import limited
from azda_runtime.log.rate import Rate

_log = logging.getLogger(__name__)


class Pending:
    """Everything here belongs to whoever holds the condition, but `hand_over` and `rated`.

    Args:
        limits: How long and how much.
        space: Where messages that wait are kept; None for memory alone.
        peer: Whom they wait for.

    Attributes:
        condition: Notified whenever something changes.
        outbox: Messages that wait.
        disk: Keeps them; None where memory alone does.
        reported: The state to show.
        desired: The desired properties of the twin.
        deadline: Until when what waits is sent; None before the end has begun.
    """

    def __init__(self, limits: Limits, space: DiskSpace | None = None, peer: Peer = EDGE_HUB) -> None:
        lock = threading.RLock()
        self.condition = threading.Condition(lock)
        self.outbox = Outbox(limits.messages, limits.message_bytes)
        self.disk: DiskKeeper | None = None
        if space is not None:
            self.disk = DiskKeeper(
                space,
                lock,
                self.outbox,
                ready=self.condition.notify_all,
                dropped=self.dropped,
                damaged=lambda line: self.trouble("messages", line),
            )
        self.reported = Reported()
        self.desired = Desired()
        self.deadline: float | None = None
        self.limits = limits
        self.peer = peer
        self._troubles: dict[str, tuple[float, str]] = {}
        self.take: Callable[[Arrival], None] = lambda _: None

    def trouble(self, what: str, line: str, *, count: int = 1) -> None:
        """Report something that was promised and did not happen; health is bad for a while."""
        self._troubles[what] = (time.monotonic(), line)
        _log.warning("%s", line, extra=self.rated(what, count=count))

    def changed(self) -> None:
        """Something waits, or waits no more; with the condition held."""
        self.condition.notify_all()
        if self.disk:
            self.disk.changed()

    def dropped(self, count: int) -> None:
        """Report that messages were dropped because too many wait."""
        are = "is" if count == 1 else "are"
        waiting = f"{len(self.outbox)} messages wait for {self.peer.name}, more than may"
        line = f"{waiting}: {count} of the oldest {are} dropped."
        self.trouble("dropped", line, count=count)

    def rated(self, kind: str, *, count: int = 1, anew: bool = False) -> dict[str, Rate]:
        """The ``extra`` of a record about what may happen again and again."""
        return limited(kind, pause=self.limits.reported, count=count, anew=anew)

    def troubles(self) -> Mapping[str, str]:
        """What went wrong just now."""
        recent = time.monotonic() - self.limits.ill
        return {what: line for what, (when, line) in dict(self._troubles).items() if when >= recent}

    def hand_over(self, arrival: Arrival) -> None:
        """Give to the module what has arrived; its failure is logged, and is not the hub's."""
        try:
            self.take(arrival)
        except Exception as error:  # noqa: BLE001 # nothing that arrives may end the thread that receives
            location = traceback.extract_tb(error.__traceback__)[-1]  # its text might hold a camera's password
            where = f"{Path(location.filename).name}:{location.lineno}"
            names = type(error).__name__, where, type(arrival).__name__
            _log.error("%s in %s while taking %s", *names, extra=self.rated("take"))
