"""The length of an upload's chunks follows the line, and stays short where long ones failed."""

import hashlib
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azdacli.errors import RegistryError
from azdacli.oci import digest as digesting
from azdacli.oci.registry.chunks import Pace, Slicer

FIRST, LARGEST = 1000, 16_000


def test_on_a_fast_line_chunks_grow_to_four_times_up_to_the_largest() -> None:
    pace = Pace(FIRST, LARGEST)
    lengths = []
    for _ in range(4):
        lengths.append(pace.length)
        pace.went_well(pace.length, 0.001)
    assert lengths == [1000, 4000, 16_000, 16_000]


def test_a_chunk_is_what_travels_in_a_second() -> None:
    pace = Pace(FIRST, LARGEST)
    pace.went_well(2000, 1.6)
    assert pace.length == 1250
    pace.went_well(1250, 60)
    assert pace.length == FIRST, "never less than the first"


def test_after_a_failure_chunks_stay_short() -> None:
    pace = Pace(FIRST, LARGEST)
    pace.went_well(FIRST, 0.001)
    assert pace.has_grown
    pace.failed()
    assert not pace.has_grown
    pace.went_well(FIRST, 0.001)
    assert pace.length == FIRST


def test_a_registrys_smallest_chunk_is_kept() -> None:
    pace = Pace(FIRST, LARGEST)
    pace.at_least(50_000)
    pace.went_well(50_000, 0.001)
    assert pace.length == 50_000
    pace.failed()
    assert pace.length == 50_000


@given(pieces=st.lists(st.binary(max_size=20)), lengths=st.lists(st.integers(0, 30)))
def test_slices_are_the_stream_cut_where_asked(pieces: list[bytes], lengths: list[int]) -> None:
    whole, slicer, position = b"".join(pieces), Slicer(iter([p for p in pieces if p])), 0
    for length in lengths:
        if position + length > len(whole):
            with pytest.raises(RegistryError, match="shorter than it was announced"):
                list(slicer.take(length))
            return
        assert b"".join(slicer.take(length)) == whole[position : position + length]
        position += length


@pytest.mark.parametrize("size", [0, 100, digesting.WORTH])
def test_a_digest_is_the_same_in_any_thread(size: int) -> None:
    pieces = [random.Random(number).randbytes(1000) for number in range(20)]
    digest = digesting.of_size(size)
    for piece in pieces:
        digest.update(piece)
    expected = hashlib.sha256(b"".join(pieces)).hexdigest()
    assert digest.digest() == f"sha256:{expected}"
    digest.close()


def test_a_digest_that_nobody_waits_for_ends_its_thread() -> None:
    digest = digesting.Beside()
    digest.update(b"x")
    digest.close()
    digest.close()
    assert not digest._thread.is_alive()
