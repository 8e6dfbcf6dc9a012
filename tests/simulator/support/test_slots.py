"""A pool hands out so many slots, gets them back, and never lets its element stand still for good."""

import gc
import threading
import time

import pytest
from simulator.support import slots
from simulator.support.slots import Slots


def test_a_pool_waits_for_the_slot_that_comes_back() -> None:
    pool = Slots(4)
    held = [pool.take() for _ in range(4)]
    threading.Timer(0.2, held.pop).start()
    begun = time.monotonic()
    held.append(pool.take())
    assert time.monotonic() - begun > 0.1
    assert pool.size == 4


def test_a_pool_of_which_nothing_comes_back_grows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slots, "_PATIENCE", 0.05)
    pool = Slots(2)
    held = [pool.take() for _ in range(5)]
    assert pool.size == 5
    held.clear()
    begun = time.monotonic()
    held += [pool.take() for _ in range(5)]
    assert time.monotonic() - begun < 0.05
    assert pool.size == 5


def test_a_pool_waits_longer_where_batches_are_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slots, "_PATIENCE", 0.3)
    pool = Slots(1)
    held = [pool.take()]
    threading.Timer(0.2, held.pop).start()
    held.append(pool.take())
    threading.Timer(0.5, held.pop).start()
    held.append(pool.take())
    assert pool.size == 1


def test_a_slot_in_a_circle_comes_back_by_the_collector() -> None:
    pool = Slots(1)
    circle: list[object] = [pool.take()]
    circle.append(circle)
    del circle
    gc.collect()
    begun = time.monotonic()
    pool.take()
    assert time.monotonic() - begun < 0.5


def test_what_waits_can_be_woken() -> None:
    pool = Slots(1)
    held = [pool.take()]
    threading.Timer(0.05, pool.wake).start()
    begun = time.monotonic()
    held.append(pool.take())
    assert time.monotonic() - begun < 0.9
