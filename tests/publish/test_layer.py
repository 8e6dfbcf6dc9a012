"""A layer is the same bytes on every machine and can be read from any byte on."""

import hashlib
import io
import os
import sys
import tarfile
import time
import tracemalloc
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azdacli.errors import SpecError
from azdacli.image import assets
from azdacli.image.spec import Asset
from azdacli.publish.cache import Memory
from azdacli.publish.layer import Layer, of_part
from azdacli.util import tarball

OLD = 1_700_000_000


def write(path: Path, data: bytes, *, when: int = OLD) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    os.utime(path, (when, when))
    return path


def layers(folder: Path, target: str = "/custom-assets") -> list[Layer]:
    return [of_part(part, release="7.1") for part in assets.scan(Asset(source=folder, target=target))]


@given(
    sizes=st.lists(st.integers(0, 2000), min_size=1, max_size=4),
    offset=st.integers(0, 30_000),
)
def test_a_layer_read_from_an_offset_is_the_rest_of_the_whole(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int], offset: int
) -> None:
    folder = tmp_path_factory.mktemp("files")
    entries: list[tarball.Entry] = [tarball.Folder(name="a"), tarball.Blob(name="a/list", data=b"x" * 700)]
    for number, size in enumerate(sizes):
        source = write(folder / str(number), os.urandom(size))
        entries.append(tarball.File(name=f"a/{number}", source=source, size=size))
    layer = Layer("files", entries)
    whole = b"".join(layer.read())
    assert len(whole) == layer.size
    assert b"".join(layer.read(min(offset, layer.size))) == whole[min(offset, layer.size) :]
    assert whole == b"".join(tarball.stream(entries)), "create and publish write the same archive"


def test_two_machines_make_the_same_layers(tmp_path: Path) -> None:
    for name, when in (("one", OLD), ("two", OLD + 1000)):
        write(tmp_path / name / "parser.py", b"labels = []", when=when)
        write(tmp_path / name / "model.onnx", b"\1" * 100_000, when=when)
    one, two = ([layer.digested().digest for layer in layers(tmp_path / name)] for name in ("one", "two"))
    assert one == two
    assert len(one) == 2


def test_the_digest_is_that_of_the_bytes_and_of_each_file(tmp_path: Path) -> None:
    source = write(tmp_path / "model.onnx", b"\1" * 100_000)
    (layer,) = layers(tmp_path)
    found = layer.digested()
    assert found.digest == f"sha256:{hashlib.sha256(b''.join(layer.read())).hexdigest()}"
    assert dict(found.files) == {str(source): f"sha256:{hashlib.sha256(source.read_bytes()).hexdigest()}"}


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path: Path) -> None:
    source = write(tmp_path / "model.onnx", b"\1" * 100_000)
    (layer,) = layers(tmp_path)
    source.write_bytes(b"\2" * 100_000)
    with pytest.raises(SpecError, match="changed while it was read"):
        layer.digested()


def test_a_file_that_grows_without_end_is_not_read_without_end(tmp_path: Path) -> None:
    source = write(tmp_path / "model.onnx", b"\1" * 100_000)
    (layer,) = layers(tmp_path)
    with source.open("ab") as file:
        file.truncate(1 << 40)
    with pytest.raises(SpecError, match="changed while it was read"):
        layer.digested()


@pytest.mark.parametrize(
    ("target", "lands"),
    [
        ("/custom-assets", "custom-assets"),
        ("/opt/nvidia/deepstream/deepstream/models", "opt/nvidia/deepstream/deepstream-7.1/models"),
        ("/lib/mine", "usr/lib/mine"),
        ("/lib64/mine", "usr/lib64/mine"),
        ("/bin", "usr/bin"),
        ("/sbin/mine", "usr/sbin/mine"),
        ("/libs", "libs"),
    ],
)
def test_a_link_of_the_base_is_never_replaced_by_a_folder(tmp_path: Path, target: str, lands: str) -> None:
    write(tmp_path / "parser.py", b"")
    (layer,) = layers(tmp_path, target)
    with tarfile.open(fileobj=io.BytesIO(b"".join(layer.read()))) as archive:
        names = [member.name for member in archive]
    assert names[-1] == f"{lands}/parser.py"
    assert names[:-1] == [str(p) for p in reversed(PurePosixPath(names[-1]).parents)][1:]


@pytest.mark.parametrize(
    "target", ["/tmp", "/root/x", "/var/tmp/x", "/var/run/x", "/var/lock/x", "/proc/x", "/sys/x", "/dev/x", "/run/x"]
)
def test_folders_whose_modes_belong_to_the_base_are_refused(tmp_path: Path, target: str) -> None:
    write(tmp_path / "parser.py", b"")
    with pytest.raises(SpecError, match="publish cannot add to"):
        layers(tmp_path, target)


def test_what_was_learned_is_remembered_for_the_same_files_only(tmp_path: Path) -> None:
    source = write(tmp_path / "files" / "model.onnx", b"\1" * 100_000)
    (layer,) = layers(tmp_path / "files")
    memory = Memory(tmp_path / "memory.json")
    learned = layer.digested()

    (settled,) = layers(tmp_path / "files")
    memory.keep(settled, learned)
    assert memory.recall(settled) is None, "a file changed a moment ago is not trusted"

    memory._known[f"layer {settled.key}"] = {"digest": learned.digest, "files": learned.files}
    memory.save()
    again = Memory(tmp_path / "memory.json")
    assert again.recall(settled) == learned
    assert not again.is_changed(settled)
    source.write_bytes(b"\2" * 100_000)
    os.utime(source, (OLD, OLD))
    (changed,) = layers(tmp_path / "files")
    assert again.recall(changed) is None, "the time of the last change cannot be set back"
    assert again.is_changed(changed)


def test_a_broken_memory_is_an_empty_one(tmp_path: Path) -> None:
    path = write(tmp_path / "memory.json", b"{]")
    write(tmp_path / "files" / "model.onnx", b"\1" * 100_000)
    (layer,) = layers(tmp_path / "files")
    assert Memory(path).recall(layer) is None


def test_a_check_is_remembered_for_these_files_and_this_kind_of_runtime_alone(tmp_path: Path) -> None:
    path = write(tmp_path / "assets" / "parser.py", b"labels = []")
    memory = Memory(tmp_path / "memory.json")
    made = layers(tmp_path / "assets")
    memory.keep_checked("DeepStream 7.1", made)
    assert not memory.is_checked("DeepStream 7.1", made), "they may still change unseen"
    time.sleep(2.1)
    memory.keep_checked("DeepStream 7.1", made)
    memory.save()
    again = Memory(tmp_path / "memory.json")
    assert again.is_checked("DeepStream 7.1", layers(tmp_path / "assets"))
    assert not again.is_checked("DeepStream 8.0", layers(tmp_path / "assets"))
    write(path, b"labels = 1")
    assert not again.is_checked("DeepStream 7.1", layers(tmp_path / "assets"))


@pytest.mark.slow
def test_a_layer_of_many_files_is_remembered_beside_and_costs_other_layers_nothing(tmp_path: Path) -> None:
    for number in range(5000):
        write(tmp_path / "many" / f"{number:05}.txt", b"%d" % number)
    write(tmp_path / "few" / "parser.py", b"labels = []")
    (many,), (few,) = layers(tmp_path / "many"), layers(tmp_path / "few")
    learned = {layer.key: layer.digested() for layer in (many, few)}
    time.sleep(2.1)
    memory = Memory(tmp_path / "memory.json")
    memory.keep(few, learned[few.key])
    memory.keep(many, learned[many.key])
    memory.save()
    assert (tmp_path / "memory.json").stat().st_size < 10_000
    again = Memory(tmp_path / "memory.json")
    assert [again.recall(layer) for layer in (many, few)] == [learned[many.key], learned[few.key]]

    for path in (tmp_path / "memory.d").iterdir():
        path.unlink()
    assert again.recall(many) is None, "the memory is only a shortcut"


def test_files_that_are_known_are_not_opened(tmp_path: Path) -> None:
    write(tmp_path / "files" / "model.onnx", b"\1" * 100_000)
    (layer,) = layers(tmp_path / "files")
    memory = Memory(tmp_path / "memory.json")
    time.sleep(2.1)
    memory.keep(layer, layer.digested())
    opened: list[str] = []
    sys.addaudithook(lambda event, words: opened.append(str(words[0])) if event == "open" else None)
    (again,) = layers(tmp_path / "files")
    known = memory.recall(again)
    assert known is not None
    memory.keep(again, known)
    assert not [path for path in opened if path.endswith("model.onnx")]


def test_small_files_travel_in_blocks(tmp_path: Path) -> None:
    for number in range(2000):
        write(tmp_path / "many" / f"{number:05}.txt", b"%d" % number)
    (layer,) = layers(tmp_path / "many")
    assert len(list(layer.read())) < layer.size / (100 << 10)


@pytest.mark.slow
def test_a_layer_of_many_files_takes_little_memory(tmp_path: Path) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(20_000):
        (folder / f"{number:06}.txt").touch()
    tracemalloc.start()
    try:
        (layer,) = layers(folder)
        for _ in layer.read():
            pass
        assert tracemalloc.get_traced_memory()[1] < 20_000 * 600
    finally:
        tracemalloc.stop()
