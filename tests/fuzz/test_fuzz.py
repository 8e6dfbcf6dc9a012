"""Mutated inputs for everything that reads bytes of others: an answer or a promised failure, in time, nothing else.

`make fuzz` goes on for long; here each reader gets a short turn. A failing input is printed, and goes into `FOUND` of
its reader's own tests.
"""

import contextlib
import os
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.targets import TARGETS

EXAMPLES = int(os.environ.get("AZDA_FUZZ_EXAMPLES", "60"))
LONGEST = 5.0
PIECES = st.sampled_from(
    [
        *(b"\0", b"\xff" * 9, b"\n" * 99, b"[" * 999, b"{" * 99, b'"', b"'", b"\\", b"${", b"}", b"://", b"@"),
        *(b"-1", b"9" * 99, b"1e999", b"null", b"[]", b"{}", b"\x1b[2J", b"..", b"/", b"*", b"PK\5\6"),
        *(b"\xed\xa0\x80", b"\x80\x80\x80\x80\x08"),
    ]
)


@st.composite
def mutated(draw: st.DrawFn, seeds: tuple[bytes, ...]) -> bytes:
    """A good input with a few things put in, taken out, doubled or turned round."""
    data = draw(st.sampled_from(seeds))
    for _ in range(draw(st.integers(0, 6))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.integers(0, 40)))
        how = draw(st.sampled_from(("insert", "remove", "repeat", "replace", "flip", "cut")))
        if how == "insert":
            data = data[:start] + draw(PIECES | st.binary(max_size=20)) + data[start:]
        elif how == "remove":
            data = data[:start] + data[end:]
        elif how == "repeat":
            data = data[:end] + data[start:end] * draw(st.integers(1, 50)) + data[end:]
        elif how == "replace":
            data = data[:start] + draw(PIECES | st.binary(max_size=20)) + data[end:]
        elif how == "flip" and start < len(data):
            data = data[:start] + bytes([data[start] ^ 1 << draw(st.integers(0, 7))]) + data[start + 1 :]
        elif how == "cut":
            data = data[:start]
    return data


@pytest.mark.slow
@pytest.mark.parametrize("name", TARGETS)
def test_a_reader_answers_or_refuses(name: str) -> None:
    target = TARGETS[name]

    @settings(
        max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
    )
    @given(mutated(target.seeds))
    def look(data: bytes) -> None:
        before = time.process_time()
        with contextlib.suppress(*target.answers):
            target.read(data)
        assert time.process_time() - before < LONGEST

    look()


@pytest.mark.parametrize("name", TARGETS)
def test_a_reader_takes_what_is_good(name: str) -> None:
    """Or the mutations would be of something that is refused at once."""
    for seed in TARGETS[name].seeds:
        TARGETS[name].read(seed)
