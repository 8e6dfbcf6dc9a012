"""nvstreammux's pool bounds what is under way, and holds no pipeline up that keeps more."""

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.gstreamer


@pytest.mark.parametrize("size", [4, 6])
def test_as_many_batches_are_under_way_as_the_pool_has(run_program: Callable[..., Any], size: int) -> None:
    found = run_program("slow_sink.py", "slow", size)
    assert found["batches"] == 24
    assert found["pool"] == size
    assert found["most"] <= size


def test_the_tiler_keeps_no_place_in_the_pool(run_program: Callable[..., Any]) -> None:
    found = run_program("slow_sink.py", "tiled", 4)
    assert (found["batches"], found["pool"]) == (24, 4)
    assert found["most"] <= 4 + 2 + 1  # and one batch for each source, of which it keeps the metadata


def test_a_pipeline_that_keeps_all_batches_goes_on(run_program: Callable[..., Any]) -> None:
    assert run_program("slow_sink.py", "hold", 4)["batches"] >= 7
