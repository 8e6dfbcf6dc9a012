"""Recordings on their way into blob storage: in memory for the fast tests, on Azurite for the very same."""

import hashlib
import json
import os
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from azda_runtime.supervisor.policy.verdict import verdict
from azda_runtime.uploader.azure_store import AzureStore
from azda_runtime.uploader.destination import Destination, read_destination
from azda_runtime.uploader.naming import Naming
from azda_runtime.uploader.pace import Pace
from azda_runtime.uploader.room import Room
from azda_runtime.uploader.store import ServiceError
from azda_runtime.uploader.uploader import Uploader, UploadOptions
from support.azurite import Azurite

from tests.fakes.blob_storage import MemoryBlobs, serving

STEM = "People_20261122T230501123Z_0001"
BLOB = f"door/People/2026-11-22/{STEM}"
MEBIBYTE = 1024**2
Service: TypeAlias = MemoryBlobs | Azurite
_numbers = count()


@pytest.fixture(scope="module")
def azurite() -> Iterator[Azurite]:
    one = Azurite()
    try:
        one.start()
        yield one
    finally:
        one.close()


@pytest.fixture(params=["memory", pytest.param("azurite", marks=pytest.mark.azurite)])
def service(request: pytest.FixtureRequest) -> Iterator[Service]:
    if request.param == "memory":
        with serving() as memory:
            yield memory
        return
    real: Azurite = request.getfixturevalue("azurite")
    real.make_container(f"recordings-{next(_numbers)}")
    yield real


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "recordings"
    made.mkdir()
    return made


def destination(service: Service, **environment: str) -> Destination:
    given = environment or {"AZURE_STORAGE_CONNECTION_STRING": service.connection_string}
    return read_destination(given, service.container)


def uploader(
    service: Service, folder: Path, *, room: Room | None = None, parallel: int = 2, **environment: str
) -> Uploader:
    options = UploadOptions(
        folder=folder,
        naming=Naming(device="door"),
        parallel=parallel,
        room=room or Room(keep_free=0),
        state=folder.parent,
        once=True,
    )
    return Uploader(options, lambda: AzureStore(destination(service, **environment), Pace(None)))


def state(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder.parent / "health.json").read_text(encoding="utf-8"))
    return found


def record(folder: Path, size: int, *, stem: str = STEM) -> bytes:
    data = os.urandom(size)
    (folder / f"{stem}.json").write_text("{}", encoding="utf-8")
    (folder / f"{stem}.mp4").write_bytes(data)
    return data


def test_a_video_and_its_json_go_up_and_are_deleted_here(service: Service, folder: Path, logged: list[str]) -> None:
    data = record(folder, 9 * MEBIBYTE + 1)

    assert uploader(service, folder).run()

    assert service.blobs() == {f"{BLOB}.json": b"{}", f"{BLOB}.mp4": data}
    assert list(folder.iterdir()) == []
    assert any(f"{BLOB}.mp4: {len(data)} bytes" in line for line in logged)
    found = state(folder)
    assert found["uploads"]["uploaded"] == 2
    assert verdict(found, now=time.monotonic()) == (True, "Recordings are uploaded.")


def test_an_empty_file_is_uploaded_too(service: Service, folder: Path) -> None:
    (folder / f"{STEM}.json").touch()

    assert uploader(service, folder).run()

    assert service.blobs() == {f"{BLOB}.json": b""}


def test_what_is_still_written_and_what_is_no_recording_stays(service: Service, folder: Path) -> None:
    for name in (f".{STEM}.mp4.partial", "notes.txt", "just-copied.mp4"):
        (folder / name).write_bytes(b"x")
    (folder / "link.mp4").symlink_to("/etc/passwd")
    (folder / "folder.mp4").mkdir()

    assert uploader(service, folder).run()

    assert service.blobs() == {}
    assert len(list(folder.iterdir())) == 5


def test_the_same_bytes_are_not_sent_twice_and_others_overwrite_nothing(service: Service, folder: Path) -> None:
    data = record(folder, 100)
    service.put(f"{BLOB}.mp4", data)
    service.put(f"{BLOB}.json", b"of another device")

    # A blob that was stored without an MD5 proves nothing: then the bytes get a name of their own.
    assert uploader(service, folder).run()

    mark = hashlib.md5(b"{}").hexdigest()[:8]
    blobs = service.blobs()
    assert blobs[f"{BLOB}.json"] == b"of another device"
    assert blobs[f"{BLOB}-{mark}.json"] == b"{}"
    assert list(folder.iterdir()) == []


class KilledError(Exception):
    """The process ended here."""


def test_after_a_kill_only_the_missing_blocks_are_sent(
    service: Service, folder: Path, logged: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    data = record(folder, 17 * MEBIBYTE)
    stage = AzureStore.stage

    def killed(store: AzureStore, name: str, block: str, part: bytes, digest: bytes) -> None:
        if block >= "00003":
            raise KilledError
        stage(store, name, block, part, digest)

    monkeypatch.setattr(AzureStore, "stage", killed)
    with pytest.raises(KilledError):
        uploader(service, folder, parallel=1).run()
    monkeypatch.setattr(AzureStore, "stage", stage)
    assert service.uncommitted(f"{BLOB}.mp4") == 3

    assert uploader(service, folder).run()

    assert service.blobs()[f"{BLOB}.mp4"] == data
    assert any(f"{12 * MEBIBYTE} bytes of them before" in line for line in logged)
    if isinstance(service, MemoryBlobs):
        assert service.staged == 17 * MEBIBYTE + 2


def test_a_file_that_is_being_written_or_changes_is_left_for_later(service: Service, folder: Path) -> None:
    import fcntl

    data = record(folder, 100)
    with (folder / f"{STEM}.mp4").open("rb") as writing:
        fcntl.flock(writing, fcntl.LOCK_SH)
        assert not uploader(service, folder).run()
        assert service.blobs() == {f"{BLOB}.json": b"{}"}

    assert uploader(service, folder).run()
    assert service.blobs()[f"{BLOB}.mp4"] == data


def test_a_missing_container_is_named_and_the_recordings_wait(
    service: Service, folder: Path, logged: list[str]
) -> None:
    record(folder, 100)
    service.remove_container()

    assert not uploader(service, folder).run()

    assert len(list(folder.iterdir())) == 2
    [line] = [each for each in logged if "has no container" in each]
    assert f'"{service.container}"' in line
    assert "az storage container create" in line
    well, sentence = verdict(state(folder), now=time.monotonic())
    assert (well, "has no container" in sentence) == (False, True)


def test_a_wrong_key_is_named_and_stands_in_no_line(service: Service, folder: Path, logged: list[str]) -> None:
    record(folder, 100)
    wrong = "d3Jvbmcga2V5" * 4

    assert not uploader(service, folder, AZURE_STORAGE_SERVICE_ENDPOINT=service.endpoint, AZURE_STORAGE_KEY=wrong).run()

    assert len(list(folder.iterdir())) == 2
    assert any("refuses the key" in each for each in logged), logged
    assert not any(wrong in each for each in logged)


def test_a_key_that_is_no_key_is_named(service: Service, folder: Path, logged: list[str]) -> None:
    record(folder, 100)
    wrong = service.connection_string.replace(service.key, "abc")

    assert not uploader(service, folder, AZURE_STORAGE_CONNECTION_STRING=wrong).run()

    assert any("AccountKey in AZURE_STORAGE_CONNECTION_STRING is not base64" in each for each in logged), logged


def test_an_address_of_its_own_takes_the_accounts_name_beside_it(service: Service, folder: Path) -> None:
    record(folder, 100)
    given = {"AZURE_STORAGE_SERVICE_ENDPOINT": service.endpoint, "AZURE_STORAGE_ACCOUNT": "farm"}

    assert uploader(service, folder, **given, AZURE_STORAGE_KEY=service.key).run()

    assert len(service.blobs()) == 2


def test_a_folder_that_cannot_be_read_is_ill_and_nothing_is_done(tmp_path: Path, logged: list[str]) -> None:
    with serving() as service:
        assert not uploader(service, tmp_path / "absent").run()
    assert any("absent cannot be read: No such file" in each for each in logged)
    assert not verdict(json.loads((tmp_path / "health.json").read_text(encoding="utf-8")), now=time.monotonic())[0]


def test_a_key_that_was_renewed_in_its_file_is_read_again(service: Service, folder: Path, tmp_path: Path) -> None:
    record(folder, 100)
    file = tmp_path / "key"
    file.write_text("d3Jvbmcga2V5" * 4, encoding="utf-8")
    given = {"AZURE_STORAGE_SERVICE_ENDPOINT": service.endpoint, "AZURE_STORAGE_KEY_FILE": str(file)}
    one = uploader(service, folder, **given)
    with pytest.raises(ServiceError, match="refuses the key"):
        one._pass()
    one._disconnect()

    file.write_text(service.key, encoding="utf-8")

    assert one._pass()
    one._disconnect()
    assert len(service.blobs()) == 2


def test_offline_is_normal_and_no_ill_health(service: Service, folder: Path, logged: list[str]) -> None:
    record(folder, 100)
    nowhere = {"AZURE_STORAGE_SERVICE_ENDPOINT": "http://127.0.0.1:9/farm", "AZURE_STORAGE_KEY": service.key}

    assert not uploader(service, folder, **nowhere).run()

    [line] = [each for each in logged if "cannot be reached" in each]
    assert "Recordings wait in the folder." in line
    assert verdict(state(folder), now=time.monotonic())[0]

    assert uploader(service, folder).run()
    assert len(service.blobs()) == 2


def test_a_clock_that_is_wrong_is_named(folder: Path) -> None:
    with serving() as service:
        service.answer, service.date = (403, "AuthenticationFailed"), "Sun, 01 Nov 2026 08:00:00 GMT"
        store = AzureStore(destination(service), Pace(None))
        with pytest.raises(ServiceError, match=r"clock is \d+ minutes (ahead of|behind)") as error:
            store.find("x")
        store.close()
    assert "timedatectl" in error.value.hint


def test_a_full_disk_loses_the_oldest_and_counts_them(service: Service, folder: Path, logged: list[str]) -> None:
    for number in range(4):
        record(folder, 1000, stem=f"People_20261122T23050{number}123Z_0001")
    one = uploader(service, folder, room=Room(keep_free=0, limit=2500))
    one._watch.start()
    deadline = time.monotonic() + 60
    while not any("The disk is full" in each for each in logged) and time.monotonic() < deadline:
        time.sleep(0.01)
    one._stopping.set()
    one._watch.join(60)

    left = sorted(path.name for path in folder.glob("*.mp4"))
    assert left == [f"People_20261122T23050{number}123Z_0001.mp4" for number in (2, 3)]
    assert one._progress.state()["uploads"]["dropped"] == 4
    assert "4 oldest recordings are deleted" in next(each for each in logged if "The disk is full" in each)
