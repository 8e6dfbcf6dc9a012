"""How much of a process's output is kept: a burst, a trickle, and a line about the rest."""

import pytest
from azda_runtime.log.formatters import RELAYED
from azda_runtime.supervisor.policy.output_budget import BURST, BYTES_A_SECOND, PAUSE_SECONDS, OutputBudget

OURS = RELAYED.encode()


def test_a_burst_is_kept_to_its_last_byte_and_grows_again_with_time() -> None:
    budget = OutputBudget(100.0)
    assert not budget.takes(b"x" * (BURST + 1), 100.0)
    assert budget.takes(b"x" * BURST, 100.0)
    assert not budget.takes(b"x", 100.0)
    assert budget.takes(b"x" * BYTES_A_SECOND, 101.0)
    assert not budget.takes(b"x", 101.0)
    assert not budget.takes(b"x" * (BURST + 1), 1_000_000.0), "no more than a burst is saved up"
    assert budget.takes(b"x" * BURST, 1_000_000.0)


def test_our_own_records_have_a_budget_of_their_own() -> None:
    budget = OutputBudget(0.0)
    assert budget.takes(b"x" * BURST, 0.0)
    assert budget.takes(OURS + b"x" * 100, 0.0)
    assert not budget.takes(b"x", 0.0)
    assert not budget.takes(OURS + b"x" * BURST, 0.0)


@pytest.mark.parametrize(("left", "spent"), [(0, True), (1023, True), (1024, False), (BURST, False)])
def test_lines_are_skipped_in_one_piece_where_little_is_left(left: int, spent: bool) -> None:
    budget = OutputBudget(0.0)
    assert budget.takes(b"x" * (BURST - left), 0.0)
    assert budget.is_spent(0.0) is spent
    assert not budget.is_spent(1.0)


def test_what_is_left_out_is_said_at_once_then_once_a_minute_and_at_the_end() -> None:
    budget = OutputBudget(0.0)
    said = "{} lines of its output are left out: more than 2 kB a second are not kept"
    assert budget.left_out(50.0) == ""
    assert budget.left_out(50.0, at_end=True) == ""
    budget.skip(3)
    budget.skip(4)
    assert budget.left_out(50.0) == said.format(7)
    assert budget.left_out(500.0) == "", "it was said"
    budget.skip(1)
    assert budget.left_out(50.0 + PAUSE_SECONDS - 1) == ""
    assert not budget.takes(b"x" * (BURST + 1), 60.0)
    assert budget.left_out(50.0 + PAUSE_SECONDS) == said.format(2)
    budget.skip(5)
    assert budget.left_out(51.0 + PAUSE_SECONDS) == ""
    assert budget.left_out(51.0 + PAUSE_SECONDS, at_end=True) == said.format(5)
