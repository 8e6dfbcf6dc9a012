"""Messages that wait stay in order, and the oldest go first when there are too many."""

from azda_runtime.hub.outbox import Outbox
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

MESSAGES, BYTES = 4, 30


def test_messages_leave_in_the_order_they_came_in() -> None:
    outbox = Outbox()
    for text in (b"a", b"b", b"c"):
        outbox.add(text)
    left = []

    while waiting := outbox.take():
        left.append(waiting[1])
        outbox.delivered(waiting[0])

    assert (left, len(outbox), outbox.size, outbox.dropped) == ([b"a", b"b", b"c"], 0, 0, 0)


def test_a_message_that_did_not_arrive_is_the_next_again() -> None:
    outbox = Outbox()
    outbox.add(b"a")
    outbox.add(b"b")
    ticket, _ = outbox.take() or (0, b"")
    assert outbox.take() is None

    outbox.back(ticket)

    assert (outbox.take() or (0, b""))[1] == b"a"


def test_the_oldest_are_dropped_and_counted_but_never_the_one_on_its_way() -> None:
    outbox = Outbox(messages=2)
    outbox.add(b"a")
    ticket, _ = outbox.take() or (0, b"")

    assert [outbox.add(text) for text in (b"b", b"c", b"d")] == [0, 1, 1]

    outbox.delivered(ticket)
    assert (outbox.take() or (0, b""))[1] == b"d"
    assert outbox.dropped == 2


def test_one_message_longer_than_all_that_may_wait_waits_all_the_same() -> None:
    outbox = Outbox(size=3)
    outbox.add(b"a")

    assert outbox.add(b"1234") == 1
    assert (len(outbox), outbox.size) == (1, 4)


def test_a_delivery_that_is_told_twice_counts_once() -> None:
    outbox = Outbox()
    outbox.add(b"a")
    outbox.add(b"b")
    ticket, _ = outbox.take() or (0, b"")
    outbox.delivered(ticket)

    outbox.delivered(ticket)

    assert (len(outbox), outbox.size) == (1, 1)


class Deliveries(RuleBasedStateMachine):
    """Whatever happens: delivered and dropped and waiting are all there was, each once and in order."""

    def __init__(self) -> None:
        super().__init__()
        self.outbox = Outbox(MESSAGES, BYTES)
        self.count = 0
        self.delivered: list[int] = []
        self.on_its_way: tuple[int, bytes] | None = None

    @rule(length=st.integers(4, 12))
    def add(self, length: int) -> None:
        self.outbox.add(str(self.count).zfill(length).encode())
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

    @invariant()
    def nothing_is_lost_unseen(self) -> None:
        assert self.delivered == sorted(set(self.delivered))
        assert len(self.delivered) + self.outbox.dropped + len(self.outbox) == self.count

    @invariant()
    def it_stays_within_its_bounds(self) -> None:
        assert len(self.outbox) <= MESSAGES
        assert self.outbox.size <= BYTES


Deliveries.TestCase.settings = settings(max_examples=50, stateful_step_count=30)
TestDeliveries = Deliveries.TestCase
