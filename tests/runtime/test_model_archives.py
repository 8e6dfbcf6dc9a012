"""Model archives are unpacked without trust: plain files within their own folder, or nothing."""

import io
import os
import stat
import struct
import tracemalloc
import zipfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from azda_runtime.models import Limits, ModelError, unpack
from hypothesis import given
from hypothesis import strategies as st

SMALL = Limits(download=10_000_000, unpacked=1_000_000, entries=100)
FILES = {"config.txt": b"[property]\n", "parser.py": b"x = 1\n", "data/labels.txt": b"a\n"}


def packed(files: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def special(name: str, mode: int, content: bytes = b"/etc/passwd") -> bytes:
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = mode << 16
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(info, content)
        archive.writestr("config.txt", b"x")
    return buffer.getvalue()


def renamed(to: str) -> bytes:
    """An archive whose one entry is called as no program would call it: same length, patched in."""
    name = "x" * len(to.encode("utf-8", "surrogateescape"))
    return packed({name: b"evil"}).replace(name.encode(), to.encode("utf-8", "surrogateescape"))


def twice(name: str) -> bytes:
    other = "y" * len(name)
    return packed({name: b"one", other: b"two"}).replace(other.encode(), name.encode())


def patched(offset_in_central: int, value: bytes) -> bytes:
    """An archive whose central directory lies about its one entry."""
    content = bytearray(packed({"config.txt": b"a" * 5000}))
    start = content.index(b"PK\x01\x02") + offset_in_central
    content[start : start + len(value)] = value
    return bytes(content)


def overlapping() -> bytes:
    """Many entries of the central directory that share one compressed body."""
    body = packed({"aaaa": b"\0" * 100_000})
    start, end = body.index(b"PK\x01\x02"), body.index(b"PK\x05\x06")
    entry = body[start:end]
    entries = b"".join(entry.replace(b"aaaa", b"%04d" % n) for n in range(9))
    tail = bytearray(body[end:])
    tail[8:12] = struct.pack("<HH", 9, 9)
    tail[12:16] = struct.pack("<L", len(entries))
    return body[:start] + entries + bytes(tail)


def long_list(count: int) -> bytes:
    """A file that is nearly nothing but a ZIP64 list of entries, all for the same body."""
    body = struct.pack("<4s5H3L2H", b"PK\3\4", 20, 0, 0, 0, 0x21, 0, 0, 0, 1, 0) + b"a"
    entry = struct.pack("<4s6H3L5H2L", b"PK\1\2", 0x31E, 20, 0, 0, 0, 0x21, 0, 0, 0, 1, 0, 0, 0, 0, 0o100644 << 16, 0)
    entries = (entry + b"a") * count
    wide = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, count, count, len(entries), len(body))
    locator = struct.pack("<4sLQL", b"PK\6\7", 0, len(body) + len(entries), 1)
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    return body + entries + wide + locator + end


GOOD = packed(FILES)

HOSTILE: dict[str, Callable[[], bytes]] = {
    "climbs": lambda: packed({"../evil.txt": b"x"}),
    "climbs in the middle": lambda: packed({"a/../../evil.txt": b"x"}),
    "climbs to nothing": lambda: packed({"..": b"x"}),
    "climbs with backslashes": lambda: packed({"..\\evil.txt": b"x"}),
    "absolute": lambda: packed({"/tmp/evil.txt": b"x"}),  # the point of the test
    "absolute twice": lambda: packed({"//tmp/evil.txt": b"x"}),
    "absolute with a backslash": lambda: packed({"\\tmp\\evil.txt": b"x"}),
    "drive letter": lambda: packed({"C:\\evil.txt": b"x"}),
    "drive letter without a root": lambda: packed({"C:evil.txt": b"x"}),
    "name is a dot": lambda: packed({".": b"x"}),
    "NUL in the name": lambda: renamed("a.txt\0.py"),
    "newline in the name": lambda: packed({"a\nb.txt": b"x"}),
    "escape in the name": lambda: packed({"\x1b[2J.txt": b"x"}),
    "endless name": lambda: packed({"a" * 300: b"x"}),
    "endless path": lambda: packed({"/".join(["a" * 100] * 20): b"x"}),
    "link to a file": lambda: special("link", stat.S_IFLNK | 0o777),
    "link to a folder, then a file through it": lambda: special("m/link", stat.S_IFLNK | 0o777, b"/etc"),
    "named pipe": lambda: special("pipe", stat.S_IFIFO | 0o666),
    "device": lambda: special("device", stat.S_IFBLK | 0o666),
    "socket": lambda: special("socket", stat.S_IFSOCK | 0o666),
    "same file twice": lambda: twice("config.txt"),
    "same file in two spellings": lambda: packed({"a/b.txt": b"1", "a//b.txt": b"2"}),
    "file that is a folder as well": lambda: packed({"a": b"1", "a/b": b"2"}),
    "encrypted": lambda: patched(8, struct.pack("<H", 1)),
    "bomb": lambda: packed({"zeros.bin": b"\0" * 2_000_000}),
    "many small bombs": lambda: packed({f"{n}.bin": b"\0" * 50_000 for n in range(30)}),
    "too many entries": lambda: packed({f"{n}": b"" for n in range(200)}),
    "overlapping entries": overlapping,
    "size that is a lie, too small": lambda: patched(24, struct.pack("<L", 10)),
    "size that is a lie, too large": lambda: patched(24, struct.pack("<L", 900_000)),
    "size beyond all bounds": lambda: patched(24, struct.pack("<L", 0xFFFFFFFE)),
    "checksum that is a lie": lambda: patched(16, b"\0\0\0\0"),
    "unknown compression": lambda: patched(10, struct.pack("<H", 99)),
    "offset into nowhere": lambda: patched(42, struct.pack("<L", 0x00FFFFFF)),
    "cut in half": lambda: GOOD[: len(GOOD) // 2],
    "cut at the end": lambda: GOOD[:-10],
    "no zip file": lambda: b"<html>404</html>",
    "empty file": lambda: b"",
    "empty archive": lambda: packed({}),
    "only litter": lambda: packed({"__MACOSX/._config.txt": b"x", ".DS_Store": b"x", "Thumbs.db": b"x"}),
    "only folders": lambda: packed({"a/": b"", "a/b/": b""}),
    "bzip2, of which 3 kB become gigabytes": lambda: packed(FILES, zipfile.ZIP_BZIP2),
    "LZMA, whose dictionary may need gigabytes": lambda: packed(FILES, zipfile.ZIP_LZMA),
    "Deflate64": lambda: patched(10, struct.pack("<H", 9)),
    "folders within folders without end": lambda: packed({"d/" * 400 + "f": b"x"}),
    "folders that exist in paths alone": lambda: packed({f"{n}/a/b/c/f": b"x" for n in range(30)}),
    "a list of entries without end": lambda: long_list(200_000),
    "a list of entries longer than any": lambda: long_list(3_000_000),
}


def write(folder: Path, content: bytes) -> tuple[Path, Path]:
    archive, target = folder / "in" / "archive.zip", folder / "out" / "files"
    archive.parent.mkdir(parents=True)
    target.mkdir(parents=True)
    archive.write_bytes(content)
    return archive, target


def outside(folder: Path) -> set[Path]:
    target = folder / "out" / "files"
    return {p for p in folder.rglob("*") if not p.is_relative_to(target)}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_archive_is_refused_with_a_sentence_and_reaches_nothing_outside(tmp_path: Path, name: str) -> None:
    archive, target = write(tmp_path, HOSTILE[name]())
    before = outside(tmp_path)

    tracemalloc.start()
    with pytest.raises(ModelError) as caught:
        unpack(archive, target, limits=SMALL)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert most < 40_000_000
    assert str(caught.value).isprintable()
    assert caught.value.hint
    assert outside(tmp_path) == before
    assert not [p for p in target.rglob("*") if p.is_symlink() or not (p.is_file() or p.is_dir())]


def test_there_are_at_least_thirty_of_them() -> None:
    assert len(HOSTILE) >= 30


def contents(root: Path) -> dict[str, bytes]:
    return {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file()}


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_flat_archive_is_unpacked(tmp_path: Path, compression: int) -> None:
    archive, target = write(tmp_path, packed(FILES, compression))

    root = unpack(archive, target, limits=SMALL)

    assert root == target
    assert contents(root) == FILES


def test_an_archive_with_one_top_folder_has_that_folder_for_its_root(tmp_path: Path) -> None:
    archive, target = write(tmp_path, packed({"pose/": b"", **{f"pose/{k}": v for k, v in FILES.items()}}))

    root = unpack(archive, target, limits=SMALL)

    assert root == target / "pose"
    assert contents(root) == FILES


def test_what_macs_and_windows_leave_behind_is_left_out(tmp_path: Path) -> None:
    litter = ["__MACOSX/pose/._config.txt", "pose/.DS_Store", "pose/._parser.py", "pose/Thumbs.db", "pose/desktop.ini"]
    files = {**{f"pose/{k}": v for k, v in FILES.items()}, **dict.fromkeys(litter, b"x"), "__MACOSX/": b""}
    archive, target = write(tmp_path, packed(files))

    root = unpack(archive, target, limits=SMALL)

    assert root == target / "pose"
    assert contents(target) == {f"pose/{k}": v for k, v in FILES.items()}


def test_a_top_folder_may_have_any_name_even_that_of_our_own_folders(tmp_path: Path) -> None:
    archive, target = write(tmp_path, packed({"files/config.txt": b"x"}))

    assert contents(unpack(archive, target, limits=SMALL)) == {"config.txt": b"x"}


def test_an_archive_whose_names_have_backslashes_is_unpacked_as_windows_meant(tmp_path: Path) -> None:
    archive, target = write(tmp_path, packed({"pose\\config.txt": b"x", "pose\\data\\l.txt": b"y"}))

    assert contents(unpack(archive, target, limits=SMALL)) == {"config.txt": b"x", "data/l.txt": b"y"}


def test_nothing_that_was_unpacked_can_be_run_or_written_by_others(tmp_path: Path) -> None:
    archive, target = write(tmp_path, special("tool.sh", stat.S_IFREG | stat.S_ISUID | 0o777, b"x"))

    unpack(archive, target, limits=SMALL)

    assert not (target / "tool.sh").stat().st_mode & 0o7133


@pytest.mark.skipif(os.getuid() != 0 or not os.access("/dev/full", os.W_OK), reason="needs /dev/full")
def test_a_full_disk_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive, target = write(tmp_path, packed({"big.bin": b"x" * 500_000}))
    real = os.open
    monkeypatch.setattr(os, "open", lambda path, *rest: real("/dev/full", os.O_WRONLY))

    with pytest.raises(ModelError, match="No space left on device"):
        unpack(archive, target, limits=SMALL)


def test_an_archive_may_not_take_the_last_of_the_disk(tmp_path: Path) -> None:
    archive, target = write(tmp_path, packed(FILES))
    with pytest.raises(ModelError, match=r"MB free; the model needs 1 MB, and \d+ MB stay free"):
        unpack(archive, target, limits=replace(SMALL, reserve=2**60))
    if os.statvfs(tmp_path).f_files:
        with pytest.raises(ModelError, match=r"room for .* more files; the model has 4, and room for"):
            unpack(archive, target, limits=replace(SMALL, reserve_files=2**60))
    assert not list(target.iterdir())


@given(st.binary(max_size=300) | st.tuples(st.integers(0, len(GOOD) - 1), st.binary(max_size=8)))
def test_any_bytes_are_unpacked_or_refused(
    tmp_path_factory: pytest.TempPathFactory, change: bytes | tuple[int, bytes]
) -> None:
    folder = tmp_path_factory.mktemp("any")
    content = (
        change if isinstance(change, bytes) else GOOD[: change[0]] + change[1] + GOOD[change[0] + len(change[1]) :]
    )
    archive, target = write(folder, content)
    before = outside(folder)
    with suppress(ModelError):
        unpack(archive, target, limits=SMALL)
    assert outside(folder) == before
