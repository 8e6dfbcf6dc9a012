"""Messages on disk, with a real broker, a real file system that is full, and ends that nobody announces."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from support.edge_hub import EdgeHub, until
from support.module_process import PROGRAM, ROOT, Module

pytestmark = pytest.mark.broker

COUNT = 600
NUMBERS = [str(number).ljust(1000) for number in range(COUNT)]
Starts = Callable[[], Module]


@pytest.fixture
def hub() -> Iterator[EdgeHub]:
    one = EdgeHub()
    try:
        one.start()
        yield one
    finally:
        one.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "small"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=512k", "none", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.fixture
def start(hub: EdgeHub, tmp_path: Path) -> Iterator[Callable[..., Module]]:
    started: list[Module] = []

    def one(folder: Path = tmp_path) -> Module:
        started.append(Module(hub, buffer=folder / "messages.sqlite3", reported=0.0))
        return started[-1]

    try:
        yield one
    finally:
        for each in started:
            each.close()


def traffic(module: Module) -> dict[str, Any]:
    """What it says of its messages now."""
    before = len(module.all("traffic"))
    module.do(traffic=True)
    found: dict[str, Any] = until(lambda: module.all("traffic")[before:])[0]
    return found


def on_disk(module: Module, count: int) -> None:
    """Wait until so many messages wait, and are on disk."""
    until(lambda: (now := traffic(module))["waiting"] == now["on_disk"] == count)


def received(hub: EdgeHub) -> list[int]:
    return [int(text) for text in hub.texts()]


def test_a_module_that_is_killed_while_its_hub_is_away_loses_nothing(hub: EdgeHub, start: Starts) -> None:
    first = start()
    first.do(many=NUMBERS)
    on_disk(first, COUNT)
    first.process.kill()
    first.process.wait()

    hub.start_broker()
    start()

    until(lambda: len(hub.texts()) >= COUNT)
    assert received(hub) == list(range(COUNT))


def test_what_was_acknowledged_and_noted_is_not_sent_again_after_a_kill(
    hub: EdgeHub, start: Starts, tmp_path: Path
) -> None:
    first = start()
    first.do(many=NUMBERS)
    on_disk(first, COUNT)
    hub.start_broker()
    until(lambda: len(hub.texts()) > COUNT // 4)
    first.process.kill()
    first.process.wait()
    with closing(sqlite3.connect(tmp_path / "messages.sqlite3")) as database:
        [waiting] = database.execute("SELECT body FROM messages ORDER BY row LIMIT 1").fetchone()
    until(lambda: traffic_ended(hub))
    before = len(hub.texts())

    start()

    until(lambda: received(hub)[-1:] == [COUNT - 1])
    assert 0 < int(waiting) <= before < COUNT
    assert received(hub)[before:] == list(range(int(waiting), COUNT))
    assert received(hub)[:before] == list(range(before))


def traffic_ended(hub: EdgeHub) -> bool:
    """Whether what was on its way has come: the broker hands on what it took before a message of ours."""
    hub._publish("devices/device1/modules/ai-pipeline/messages/events/end=1", "-1")
    until(lambda: hub.texts()[-1:] == ["-1"])
    hub.messages.pop()
    return True


def test_a_broker_that_is_cut_again_and_again_gets_each_message_in_order(hub: EdgeHub, start: Starts) -> None:
    hub.start_broker()
    module = start()
    for cut in range(5):
        part = NUMBERS[cut * COUNT // 5 : (cut + 1) * COUNT // 5]
        module.do(many=part[: len(part) // 2])
        until(lambda: len(hub.texts()) > 0)
        hub.kill_broker()
        module.do(many=part[len(part) // 2 :])
        hub.start_broker()

    until(lambda: received(hub)[-1:] == [COUNT - 1])

    numbers = received(hub)
    assert list(dict.fromkeys(numbers)) == list(range(COUNT))
    assert len(numbers) - COUNT <= 5, "only what was on its way at a cut may come twice"
    assert traffic(module)["dropped"] == 0


def test_a_full_disk_costs_no_message_while_memory_has_room(
    hub: EdgeHub, start: Callable[..., Module], small_disk: Path
) -> None:
    module = start(small_disk)
    module.do(many=NUMBERS)
    line = module.until("reported", lambda text: "wait in memory alone" in text)
    assert "database or disk is full" in line or "disk I/O error" in line

    hub.start_broker()

    until(lambda: len(hub.texts()) >= COUNT)
    assert received(hub) == list(range(COUNT))


def test_a_second_process_does_not_get_the_file(hub: EdgeHub, start: Starts, tmp_path: Path) -> None:
    first = start()
    command = [sys.executable, PROGRAM, "{}", tmp_path / "messages.sqlite3"]
    environment = {**os.environ, **hub.environment(), "PYTHONPATH": str(ROOT / "docker-build")}

    second = subprocess.run(
        command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )

    assert second.returncode != 0
    assert f"{tmp_path}/messages.sqlite3: another process uses it" in second.stderr
    first.do(send="0")
    hub.start_broker()
    until(lambda: received(hub) == [0])
