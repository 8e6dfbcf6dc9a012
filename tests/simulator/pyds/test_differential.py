"""Random programs answer as NVIDIA's compiled bindings (1.2.0) did over NVIDIA's own metadata library.

The record holds a line for each seed. Where the compiled library read or wrote memory that was not its own, the
simulated one refuses: those seeds are listed here, and none of them may be missing or more.
"""

import functools
import json
import lzma
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pyds import _callbacks
from pyds import _simulator as sim
from pyds._errors import CorruptionError

from tests.simulator.pyds.differential import basic, extended

HERE = Path(__file__).parent / "differential"
BASIC, EXTENDED = range(1000), range(1000, 2000)
STEP = 100
FAST = 40
"""Programs of each kind that `make check` runs; CI runs all."""

# In each of these, user metadata were removed and acquired again with the data or the library's functions of their
# earlier life in them. The compiled library then read freed memory, or was killed for freeing it twice.
REFUSED = frozenset(
    [
        *(1010, 1024, 1029, 1031, 1068, 1079, 1094, 1116, 1133, 1146, 1212, 1222, 1223, 1252, 1279, 1284),
        *(1288, 1314, 1339, 1372, 1420, 1460, 1477, 1495, 1522, 1531, 1551, 1553, 1642, 1644, 1656, 1702),
        *(1776, 1809, 1833, 1867, 1891, 1892, 1896, 1956, 1958, 1964, 1983),
    ]
)


@functools.cache
def recorded(name: str) -> dict[int, Any]:
    """Seed -> log, or a sentence where the compiled library ended the process."""
    lines = lzma.decompress((HERE / name).read_bytes()).decode().splitlines()
    return dict(map(json.loads, lines))


def observed_basic(seed: int) -> Any:
    batch = sim.new_batch(8)
    log = basic.Program(seed, batch).run()
    sim.release_batch(batch)
    return json.loads(json.dumps(log))


def observed_extended(seed: int, gst: Any) -> Any:
    """The log, or None where the program was refused."""
    _callbacks._copy, _callbacks._release = _callbacks.Latest(), _callbacks.Latest()
    buffer = gst.buffer()
    sim.attach_batch_meta(buffer, sim.new_batch(8))
    try:
        log = extended.Program(seed, buffer, gst.copy).run(gst.free)
    except CorruptionError as refusal:
        if "removed before and acquired again" not in str(refusal):
            raise
        return None
    return json.loads(json.dumps(log))


def differing(seeds: range, observe: Callable[[int], Any], record: dict[int, Any]) -> dict[int, Any]:
    answers = {seed: observe(seed) for seed in seeds}
    return {seed: answer for seed, answer in answers.items() if answer != record[seed] and seed not in REFUSED}


def shares(seeds: range) -> list[Any]:
    """The first seeds for every run, the others for a whole one."""
    whole = [range(first, min(first + STEP, seeds.stop)) for first in range(seeds.start + FAST, seeds.stop, STEP)]
    return [range(seeds.start, seeds.start + FAST), *(pytest.param(each, marks=pytest.mark.slow) for each in whole)]


@pytest.mark.parametrize("seeds", shares(BASIC), ids=str)
def test_basic_programs_answer_as_the_compiled_bindings_did(seeds: range) -> None:
    assert differing(seeds, observed_basic, recorded("basic-0-999.jsonl.xz")) == {}


@pytest.mark.gstreamer
@pytest.mark.parametrize("seeds", shares(EXTENDED), ids=str)
def test_extended_programs_answer_as_the_compiled_bindings_did(seeds: range, gst: Any) -> None:
    record = recorded("extended-1000-1999.jsonl.xz")
    answers = {seed: observed_extended(seed, gst) for seed in seeds}
    assert {seed for seed, answer in answers.items() if answer is None} == REFUSED & set(seeds)
    assert [seed for seed, answer in answers.items() if answer not in (None, record[seed])] == []


def test_every_program_that_ended_the_compiled_library_is_refused() -> None:
    killed = {seed for seed, log in recorded("extended-1000-1999.jsonl.xz").items() if isinstance(log, str)}
    assert len(killed) == 15
    assert killed <= REFUSED
