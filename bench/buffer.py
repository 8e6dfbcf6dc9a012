"""Messages on disk while the hub comes and goes.

    python bench/buffer.py [--json] [--messages 100000] [--bytes 600] [--cuts 50]

Hands messages to the IoT Edge side of the runtime as fast as it takes them, over a hub in this process that
acknowledges at once and is away during every other stretch of the messages; all that came during an outage is on disk
before the hub is back. Prints how many messages a second went to the disk, and came from there to the hub once it was
connected again; how many were lost, came twice or out of order; the largest file; and how much the process grew from
the first outage to its peak. A day at 30 messages a second is `--messages 2600000`.
"""

import argparse
import logging
import os
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from measure import ROOT, figure, show

sys.path.insert(0, str(ROOT / "docker-build"))

from azda_runtime.hub.connected.connection import AwayError, Events
from azda_runtime.hub.disk import DiskSpace
from azda_runtime.hub.iot_edge import IotEdgeHub, Limits

_LIMITS = Limits(first_pause=0.01, longest_pause=0.02, flush=60.0)
# What is taken faster than it is written waits in memory, where the oldest goes first: a camera's pipeline waits here.
_MOST_IN_MEMORY = 10_000


class EdgeHub:
    """A hub that counts what it acknowledges."""

    def __init__(self) -> None:
        self.is_there = True
        self.events: Events | None = None
        self.next = self.lost = self.again = 0

    def cut(self) -> None:
        """Be away, and let the module notice, as a connection does that is reset."""
        self.is_there = False
        if self.events is not None:
            self.events.troubled("it was cut")

    def take(self, message: bytes) -> None:
        """Acknowledge a message, which begins with its number."""
        number = int(message[:12])
        self.lost += max(0, number - self.next)
        self.again += number < self.next
        self.next = max(self.next, number + 1)


class Connection:
    """One connection to it."""

    def __init__(self, hub: EdgeHub) -> None:
        self._hub = hub

    def open(self, events: Events) -> None:
        """Connect."""
        if not self._hub.is_there:
            raise AwayError("it is away")
        self._hub.events = events

    def is_up(self) -> bool:
        """Whether the hub is there."""
        return self._hub.is_there

    def twin(self) -> object:
        """An empty twin."""
        return {"desired": {"$version": 1}, "reported": {}}

    def send(self, message: bytes) -> None:
        """Deliver a message."""
        if not self._hub.is_there:
            raise AwayError("it is away")
        self._hub.take(message)

    def report(self, _patch: Mapping[str, Any]) -> None:
        """Take a state."""

    def close(self) -> None:
        """Disconnect."""


def memory() -> float:
    """What this process has in memory now, in MB."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait until something is so."""
    while not condition():
        time.sleep(0.002)


class Run:
    """Messages through the buffer, with the hub away for every other stretch of them.

    Args:
        folder: Where the buffer is.
        size: How many bytes a message has.
    """

    def __init__(self, folder: Path, size: int) -> None:
        self._size = size
        self._space = DiskSpace(file=folder / "messages.sqlite3", size=2**30)
        self._sent = self._away_messages = 0
        self._into = self._out = self._first = self._peak = 0.0
        self._largest = 0
        self._hub = EdgeHub()
        self._module = IotEdgeHub(limits=_LIMITS, connect=lambda: Connection(self._hub), space=self._space)

    def figures(self, messages: int, cuts: int) -> dict[str, Any]:
        """Send so many messages, and cut so often."""
        start = time.perf_counter()
        self._module.open(lambda _: None)
        for stretch in range(1, 2 * cuts + 1):
            count = messages * stretch // (2 * cuts) - self._sent
            if stretch % 2:
                self._send(count)
            else:
                self._cut(count)
            self._peak = max(self._peak, memory())
        wait_until(lambda: self._module.traffic().waiting == 0)
        whole = time.perf_counter() - start
        self._module.close()
        hub, dropped = self._hub, self._module.traffic().dropped
        return {
            "messages": figure(messages, "messages"),
            "cuts": figure(cuts, "cuts"),
            "in_while_away": figure(self._away_messages / self._into, "messages/s"),
            "out_when_back": figure(self._away_messages / self._out, "messages/s"),
            "in_and_out": figure(messages / whole, "messages/s"),
            "lost": figure(hub.lost + messages - hub.next, "messages"),
            "dropped": figure(dropped, "messages"),
            "twice_or_out_of_order": figure(hub.again, "messages"),
            "largest_file": figure(self._largest / 1e6, "MB"),
            "memory_after_the_first_outage": figure(self._first, "MB"),
            "memory_growth_to_its_peak": figure(self._peak - self._first, "MB"),
        }

    def _send(self, count: int) -> None:
        for _ in range(count):
            self._module.send(f"{self._sent:012}".ljust(self._size, "x"))
            self._sent += 1
            if self._sent % 500 == 0:
                wait_until(lambda: self._in_memory() < _MOST_IN_MEMORY)

    def _in_memory(self) -> int:
        traffic = self._module.traffic()
        return traffic.waiting - traffic.on_disk

    def _cut(self, count: int) -> None:
        """Let the hub be away until all is on disk, and come back until it has all."""
        wait_until(lambda: self._module.traffic().waiting == 0)
        self._hub.cut()
        start = time.perf_counter()
        self._send(count)
        wait_until(lambda: self._in_memory() == 0)
        self._into += time.perf_counter() - start
        self._away_messages += count
        self._largest = max(self._largest, self._space.file.stat().st_size)
        before, self._hub.is_there = self._module.traffic().connections, True
        # A short outage may end before the module has met it: then there is no new connection to wait for.
        wait_until(lambda: self._module.traffic().connections > before or self._module.traffic().waiting == 0)
        start = time.perf_counter()
        wait_until(lambda: self._module.traffic().waiting == 0)
        self._out += time.perf_counter() - start
        self._first = self._first or memory()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--bytes", type=int, default=600)
    parser.add_argument("--cuts", type=int, default=50)
    options = parser.parse_args()
    logging.disable(logging.WARNING)  # a line for each cut, which the runtime's own handler limits
    with tempfile.TemporaryDirectory() as folder:
        figures = Run(Path(folder), options.bytes).figures(options.messages, options.cuts)
    show(figures, as_json=options.json)


if __name__ == "__main__":
    main()
