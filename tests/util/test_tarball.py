"""Archives are reproducible, whole, and read by everybody else's tar."""

import io
import itertools
import os
import tarfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azdacli.errors import SpecError
from azdacli.util import tarball

names = st.lists(
    st.text(
        alphabet=st.characters(blacklist_characters="/\0", blacklist_categories=("Cs",)), min_size=1, max_size=60
    ).filter(lambda part: part not in {".", ".."}),
    min_size=1,
    max_size=6,
).map("/".join)


def read(entries: list[tarball.Entry]) -> list[tarfile.TarInfo]:
    with tarfile.open(fileobj=io.BytesIO(b"".join(tarball.stream(entries)))) as archive:
        return archive.getmembers()


@given(st.dictionaries(names, st.binary(max_size=2000), max_size=5))
def test_python_reads_back_what_was_written(files: dict[str, bytes]) -> None:
    data = b"".join(tarball.stream([tarball.Blob(name=n, data=d) for n, d in files.items()]))
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        found = {m.name: archive.extractfile(m).read() for m in archive}
    assert found == {name.rstrip("/"): content for name, content in files.items()}


def test_times_owners_and_modes_are_fixed(tmp_path: Path) -> None:
    path = tmp_path / "run.sh"
    path.write_text("#!/bin/sh\n")
    path.chmod(0o4777)
    os.utime(path, (1, 1))
    entries: list[tarball.Entry] = [
        tarball.Folder(name="a"),
        tarball.File(name="a/run.sh", source=path, size=10, executable=True),
        tarball.Link(name="a/link", to="run.sh"),
    ]
    for member in read(entries):
        assert (member.uid, member.gid, member.uname, member.gname) == (0, 0, "", "")
        assert member.mtime == tarball.FIXED_TIME
    assert [oct(m.mode) for m in read(entries)] == ["0o755", "0o755", "0o777"]


@pytest.mark.parametrize("now", [b"", b"shorter", b"longer than it was before"])
def test_a_file_that_changed_its_size_is_an_error(tmp_path: Path, now: bytes) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(now)
    with pytest.raises(SpecError, match="changed its size"):
        list(tarball.stream([tarball.File(name="m", source=path, size=12)]))


def test_a_file_that_went_away_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="No such file"):
        list(tarball.stream([tarball.File(name="m", source=tmp_path / "gone", size=1)]))


def test_no_chunk_is_larger_than_the_memory_that_was_promised(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(bytes(3 * tarball.CHUNK + 5))
    chunks = list(tarball.stream([tarball.File(name="m", source=path, size=3 * tarball.CHUNK + 5)]))
    assert max(map(len, chunks)) <= tarball.CHUNK


@given(
    name=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=130),
    size=st.one_of(st.integers(0, 5000), st.integers(8**11 - 2, 8**11 + 2)),
    executable=st.booleans(),
)
def test_a_quickly_made_header_is_the_one_of_tarfile(name: str, size: int, executable: bool) -> None:
    info = tarfile.TarInfo(name)
    info.size, info.mtime, info.mode = size, tarball.FIXED_TIME, 0o755 if executable else 0o644
    expected = info.tobuf(format=tarfile.PAX_FORMAT, encoding="utf-8", errors="surrogateescape")
    assert tarball.header(tarball.File(name=name, source=Path(), size=size, executable=executable)) == expected


@given(st.lists(st.integers(0, 700_000), max_size=12))
def test_joined_pieces_are_the_same_bytes_in_blocks(sizes: list[int]) -> None:
    pieces = [bytes([n]) * size for n, size in enumerate(sizes)]
    found = list(tarball.joined(pieces))
    assert b"".join(found) == b"".join(pieces)
    assert all(len(a) + len(b) > tarball.BLOCK for a, b in itertools.pairwise(found))
