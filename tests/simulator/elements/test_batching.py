"""nvstreammux's rules: which frames share a batch, and that none is lost."""

import itertools
import threading
import time

from hypothesis import given, settings
from hypothesis import strategies as st
from simulator.mux.batching import Batcher, Frame, Mark, Rules


def frame(source: int, number: int, moment: int = 0) -> Frame:
    return Frame(source=source, surface=None, pts=number, running_time=moment, size=(1, 1))


def drained(batcher: Batcher, rules: Rules) -> tuple[list[list[tuple[int, int]]], list[tuple[int, str]]]:
    """All batches until the end, as (source, number), and all marks."""
    batches, marks = [], []
    while True:
        noted, frames = batcher.take(rules)
        marks += [(mark.source, mark.what) for mark in noted]
        if frames:
            batches.append([(each.source, each.pts) for each in frames])
        elif not noted:
            return batches, marks


def fed(lengths: list[int], *, slow: int | None = None) -> tuple[Batcher, list[threading.Thread]]:
    """Sources in threads of their own, as many frames each as asked, then their ends."""
    batcher = Batcher()

    def feed(source: int, length: int) -> None:
        for number in range(length):
            time.sleep(0.002 if source == slow else 0)
            assert batcher.put(frame(source, number, number * 10))
        time.sleep(0.002 if source == slow else 0)
        batcher.mark(Mark(source=source, what="eos"))

    for source in range(len(lengths)):
        batcher.add(source)
        batcher.recorded(source, yes=True)
    threads = [threading.Thread(target=feed, args=item) for item in enumerate(lengths)]
    for thread in threads:
        thread.start()
    return batcher, threads


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 12), min_size=1, max_size=5), st.integers(1, 6))
def test_every_frame_leaves_once_and_in_the_order_of_its_source(lengths: list[int], size: int) -> None:
    batcher, threads = fed(lengths)
    batches, marks = drained(batcher, Rules(size=size))
    for thread in threads:
        thread.join()
    assert all(1 <= len(batch) <= size for batch in batches)
    for source, length in enumerate(lengths):
        assert [number for batch in batches for origin, number in batch if origin == source] == list(range(length))
    assert sorted(mark for mark in marks if mark[1] == "eos") == [(source, "eos") for source in range(len(lengths))]


def test_sources_of_one_length_share_every_batch() -> None:
    batcher, threads = fed([5, 5, 5])
    batches, _ = drained(batcher, Rules(size=3))
    for thread in threads:
        thread.join()
    assert batches == [[(source, number) for source in range(3)] for number in range(5)]


def test_a_lone_source_fills_the_batch_itself() -> None:
    batcher, threads = fed([5])
    batches, _ = drained(batcher, Rules(size=2))
    threads[0].join()
    assert batches == [[(0, 0), (0, 1)], [(0, 2), (0, 3)], [(0, 4)]]


def test_the_timeout_sends_a_batch_that_is_not_full() -> None:
    batcher = Batcher()
    for source in range(2):
        batcher.add(source)
    batcher.put(frame(0, 0))
    marks, frames = batcher.take(Rules(size=2, timeout=0.01))
    assert [mark.what for mark in marks] == ["added", "added"]
    assert [each.source for each in frames] == [0]


def test_a_live_batch_leaves_when_nothing_is_left_to_take() -> None:
    batcher = Batcher()
    batcher.add(0)
    batcher.put(frame(0, 0))
    _, frames = batcher.take(Rules(size=4, live=True))
    assert len(frames) == 1


def test_stopping_releases_a_source_that_waits() -> None:
    batcher = Batcher()
    batcher.add(0)
    results = []
    thread = threading.Thread(target=lambda: results.extend(batcher.put(frame(0, n)) for n in range(20)))
    thread.start()
    batcher.stop()
    thread.join(5)
    assert not thread.is_alive()
    assert results[-1] is False
    assert batcher.take(Rules(size=1)) == ([], [])


def test_a_removed_source_takes_its_frames_with_it() -> None:
    batcher = Batcher()
    for source in range(2):
        batcher.add(source)
        batcher.put(frame(source, 0))
    batcher.remove(0)
    marks, frames = batcher.take(Rules(size=2, timeout=0.01))
    assert ("deleted", 0) in [(mark.what, mark.source) for mark in marks]
    assert [each.source for each in frames] == [1]


def test_synchronised_sources_share_moments_not_turns() -> None:
    batcher = Batcher()
    for source in range(2):
        batcher.add(source)
        batcher.frame_duration(source, 10)
    for number in range(3):
        batcher.put(frame(0, number, number * 10))
    batcher.put(frame(1, 0, 20))
    for source in range(2):
        batcher.mark(Mark(source=source, what="eos"))
    batches, _ = drained(batcher, Rules(size=2, timeout=1.0, synchronise=True))
    assert batches == [[(0, 0)], [(0, 1)], [(0, 2), (1, 0)]]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 12), min_size=1, max_size=4), st.integers(1, 6), st.integers(0, 3))
def test_without_a_timeout_the_frames_alone_decide_what_shares_a_batch(
    lengths: list[int], size: int, delayed: int
) -> None:
    """A source that is late, with its frames or its end, is waited for: each run makes the same batches."""
    made = []
    for slow in (None, delayed % len(lengths)):
        batcher, threads = fed(lengths, slow=slow)
        made.append(drained(batcher, Rules(size=size))[0])
        for thread in threads:
            thread.join()
    assert made[0] == made[1]
    assert all(len(batch) == size for batch in made[0][:-1])


def test_a_source_that_may_be_live_is_not_waited_for_for_ever() -> None:
    clock = itertools.count(0, 100)
    batcher = Batcher(clock=lambda: float(next(clock)))
    for source in range(2):
        batcher.add(source)
    for number in range(2):
        batcher.put(frame(0, number))
    marks, frames = batcher.take(Rules(size=2))
    assert [mark.what for mark in marks] == ["added", "added"]
    assert [(each.source, each.pts) for each in frames] == [(0, 0), (0, 1)]
