"""The hub that is a file: read again when it changes; a slow or absent reader of messages holds up nobody."""

import errno
import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from azda_runtime.hub import message_writer
from azda_runtime.hub.base import Arrival, DesiredProperties, InputMessage
from azda_runtime.hub.file import SettingsFile

PATIENCE = 30.0


class Hub:
    """A settings file that is watched, and all that came of it."""

    def __init__(self, folder: Path, messages: Path | int, reported: list[str], **more: Any) -> None:
        self.reported = reported
        self.file = folder / "settings.json"
        self.arrived: list[Arrival] = []
        self.unread = threading.Event()
        output = os.fdopen(messages, "wb") if isinstance(messages, int) else messages.open("ab")
        self.hub = SettingsFile(self.file, output, self.unread.set, **more)

    def open(self) -> None:
        self.hub.open(self.arrived.append)

    def write(self, content: Any) -> None:
        text = content if isinstance(content, str) else json.dumps(content)
        new = self.file.with_suffix(".new")
        new.write_text(text, encoding="utf-8")
        new.replace(self.file)

    def wait(self, condition: Callable[[], Any]) -> None:
        limit = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < limit, (self.arrived, self.reported)
            time.sleep(0.02)


@pytest.fixture
def hub(tmp_path: Path, logged: list[str]) -> Iterator[Hub]:
    hub = Hub(tmp_path, tmp_path / "messages.jsonl", logged)
    yield hub
    hub.hub.close()


def test_the_file_is_read_at_the_start_and_whenever_it_changes(hub: Hub) -> None:
    hub.write({"components": {}})
    hub.open()
    hub.wait(lambda: len(hub.arrived) == 1)
    hub.write({"azdaConfiguration": {"components": {}}, "outputVideoLength": 7})
    hub.wait(lambda: len(hub.arrived) == 2)
    assert hub.arrived == [
        DesiredProperties(properties={"azdaConfiguration": {"components": {}}}),
        DesiredProperties(properties={"azdaConfiguration": {"components": {}}, "outputVideoLength": 7}),
    ]


def test_a_file_that_is_not_there_yet_or_goes_is_told_and_wishes_for_nothing(hub: Hub) -> None:
    hub.open()
    hub.wait(lambda: hub.reported)
    hub.write({})
    hub.wait(lambda: hub.arrived)
    hub.file.unlink()
    hub.wait(lambda: len(hub.reported) == 2)
    assert all("cannot be read: No such file or directory" in line for line in hub.reported)
    assert hub.arrived == [DesiredProperties(properties={"azdaConfiguration": {}})]


def test_a_broken_file_is_handed_on_as_it_is_and_an_empty_one_is_told(hub: Hub) -> None:
    hub.write('{"components": ')
    hub.open()
    hub.wait(lambda: len(hub.arrived) == 1)
    hub.write("")
    hub.wait(lambda: len(hub.arrived) == 2)
    assert hub.arrived[0] == DesiredProperties(properties={"azdaConfiguration": '{"components": '})
    assert hub.arrived[1] == DesiredProperties(properties={"azdaConfiguration": ""})
    assert [line for line in hub.reported if "is empty" in line]


def test_recordings_are_asked_for_when_their_list_changes_and_not_again(hub: Hub) -> None:
    on = [{"configId": "One", "state": True}]
    hub.write({"azdaConfiguration": {}, "startRecording": on})
    hub.open()
    hub.wait(lambda: len(hub.arrived) == 2)
    hub.write({"azdaConfiguration": {}, "startRecording": on, "outputVideoLength": 5})
    hub.wait(lambda: len(hub.arrived) == 3)
    hub.write({"azdaConfiguration": {}, "startRecording": []})
    hub.wait(lambda: len(hub.arrived) == 5)
    inputs = [each for each in hub.arrived if isinstance(each, InputMessage)]
    assert [each.input for each in inputs] == ["recordingInput", "recordingInput"]
    assert [json.loads(each.text)["startRecording"] for each in inputs] == [on, []]


def test_all_messages_are_written_in_their_order_before_the_end(hub: Hub, tmp_path: Path) -> None:
    hub.open()
    for number in range(5000):
        hub.hub.send(json.dumps({"number": number}))
    hub.hub.close()
    lines = (tmp_path / "messages.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["number"] for line in lines] == list(range(5000))


def test_a_reader_that_does_not_read_loses_the_oldest_and_blocks_nobody(tmp_path: Path, logged: list[str]) -> None:
    reading, writing = os.pipe()
    hub = Hub(tmp_path, writing, logged, most_waiting=100_000)
    hub.open()
    line = json.dumps({"filler": "x" * 1_000})
    for _ in range(1_000):
        hub.hub.send(line)
    hub.hub.send('{"last": true}')
    with os.fdopen(reading, "rb") as reader:
        for read in reader:
            if read == b'{"last": true}\n':
                break
    hub.hub.close()
    assert [reported for reported in hub.reported if reported.endswith("messages were lost: the receiver is too slow")]


def test_a_reader_that_is_gone_is_noticed(tmp_path: Path, logged: list[str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    hub = Hub(tmp_path, writing, logged)
    hub.open()
    hub.hub.send("{}")
    assert hub.unread.wait(PATIENCE)
    hub.hub.send("{}")
    hub.hub.close()


def test_a_full_disk_costs_messages_and_one_line(tmp_path: Path, logged: list[str]) -> None:
    hub = Hub(tmp_path, Path("/dev/full"), logged)
    hub.open()
    for _ in range(10):
        hub.hub.send("{}")
    hub.wait(lambda: [reported for reported in hub.reported if "Messages" in reported] and not hub.hub._writer._waiting)
    hub.hub.close()
    assert [reported for reported in hub.reported if "Messages" in reported] == [
        f"error: Messages cannot be written: {os.strerror(errno.ENOSPC)}; they are lost"
    ]


def test_whatever_becomes_of_messages_is_a_problem_until_it_is_over(tmp_path: Path, logged: list[str]) -> None:
    hub = Hub(tmp_path, Path("/dev/full"), logged)
    hub.open()
    assert hub.hub.problems() == {}
    hub.hub.send("{}")
    hub.wait(hub.hub.problems)
    assert hub.hub.problems() == {"messages": f"Messages cannot be written: {os.strerror(errno.ENOSPC)}."}
    hub.hub._writer._messages.close()
    hub.hub._writer._messages = (tmp_path / "disk with room").open("ab")
    hub.hub.send("{}")
    hub.wait(lambda: not hub.hub.problems())
    hub.hub._writer._messages.close()
    hub.hub.send("{}")
    hub.wait(hub.hub.problems)
    assert "closed file" in hub.hub.problems()["messages"]
    hub.hub.close()


def test_a_reader_that_takes_nothing_is_a_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, logged: list[str]
) -> None:
    monkeypatch.setattr(message_writer, "_STUCK_SECONDS", 0.3)
    reading, writing = os.pipe()
    hub = Hub(tmp_path, writing, logged)
    hub.open()
    hub.hub.send("x" * 1_000_000)
    hub.wait(lambda: hub.hub.problems() == {"messages": "Whoever takes the messages takes none any more."})
    os.close(reading)
    hub.wait(lambda: hub.hub.problems() == {"messages": "The receiver of the messages has gone."})
    hub.hub.close()


@pytest.mark.slow
def test_a_thread_that_fails_is_a_problem_and_starts_again(tmp_path: Path, logged: list[str]) -> None:
    hub = Hub(tmp_path, tmp_path / "messages.jsonl", logged)
    failures: list[type[BaseException]] = [MemoryError, SystemExit, RuntimeError]
    problems: list[str] = []

    def take(arrival: Arrival) -> None:
        if failures:
            raise failures.pop()
        problems.append(hub.hub.problems()["settings"])
        hub.arrived.append(arrival)

    hub.write({"components": {}})
    hub.hub.open(take)
    hub.wait(lambda: hub.arrived)
    assert problems[0].startswith("The thread of settings failed: MemoryError in test_settings_file.py:")
    hub.wait(lambda: not hub.hub.problems())
    hub.hub.close()


def test_settings_that_are_a_folder_are_a_problem(hub: Hub) -> None:
    hub.file.mkdir()
    hub.open()
    hub.wait(hub.hub.problems)
    assert hub.hub.problems() == {"settings": f"{hub.file} cannot be read: {os.strerror(errno.EISDIR)}."}
