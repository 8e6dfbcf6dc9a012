"""What is kept between runs, and what `publish --dry-run` notes, asked of the parts themselves."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from azdacli.oci.repository import Content, Repository
from azdacli.publish import cache
from azdacli.publish.cache import Memory
from azdacli.publish.layer import Layer
from azdacli.publish.rehearsal import EXISTS, MOUNT, SEND, Rehearsal
from tests.publish.test_layer import layers, write


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files count as settled at once."""
    monkeypatch.setattr(cache, "_SETTLED", -(10**18))


def layer_of(folder: Path, count: int) -> Layer:
    for number in range(count):
        write(folder / f"{number}.txt", b"%d" % number)
    (layer,) = layers(folder)
    return layer


@pytest.mark.usefixtures("settled")
def test_the_digests_of_many_files_stand_beside_and_go_when_nothing_is_known_of_their_layer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "_FEW", 2)
    path = tmp_path / "memory.json"
    few, many = layer_of(tmp_path / "few", 2), layer_of(tmp_path / "many", 3)
    memory = Memory(path)
    for layer in (few, many):
        memory.keep(layer, layer.digested())
    memory.save()
    (beside,) = path.with_suffix(".d").iterdir()
    assert beside.stem == many.key
    again = Memory(path)
    for layer in (few, many):
        assert again.recall(layer) == layer.digested()
    again.forget(many)
    again.save()
    assert list(path.with_suffix(".d").iterdir()) == []


@pytest.mark.usefixtures("settled")
def test_without_a_file_everything_is_known_for_this_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "_FEW", 0)
    layer = layer_of(tmp_path / "files", 3)
    memory = Memory(None)
    memory.keep(layer, layer.digested())
    memory.save()
    assert memory.recall(layer) == layer.digested()


@pytest.mark.usefixtures("settled")
def test_of_more_than_is_quickly_read_what_was_used_last_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [layer_of(tmp_path / name, 1) for name in "abc"]
    memory = Memory(tmp_path / "memory.json")
    for layer in [*made, made[0]]:
        memory.keep(layer, layer.digested())
    monkeypatch.setattr(cache, "_LARGEST", 500)
    memory.save()
    again = Memory(tmp_path / "memory.json")
    assert again.recall(made[0]) == made[0].digested()
    assert again.recall(made[1]) is None


class Held:
    """A repository that holds some blobs, and may not be written to."""

    name, media_types = "own/pose", ()

    def __init__(self, *digests: str) -> None:
        self.digests = digests

    def has(self, digest: str) -> bool:
        return digest in self.digests

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"a dry run calls {name}")


def content(data: bytes, digest: str | None = None) -> Content:
    def read(offset: int) -> Iterator[bytes]:
        assert digest is None, "what is known is not read"
        yield data[offset:]

    return Content(size=len(data), key="k", read=read, digest=digest)


def test_what_would_be_sent_is_counted_once_and_what_is_there_is_not() -> None:
    rehearsal = Rehearsal(cast("Repository", Held("sha256:there")), lambda _: True)
    assert rehearsal.put(content(b"12345", "sha256:new"), lambda _: None) == "sha256:new"
    rehearsal.put(content(b"12345", "sha256:new"), lambda _: None)
    assert (rehearsal.action("sha256:new"), rehearsal.sent) == (SEND, 5)
    assert rehearsal.action("sha256:there") == EXISTS
    known = "sha256:5994471abb01112afcc18159f6cc74b4f511b99806da59b3caf5a9c173cacfc5"  # of 12345
    assert rehearsal.put(content(b"12345"), lambda _: None) == known
    assert (rehearsal.action(known), rehearsal.sent) == (SEND, 10)
    holding = Rehearsal(cast("Repository", Held(known)), lambda _: True)
    assert holding.put(content(b"12345"), lambda _: None) == known
    assert (holding.action(known), holding.sent) == (EXISTS, 0)


@pytest.mark.parametrize("mounts", [True, False])
def test_a_blob_is_taken_over_where_the_registry_can(*, mounts: bool) -> None:
    rehearsal = Rehearsal(cast("Repository", Held("sha256:there")), lambda _: mounts)
    source = cast("Repository", Held())
    assert rehearsal.mount("sha256:there", source)
    assert rehearsal.action("sha256:there") == EXISTS
    assert rehearsal.mount("sha256:away", source) is mounts
    assert rehearsal.action("sha256:away") == (MOUNT if mounts else EXISTS)
    rehearsal.put(content(b"123", "sha256:away"), lambda _: None)
    assert (rehearsal.action("sha256:away"), rehearsal.sent) == (SEND, 3)
