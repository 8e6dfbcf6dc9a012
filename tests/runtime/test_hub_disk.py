"""Messages that wait for edgeHub on disk, through ends, outages, full and damaged disks."""

import sqlite3
import stat
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from azda_runtime.commands import serve
from azda_runtime.hub.connected.connection import AwayError, Events
from azda_runtime.hub.disk import DiskSpace, database, keeper, parse_size
from azda_runtime.hub.iot_edge import IotEdgeHub, Limits
from azda_runtime.problems import InvalidValueError

QUICK = Limits(first_pause=0.01, longest_pause=0.02, flush=5.0, disconnect=1.0)
COUNT = 3000
Starts = Callable[..., IotEdgeHub]


class Edge:
    """An edgeHub that is there or away, and what it took."""

    def __init__(self) -> None:
        self.away = False
        self.taken: list[str] = []

    def open(self, events: Events) -> None:
        del events
        if self.away:
            raise AwayError("it is away")

    def is_up(self) -> bool:
        return not self.away

    def twin(self) -> object:
        return {"desired": {"$version": 1}, "reported": {}}

    def send(self, message: bytes) -> None:
        self.taken.append(message.decode().strip())

    def report(self, patch: Mapping[str, Any]) -> None:
        pass

    def close(self) -> None:
        pass


@pytest.fixture
def edge() -> Edge:
    return Edge()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "messages.sqlite3"


@pytest.fixture
def start(edge: Edge, file: Path) -> Iterator[Starts]:
    hubs: list[IotEdgeHub] = []

    def started(*, away: bool = False, size: int = 2**26) -> IotEdgeHub:
        edge.away = away
        hubs.append(IotEdgeHub(limits=QUICK, connect=lambda: edge, space=DiskSpace(file=file, size=size)))
        hubs[-1].open(lambda _: None)
        return hubs[-1]

    yield started
    for each in hubs:
        each.close()


def until(says: Callable[[], Any]) -> None:
    deadline = time.monotonic() + 60
    while not says():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def filled(start: Starts, *, count: int = COUNT, **options: Any) -> IotEdgeHub:
    """A hub that is away, with numbered messages of a thousand bytes on disk."""
    hub = start(away=True, **options)
    for number in range(count):
        hub.send(str(number).ljust(1000))
    until(lambda: hub.traffic().waiting == hub.traffic().on_disk)
    return hub


def test_what_waits_at_the_end_is_delivered_after_the_next_start_once_and_in_order(
    start: Starts, edge: Edge, logged: list[str]
) -> None:
    filled(start).close()
    assert f"{COUNT} messages wait on disk for the next start." in "\n".join(logged)

    hub = start()
    hub.send("new")
    until(lambda: edge.taken[-1:] == ["new"])
    hub.close()

    assert edge.taken == [*map(str, range(COUNT)), "new"]
    again = start()
    until(lambda: again.traffic().connections)
    assert again.traffic().waiting == 0
    assert f"{COUNT} messages of before wait in" in "\n".join(logged)


def test_a_full_buffer_drops_the_oldest_and_counts_them(
    start: Starts, edge: Edge, logged: list[str], file: Path
) -> None:
    hub = filled(start, size=2**20)
    dropped = hub.traffic().dropped
    assert dropped > COUNT // 2
    assert file.stat().st_size <= 2**20
    assert any("of the oldest are dropped" in line for line in logged)

    edge.away = False
    until(lambda: hub.traffic().waiting == 0)

    assert edge.taken == [str(number) for number in range(dropped, COUNT)]
    assert hub.traffic().sent == COUNT - dropped


def test_the_file_is_for_its_owner_alone_and_shrinks_after_an_outage(
    start: Starts, edge: Edge, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper, "_SYNC_SECONDS", 0.1)
    monkeypatch.setattr(database, "_VACUUM_PAGES", 100)
    hub = filled(start)
    until(lambda: file.stat().st_size > COUNT * 1000)
    edge.away = False
    until(lambda: hub.traffic().waiting == 0)

    until(lambda: file.stat().st_size < COUNT * 10)

    for each in file.parent.iterdir():
        assert stat.S_IMODE(each.stat().st_mode) == 0o600, each


def test_a_file_of_another_process_is_refused(start: Starts, file: Path) -> None:
    start()

    with pytest.raises(InvalidValueError, match="another process uses it") as caught:
        start()

    assert str(file) in str(caught.value)
    assert "--state" in caught.value.hint


@pytest.mark.parametrize("content", [b"garbage " * 4096, b"SQLite format 3\0" + b"\xff" * 8176])
def test_a_file_that_is_no_database_is_moved_aside_and_said(
    content: bytes, start: Starts, edge: Edge, file: Path, logged: list[str]
) -> None:
    file.write_bytes(content)

    hub = start()
    hub.send("after")

    until(lambda: edge.taken == ["after"])
    assert file.with_name("messages.sqlite3.damaged").read_bytes() == content
    assert "it is kept as messages.sqlite3.damaged" in hub.problems()["messages"]
    assert any("is damaged" in line for line in logged)


def test_a_database_of_a_later_version_is_moved_aside(start: Starts, edge: Edge, file: Path, logged: list[str]) -> None:
    other = sqlite3.connect(file)
    other.execute("PRAGMA user_version = 99")
    other.commit()
    other.close()

    start().send("after")

    until(lambda: edge.taken == ["after"])
    assert any("a newer version of the runtime wrote it" in line for line in logged)


@pytest.mark.parametrize("body", ["text", 7, None])
def test_a_row_that_is_no_message_is_damage(
    body: Any, start: Starts, edge: Edge, file: Path, logged: list[str]
) -> None:
    other = sqlite3.connect(file)
    other.execute("CREATE TABLE messages (row INTEGER PRIMARY KEY, body BLOB)")
    other.execute("INSERT INTO messages VALUES (1, ?)", (body,))
    other.commit()
    other.close()

    hub = start()
    until(lambda: any("is damaged" in line for line in logged))
    hub.send("after")

    until(lambda: edge.taken == ["after"])
    assert any("row 1 is not a message" in line for line in logged)


def test_pages_that_are_overwritten_cost_what_was_in_them_and_are_counted(
    start: Starts, edge: Edge, file: Path, logged: list[str]
) -> None:
    filled(start).close()
    content = bytearray(file.read_bytes())
    middle = len(content) // 2 // 8192 * 8192
    content[middle : middle + 20 * 8192] = b"\xa5" * (20 * 8192)
    file.write_bytes(content)

    hub = start()
    until(lambda: hub.traffic().dropped)  # a message that comes before the damage is met may be one of the lost
    hub.send("after")
    until(lambda: edge.taken[-1:] == ["after"])

    assert hub.traffic().waiting == 0
    assert hub.traffic().dropped == COUNT + 1 - len(edge.taken) > 0
    assert any("messages are lost" in line for line in logged)
    numbers = [int(text) for text in edge.taken[:-1]]
    assert numbers == sorted(set(numbers))


def test_while_the_disk_is_full_messages_wait_in_memory_and_the_state_says_so(
    start: Starts, edge: Edge, logged: list[str]
) -> None:
    hub = start(away=True)
    disk = hub._pending.disk
    assert disk
    connection = disk._database._connection
    assert connection
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages + 3}")  # SQLite answers as at ENOSPC
    for number in range(100):
        hub.send(str(number).ljust(1000))

    until(lambda: "messages" in hub.problems())
    assert "Messages wait in memory alone" in hub.problems()["messages"]
    assert "database or disk is full" in hub.problems()["messages"]
    assert hub.traffic().waiting == 100

    edge.away = False
    until(lambda: hub.traffic().waiting == 0)
    assert edge.taken == [str(number) for number in range(100)]


def test_a_disk_that_is_not_there_costs_no_message(start: Starts, edge: Edge, file: Path, logged: list[str]) -> None:
    file.mkdir()

    hub = start()
    hub.send("all the same")

    until(lambda: edge.taken == ["all the same"])
    assert "Messages wait in memory alone" in hub.problems()["messages"]
    assert "Is a directory" in hub.problems()["messages"]


@pytest.mark.parametrize(
    ("text", "size"),
    [("256MiB", 2**28), ("0", 0), (" 2 GB ", 2 * 10**9), ("1048576", 2**20), ("1gib", 2**30)],
)
def test_a_size_is_a_number_with_its_unit(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "MiB", "1.5GiB", "-1", "10 apples", "1KiB", "2000GiB", "9" * 40, "٣MiB"])
def test_what_is_no_size_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(InvalidValueError) as caught:
        parse_size(text)

    assert "256MiB" in caught.value.hint


def test_serve_refuses_a_size_in_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        serve.main(["--buffer", "much"])

    assert caught.value.code == 2
    assert 'argument --buffer: "much" is not a size; Examples: 256MiB' in capsys.readouterr().err


def test_modules_that_share_a_folder_have_files_of_their_own() -> None:
    one, another = (DiskSpace.of_module(Path("/state"), name, 2**20) for name in ("ai-pipeline", "../é"))

    assert one
    assert another
    assert one.file == Path("/state/messages-ai-pipeline.sqlite3")
    assert another.file == Path("/state/messages-..__.sqlite3")
    assert DiskSpace.of_module(Path("/state"), "ai-pipeline", 0) is None
