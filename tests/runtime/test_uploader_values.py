"""What an uploader decides without any service: names, blocks, room, destinations, and what an answer means."""

from datetime import datetime, timezone
from email.utils import formatdate
from pathlib import Path

import pytest
from azda_runtime.commands import uploader as command
from azda_runtime.problems import InvalidValueError
from azda_runtime.recordings.names import origin, stem
from azda_runtime.uploader.answers import Answer, failure
from azda_runtime.uploader.blocks import MOST_BLOCKS, block_id, block_size, ranges
from azda_runtime.uploader.destination import Destination, Right, read_destination
from azda_runtime.uploader.folder import Recording
from azda_runtime.uploader.naming import Naming, alternative
from azda_runtime.uploader.pace import Pace
from azda_runtime.uploader.room import Room
from azda_runtime.uploader.store import FileError, ServiceError, UploadError

MEBIBYTE = 1024**2
MOMENT = datetime(2026, 11, 22, 23, 5, 1, 123_000, tzinfo=timezone.utc)
NOW = 1_793_000_000.0
DATE = formatdate(NOW, usegmt=True)


def test_a_recordings_name_says_whose_it_is_and_when_it_began() -> None:
    name = stem("People", round(MOMENT.timestamp() * 1000) * 10**6, 1)

    assert origin(f"{name}.mp4") == origin(f"{name}.json") == ("People", MOMENT)
    assert origin("People_20261322T230501123Z_0001.mp4") is None
    assert origin("holiday.mp4") is None


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("{device}/{pipeline}/{date}/{file}", "door/People/2026-11-22/a.mp4"),
        ("{year}/{month}/{day}/{hour}-{file}", "2026/11/22/23-a.mp4"),
        ("{{x}}/{file}", "{x}/a.mp4"),
    ],
)
def test_a_pattern_is_filled_in(pattern: str, name: str) -> None:
    assert Naming(pattern=pattern, device="door").name("a.mp4", "People", MOMENT) == name


@pytest.mark.parametrize(
    ("pattern", "part"),
    [
        ("{device}/{pipeline}", "has no {file}"),
        ("{devise}/{file}", 'Did you mean "device"?'),
        ("{file!r}", "formats {file}"),
        ("{file:>9}", "formats {file}"),
        ("{file.__class__}", "unknown field"),
        ("{file", "cannot be read"),
        ("/{file}", "does not make a blob's name"),
        ("a//{file}", "does not make a blob's name"),
        ("a./{file}", "does not make a blob's name"),
        ("a" * 600 + "{file}", "too long"),
    ],
)
def test_a_pattern_that_makes_no_names_is_refused(pattern: str, part: str) -> None:
    with pytest.raises(InvalidValueError) as error:
        Naming(pattern=pattern, device="door")
    assert part in f"{error.value} {error.value.hint}"


def test_a_devices_name_makes_no_folders() -> None:
    assert Naming(device="a/../b\n").name("f.mp4", "P", MOMENT) == "a-..-b-/P/2026-11-22/f.mp4"


def test_other_bytes_get_another_name() -> None:
    assert alternative("a.b/c.mp4", bytes(16)) == "a.b/c-00000000.mp4"
    assert alternative("a.b/c", bytes(16)) == "a.b/c-00000000"


@pytest.mark.parametrize("size", [0, 1, 4 * MEBIBYTE, 4 * MEBIBYTE + 1, 300 * 1024 * MEBIBYTE])
def test_blocks_cover_a_file_and_are_not_too_many(size: int) -> None:
    parts = list(ranges(size))

    assert sum(count for _, count in parts) == size
    assert [start for start, _ in parts] == [number * block_size(size) for number in range(len(parts))]
    assert len(parts) <= MOST_BLOCKS


def test_the_ids_of_one_blobs_blocks_are_equally_long() -> None:
    assert len(block_id(0, bytes(16))) == len(block_id(MOST_BLOCKS - 1, b"\xff" * 16)) <= 64


def recording(name: str, size: int, time: float) -> Recording:
    path = Path(f"/recordings/{name}")
    return Recording(path=path, size=size, pipeline="P", time=time, identity=(0, 0, size, 0))


FILES = [recording(f"{number}.{kind}", 50, number) for number in range(4) for kind in ("json", "mp4")]


def test_the_oldest_go_as_pairs_and_no_more_than_needed() -> None:
    going = Room(keep_free=250).surplus(FILES, free=120, total=10_000, busy=())

    assert [each.path.name for each in going] == ["0.json", "0.mp4", "1.json", "1.mp4"]


def test_what_is_being_uploaded_stays() -> None:
    going = Room(limit=300).surplus(FILES, free=10_000, total=10_000, busy={FILES[0].path})

    assert [each.path.name for each in going] == ["1.json", "1.mp4"]


def test_a_disk_that_others_have_filled_does_not_cost_all_recordings() -> None:
    going = Room(keep_free=9_000).surplus(FILES, free=100, total=10_000, busy=())

    assert len(going) == 4  # half of what could be free


def test_by_default_a_tenth_of_the_disk_stays_free_and_a_gibibyte_at_most() -> None:
    assert not Room().is_enough(free=99, total=1000)
    assert Room().is_enough(free=100, total=1000)
    assert Room().is_enough(free=1024**3, total=100 * 1024**3)


SAS = "sv=2025&sp=rcw&sig=abc%2Bdef"


@pytest.mark.parametrize(
    ("environment", "right", "endpoint", "container"),
    [
        ({"AZURE_STORAGE_CONNECTION_STRING": "AccountName=farm;AccountKey=eA=="}, Right.CONNECTION_STRING, "", "named"),
        (
            {"AZURE_STORAGE_ACCOUNT": "farm", "AZURE_STORAGE_KEY": "eA=="},
            Right.KEY,
            "https://farm.blob.core.windows.net",
            "named",
        ),
        ({"AZURE_STORAGE_ACCOUNT": "farm"}, Right.ENTRA, "https://farm.blob.core.windows.net", "named"),
        (
            {"AZURE_STORAGE_SERVICE_ENDPOINT": "http://box:11002/farm/", "AZURE_STORAGE_SAS_TOKEN": f"?{SAS}"},
            Right.SAS,
            "http://box:11002/farm",
            "named",
        ),
        (
            {"AZURE_STORAGE_SAS_TOKEN": f"https://farm.blob.core.windows.net/own?{SAS}"},
            Right.SAS,
            "https://farm.blob.core.windows.net",
            "own",
        ),
    ],
)
def test_a_destination_is_read(environment: dict[str, str], right: Right, endpoint: str, container: str) -> None:
    found = read_destination(environment, None if container == "own" else container)

    assert (found.right, found.endpoint, found.container) == (right, endpoint, container)
    assert "sig=" not in repr(found)


@pytest.mark.parametrize(
    ("environment", "container", "part"),
    [
        ({}, "named", "No storage account is named"),
        ({"AZURE_STORAGE_ACCOUNT": "farm"}, None, "No container is named"),
        ({"AZURE_STORAGE_ACCOUNT": "farm"}, "Bad_Name", "cannot be the name of a container"),
        ({"AZURE_STORAGE_ACCOUNT": "https://farm"}, "named", "AZURE_STORAGE_SERVICE_ENDPOINT"),
        ({"AZURE_STORAGE_SERVICE_ENDPOINT": "ftp://farm"}, "named", "is not the address of an account"),
        ({"AZURE_STORAGE_KEY": "x", "AZURE_STORAGE_SAS_TOKEN": SAS}, "named", "are both set"),
        ({"AZURE_STORAGE_SAS_TOKEN": "https://farm.example/c"}, "named", "without a signature"),
        ({"AZURE_STORAGE_SERVICE_ENDPOINT": "http://box:99999/farm"}, "named", "is not the address of an account"),
        ({"AZURE_STORAGE_SERVICE_ENDPOINT": "http://box/farm"}, "named", "sent over https alone"),
        ({"AZURE_STORAGE_ACCOUNT": "farm", "AZURE_STORAGE_SAS_TOKEN": "garbage"}, "named", "holds no signature"),
        ({"AZURE_STORAGE_CONNECTION_STRING": "AccountName=farm"}, "named", "AccountKey or SharedAccessSignature"),
        ({"AZURE_STORAGE_KEY_FILE": "/nowhere/key"}, "named", "No such file"),
    ],
)
def test_a_destination_that_is_none_says_what_to_set(
    environment: dict[str, str], container: str | None, part: str
) -> None:
    with pytest.raises(InvalidValueError) as error:
        read_destination(environment, container)
    assert part in f"{error.value} {error.value.hint}"


def test_a_secret_may_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("eA==\n", encoding="utf-8")

    found = read_destination(
        {"AZURE_STORAGE_ACCOUNT": "farm", "AZURE_STORAGE_KEY_FILE": str(tmp_path / "key")}, "named"
    )

    assert (found.right, found.secret) == (Right.KEY, "eA==")


def answered(
    status: int, code: str, *, right: Right = Right.KEY, secret: str = "eA==", ahead: float = 0
) -> UploadError:
    answer = Answer(status=status, code=code, date=DATE, now=NOW + ahead)
    return failure(answer, account="farm", container="recordings", right=right, secret=secret)


@pytest.mark.parametrize(
    ("error", "part", "kind"),
    [
        (answered(404, "ContainerNotFound"), 'no container "recordings"', ServiceError),
        (answered(403, "AuthenticationFailed"), "refuses the key", ServiceError),
        (answered(403, "AuthenticationFailed", ahead=1200), "20 minutes ahead of", ServiceError),
        (answered(403, "AuthenticationFailed", ahead=-1200), "20 minutes behind", ServiceError),
        (answered(401, "InvalidAuthenticationInfo", right=Right.ENTRA, secret=""), "identity's token", ServiceError),
        (answered(403, "AuthorizationPermissionMismatch"), "Storage Blob Data Contributor", ServiceError),
        (answered(403, "AuthorizationFailure"), "address that the device comes from", ServiceError),
        (answered(403, "AccountIsDisabled"), "is disabled", ServiceError),
        (
            answered(403, "AuthenticationFailed", right=Right.SAS, secret="se=2026-10-01T00:00:00Z&sig=x"),
            "has expired (2026-10-01T00:00:00Z)",
            ServiceError,
        ),
        (
            answered(403, "AuthenticationFailed", right=Right.SAS, secret="st=2026-11-01&se=2027-10-01&sig=x"),
            "is not valid yet",
            ServiceError,
        ),
        (answered(403, "AuthenticationFailed", right=Right.SAS, secret="sig=x"), "refuses the signature", ServiceError),
        (answered(503, "ServerBusy"), "busy or faulty (ServerBusy)", ServiceError),
        (answered(404, "ResourceNotFound"), "no blob storage at farm", ServiceError),
        (answered(400, "InvalidBlobOrBlock"), "InvalidBlobOrBlock", FileError),
    ],
)
def test_each_answer_has_its_sentence(error: UploadError, part: str, kind: type) -> None:
    assert part in f"{error} {error.hint}"
    assert type(error) is kind
    assert "sig=" not in f"{error} {error.hint}"


def test_what_passes_by_itself_is_no_fault_of_anybody() -> None:
    assert getattr(answered(503, "ServerBusy"), "offline", None) is True
    assert getattr(answered(403, "AccountIsDisabled"), "offline", None) is False


def test_a_pace_lets_so_many_bytes_a_second_pass() -> None:
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    pace = Pace(1000, clock=lambda: now[0], sleep=sleep)
    body = pace.body(bytes(5000))
    assert not isinstance(body, bytes)
    while body.read(500):
        pass

    assert now[0] == pytest.approx(5)


@pytest.mark.parametrize(
    ("options", "part"),
    [
        (["--bandwidth", "1k"], "too slow"),
        (["--limit", "much"], "no size"),
        (["--parallel", "99"], "not a number from 1 to 16"),
        (["--parallel", "²"], "not a number from 1 to 16"),
    ],
)
def test_an_option_that_cannot_be_is_wrong_usage(
    options: list[str], part: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        command.main([*options, "/recordings"])
    assert end.value.code == 2
    assert part in capsys.readouterr().err


def test_a_pattern_that_is_wrong_ends_the_command_with_its_hint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT", "farm")
    words = [str(tmp_path), "--container", "named", "--name", "{device}", "--state", str(tmp_path)]

    assert command.main(words) == 2
    assert "has no {file}" in capsys.readouterr().err


def test_a_destination_checks_itself() -> None:
    with pytest.raises(InvalidValueError):
        Destination(container="-", right=Right.ENTRA)
