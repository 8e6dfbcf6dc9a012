"""Whatever the hub, the disk and the process do: what waits stays in order, and what is lost was counted."""

import shutil
import tempfile
from pathlib import Path

from azda_runtime.hub.disk.database import Database
from azda_runtime.hub.disk.space import DiskSpace
from azda_runtime.hub.outbox import Entry, Outbox
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

PAGE = 8192


class KeptOnDisk(RuleBasedStateMachine):
    """An outbox over a real file, with what the keeper's thread does cut into its steps."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        # Room for some thirty of the messages, which are three to a page, beside SQLite's own pages.
        self.database = Database(DiskSpace(file=self.folder / "messages.sqlite3", size=14 * PAGE))
        self.count = 0
        self.delivered: list[int] = []
        self.counted = 0
        self.lost_with_process = self.settled = 0
        self.start()

    def start(self) -> None:
        self.outbox = Outbox(prefetch=4)
        self.on_its_way: tuple[int, bytes] | None = None
        self.writing: tuple[list[Entry], int, int] | None = None
        self.read: list[tuple[int, bytes]] | None = None
        self.database.open()
        self.outbox.found(len(self.database), self.database.last)

    @rule(count=st.integers(1, 12))
    def add(self, count: int) -> None:
        for _ in range(count):
            self.outbox.add(str(self.count).encode().ljust(2600))
            self.count += 1

    @precondition(lambda self: self.on_its_way is None)
    @rule()
    def take(self) -> None:
        self.on_its_way = self.outbox.take()

    @precondition(lambda self: self.on_its_way is not None)
    @rule(arrives=st.booleans())
    def answer(self, arrives: bool) -> None:
        assert self.on_its_way
        ticket, data = self.on_its_way
        self.on_its_way = None
        if arrives:
            self.delivered.append(int(data))
            self.outbox.delivered(ticket)
        else:
            self.outbox.back(ticket)

    @precondition(lambda self: self.on_its_way is None)
    @rule(count=st.integers(1, 40))
    def deliver(self, count: int) -> None:
        for _ in range(count):
            self.take()
            if self.on_its_way:
                self.answer(arrives=True)

    @precondition(lambda self: self.writing is None and self.read is None)
    @rule()
    def begin_to_write(self) -> None:
        entries = self.outbox.unwritten(20, 10**9)
        first = self.database.last + 1
        trimmed = self.database.change([entry.body for entry in entries], self.outbox.finished)
        self.writing = entries, first, trimmed

    @precondition(lambda self: self.writing is not None)
    @rule()
    def end_writing(self) -> None:
        assert self.writing
        entries, first, trimmed = self.writing
        self.writing = None
        self.outbox.written(entries, first)
        if trimmed:
            self.outbox.trimmed(trimmed)

    @precondition(lambda self: self.writing is None and self.read is None)
    @rule()
    def begin_to_read(self) -> None:
        wanted = self.outbox.wanted()
        if wanted:
            self.read = self.database.read(*wanted)

    @precondition(lambda self: self.read is not None)
    @rule()
    def end_reading(self) -> None:
        assert self.read is not None
        assert self.outbox.loaded(self.read) == 0
        self.read = None

    @precondition(lambda self: self.writing is None and self.read is None and self.on_its_way is None)
    @rule()
    def stop_and_start(self) -> None:
        """As at a SIGTERM: what waits is written first."""
        while self.outbox.has_unwritten or self.outbox.finished >= self.database.first <= self.database.last:
            self.begin_to_write()
            self.end_writing()
        waiting = len(self.outbox)
        self.counted += self.outbox.dropped
        self.database.close()
        self.start()
        assert len(self.outbox) == waiting

    @precondition(lambda self: self.writing is None)
    @rule()
    def kill_and_start(self) -> None:
        """As at a SIGKILL: what is on disk comes again, and what was in memory alone is lost."""
        in_memory_alone = len(self.outbox) - self.outbox.written_count
        on_disk = [int(body) for _, body in self.database.read(0, 10**6, 10**9)]
        self.counted += self.outbox.dropped
        self.database.close()
        self.start()
        assert len(self.outbox) == len(on_disk)
        # What had arrived and was not noted yet comes once more, first of all; what came after it from memory does not.
        again = sorted(set(self.delivered) & set(on_disk))
        assert again == on_disk[: len(again)]
        after = [number for number in self.delivered if again and number >= again[0]]
        self.delivered = self.delivered[: len(self.delivered) - len(after)]
        self.settled += len(after) - len(again)
        known = len(self.delivered) + self.settled + self.counted + self.lost_with_process
        lost = self.count - known - len(on_disk)
        assert 0 <= lost <= in_memory_alone
        self.lost_with_process += lost

    @precondition(lambda self: self.writing is None and self.read is None and self.on_its_way is None)
    @rule()
    def lose_the_file(self) -> None:
        self.database.close()
        for each in self.folder.iterdir():
            each.unlink()
        self.outbox.lost_disk()
        self.database = Database(self.database._space)
        self.database.open()
        self.outbox.found(0, 0)

    @invariant()
    def each_is_delivered_once_and_in_order(self) -> None:
        assert self.delivered == sorted(set(self.delivered))

    @invariant()
    def nothing_is_lost_unseen(self) -> None:
        if self.writing is None:
            counted = self.counted + self.outbox.dropped
            known = len(self.delivered) + self.settled + counted + self.lost_with_process
            assert known + len(self.outbox) == self.count

    @invariant()
    def it_stays_within_its_bounds(self) -> None:
        assert self.outbox.size <= 32 * 1024 * 1024
        assert len(self.database) <= 3 * 14

    def teardown(self) -> None:
        self.database.close()
        shutil.rmtree(self.folder)


KeptOnDisk.TestCase.settings = settings(max_examples=20, stateful_step_count=40, deadline=None)
TestKeptOnDisk = KeptOnDisk.TestCase
