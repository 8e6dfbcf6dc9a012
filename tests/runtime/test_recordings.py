"""Recordings as files: names, cuts, the JSON beside a video, and what a crash left. No GStreamer here."""

import fcntl
import io
import json
import os
import struct
from pathlib import Path

import pytest
from azda_runtime.recordings import names, sidecar
from azda_runtime.recordings.mp4_boxes import playable
from azda_runtime.recordings.pair import Pair
from azda_runtime.recordings.recovery import recover
from azda_runtime.recordings.segments import Cutter, Step
from azda_runtime.settings.recording import RecordingOptions
from hypothesis import given
from hypothesis import strategies as st

SECOND = 1_000_000_000
FRAME = SECOND // 30
# 2026-11-22T23:05:01.123Z
MOMENT = 1_795_388_701_123_000_000


def test_a_name_holds_pipeline_time_and_number_and_no_colon() -> None:
    assert names.stem("People", MOMENT, 7) == "People_20261122T230501123Z_0007"


@given(st.text())
def test_a_name_is_a_plain_file_name_whatever_the_pipeline_is_called(pipeline: str) -> None:
    name = names.partial(names.stem(pipeline, MOMENT, 1) + names.VIDEO)

    assert set(name) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")
    assert name.startswith(".")
    assert not name.startswith("..")
    assert len(name) < 128
    assert names.whole(name) == name[1 : -len(".partial")]


@given(st.lists(st.text(), unique=True, min_size=2, max_size=2))
def test_two_pipelines_never_share_a_name(ids: list[str]) -> None:
    assert names.safe(ids[0]) != names.safe(ids[1])


def test_names_sort_as_recordings_follow_each_other() -> None:
    stems = [names.stem("People", MOMENT + n * SECOND, n + 1) for n in range(20)]

    assert stems == sorted(stems)


def steps(cutter: Cutter, times: range, keys: set[int]) -> dict[int, Step]:
    """Picture -> its step, ordinary ones left out."""
    found = {n: cutter.step(n * FRAME, is_key=n in keys) for n in times}
    return {n: step for n, step in found.items() if step is not Step.WRITE}


def test_a_file_begins_with_a_key_frame_and_is_cut_at_the_first_one_after_its_length() -> None:
    cutter = Cutter(RecordingOptions(segment_seconds=2, stop_after_seconds=0))

    assert steps(cutter, range(200), keys={2, 30, 61, 62, 70, 130}) == {
        0: Step.SKIP,
        1: Step.SKIP,
        2: Step.OPEN,
        62: Step.OPEN,
        130: Step.OPEN,
    }


def test_a_recording_ends_by_itself_in_time_and_never_when_the_time_is_0() -> None:
    keys = set(range(0, 400, 30))

    ended = steps(Cutter(RecordingOptions(segment_seconds=2, stop_after_seconds=5)), range(152), keys)
    endless = steps(Cutter(RecordingOptions(segment_seconds=2, stop_after_seconds=0)), range(400), keys)

    assert [n for n, step in ended.items() if step is Step.END] == [150, 151]
    assert Step.END not in endless.values()


def test_another_length_holds_from_the_next_file_on() -> None:
    cutter = Cutter(RecordingOptions(segment_seconds=2, stop_after_seconds=0))
    keys = set(range(0, 400, 30))

    first = steps(cutter, range(10), keys)
    cutter.options = RecordingOptions(segment_seconds=4, stop_after_seconds=0)

    assert list({**first, **steps(cutter, range(10, 400), keys)}) == [0, 60, 180, 300]


def test_a_recording_that_is_asked_for_again_counts_its_time_anew() -> None:
    cutter = Cutter(RecordingOptions(segment_seconds=60, stop_after_seconds=2))

    for n in range(50):
        assert cutter.step(n * FRAME, is_key=n == 0) is not Step.END
        cutter.count(n * FRAME)
    cutter.renew()
    later = []
    for n in range(50, 112):
        later.append(cutter.step(n * FRAME, is_key=False))
        cutter.count(n * FRAME)

    assert later.index(Step.END) == 60


def test_pictures_that_come_back_after_a_pause_begin_a_new_file() -> None:
    cutter = Cutter(RecordingOptions(segment_seconds=60, stop_after_seconds=0))
    cutter.step(0, is_key=True)
    cutter.pause()

    assert cutter.step(90 * SECOND, is_key=False) is Step.SKIP
    assert cutter.is_late(90 * SECOND)
    assert cutter.step(91 * SECOND, is_key=True) is Step.OPEN


def document(messages: list[str]) -> str:
    entries = [sidecar.entry(n * FRAME, message, first=n == 0) for n, message in enumerate(messages)]
    return sidecar.head("People", "x.mp4", MOMENT) + "".join(entries) + sidecar.tail()


def test_the_json_beside_a_video_is_one_document_with_a_line_for_each_message() -> None:
    text = document(['{"a": 1}', '{\n"b": 2}'])

    assert json.loads(text) == {
        "schemaVersion": "0.1",
        "pipeline": "People",
        "video": "x.mp4",
        "start": "2026-11-22T23:05:01.123Z",
        "messages": [{"offset": 0.0, "message": {"a": 1}}, {"offset": 0.033333, "message": {"b": 2}}],
    }
    assert len(text.splitlines()) == 4
    assert json.loads(document([]))["messages"] == []


@given(st.integers(min_value=0), st.lists(st.dictionaries(st.text(), st.text() | st.integers())))
def test_a_document_that_was_cut_off_anywhere_is_repaired_to_the_messages_that_are_whole(
    location: int, messages: list[dict[str, object]]
) -> None:
    texts = [json.dumps(message) for message in messages]
    whole = document(texts)
    cut = whole[: location % (len(whole) + 1)]

    repaired = sidecar.repaired(cut)

    if repaired is None:
        assert len(cut) < len(whole.splitlines()[0])
    else:
        kept = [entry["message"] for entry in json.loads(repaired)["messages"]]
        assert kept == messages[: len(kept)]
        assert len(kept) >= cut.count("\n") - 2
        assert sidecar.repaired(repaired) == repaired


def test_messages_wait_for_their_picture() -> None:
    waiting = sidecar.Waiting()
    for n in range(5):
        waiting.add(n * FRAME, str(n))

    assert waiting.until(3 * FRAME) == [(n * FRAME, str(n)) for n in range(4)]
    assert [m for _, m in waiting.until(3 * FRAME)] == []


def box(kind: bytes, size: int = 100) -> bytes:
    return struct.pack(">I4s", size, kind) + bytes(size - 8)


def unfinished(kind: bytes = b"mdat") -> bytes:
    return struct.pack(">I4s", 0, kind) + bytes(500)


HEAD = box(b"ftyp", 32) + box(b"free", 8)


@pytest.mark.parametrize(
    ("content", "kept"),
    [
        (b"", 0),
        (b"\0\0", 0),
        (HEAD, 0),
        (HEAD + unfinished(), 0),
        (HEAD + box(b"mdat") + box(b"moov"), len(HEAD) + 200),
        (HEAD + box(b"mdat") + box(b"moov") + box(b"free", 8) + unfinished(), len(HEAD) + 200),
        (HEAD + box(b"mdat") + box(b"moov") + box(b"mdat") + box(b"moof") + unfinished(), len(HEAD) + 400),
        (HEAD + box(b"mdat") + box(b"moov") + box(b"mdat") + box(b"moof")[:50], len(HEAD) + 200),
        (HEAD + box(b"mdat") + box(b"moov") + box(b"mdat") + box(b"moof") + box(b"moov"), len(HEAD) + 400),
        (HEAD + box(b"moof"), 0),
    ],
)
def test_what_can_be_played_ends_with_the_last_whole_fragment(content: bytes, kept: int) -> None:
    assert playable(io.BytesIO(content)) == kept


def test_a_box_of_more_than_four_gigabytes_is_followed() -> None:
    large = struct.pack(">I4sQ", 1, b"mdat", 64) + bytes(48)

    assert playable(io.BytesIO(HEAD + large + box(b"moov"))) == len(HEAD) + 164


@given(st.binary(max_size=300))
def test_any_bytes_are_walked_to_an_end(content: bytes) -> None:
    assert 0 <= playable(io.BytesIO(content)) <= len(content)


@given(st.lists(st.sampled_from([HEAD, box(b"mdat"), box(b"moov"), box(b"moof"), unfinished(), b"\0\0\0\1mdat"])))
def test_any_row_of_boxes_is_walked_to_an_end(row: list[bytes]) -> None:
    content = b"".join(row)

    assert 0 <= playable(io.BytesIO(content)) <= len(content)


def visible(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))


def test_a_pair_becomes_visible_when_both_files_are_whole(tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    pair = Pair(folder, "People", MOMENT, 1)
    pair.write(0, '{"a": 1}')
    assert visible(folder) == []
    pair.video.write_bytes(b"video")

    pair.commit()

    stem = "People_20261122T230501123Z_0001"
    assert [path.name for path in sorted(folder.iterdir())] == [f"{stem}.json", f"{stem}.mp4"]
    assert json.loads((folder / f"{stem}.json").read_text())["video"] == f"{stem}.mp4"
    assert (folder / f"{stem}.mp4").read_bytes() == b"video"


def test_a_pair_that_is_discarded_leaves_nothing(tmp_path: Path) -> None:
    pair = Pair(tmp_path, "People", MOMENT, 1)
    pair.discard()
    pair.discard()

    assert list(tmp_path.iterdir()) == []


def test_a_clock_that_was_set_back_never_costs_an_older_recording(tmp_path: Path) -> None:
    for content in (b"first", b"second"):
        pair = Pair(tmp_path, "People", MOMENT, 1)
        pair.video.write_bytes(content)
        pair.commit()

    assert [p.read_bytes() for p in sorted(tmp_path.glob("*.mp4"))] == [b"first", b"second"]


def abandoned(folder: Path, content: bytes, messages: int = 2) -> Pair:
    """What a process leaves that is killed while it writes."""
    pair = Pair(folder, "People", MOMENT, 1)
    pair.video.write_bytes(content)
    for n in range(messages):
        pair.write(n * FRAME, '{"a": 1}')
    pair._close()
    return pair


def test_what_a_crash_left_is_made_whole(tmp_path: Path, logged: list[str]) -> None:
    whole = HEAD + box(b"mdat") + box(b"moov")
    pair = abandoned(tmp_path, whole + unfinished())

    recover(tmp_path)

    assert visible(tmp_path) == [pair.name.replace("mp4", "json"), pair.name]
    assert len(list(tmp_path.iterdir())) == 2
    assert (tmp_path / pair.name).read_bytes() == whole
    assert len(json.loads((tmp_path / visible(tmp_path)[0]).read_text())["messages"]) == 2
    assert logged == [f"The recording {pair.name} was cut off; what was written of it can be played."]


def test_what_cannot_be_played_is_removed(tmp_path: Path, logged: list[str]) -> None:
    pair = abandoned(tmp_path, HEAD + unfinished())

    recover(tmp_path)

    assert list(tmp_path.iterdir()) == []
    assert logged == [f"warning: The recording {pair.name} was cut off in its first second and is removed."]


def test_a_crash_between_the_two_renames_is_finished(tmp_path: Path) -> None:
    pair = abandoned(tmp_path, HEAD + box(b"mdat") + box(b"moov"))
    text = tmp_path / pair.name.replace("mp4", "json")
    text.write_text(document([]))
    pair._text_path.unlink()

    recover(tmp_path)

    assert visible(tmp_path) == [text.name, pair.name]


def test_files_that_are_written_now_and_files_of_others_are_left_alone(tmp_path: Path) -> None:
    pair = Pair(tmp_path, "People", MOMENT, 1)
    (tmp_path / ".hidden").write_text("mine")
    (tmp_path / "film.mp4").write_bytes(b"old")
    before = sorted(path.name for path in tmp_path.iterdir())

    recover(tmp_path)

    assert sorted(path.name for path in tmp_path.iterdir()) == before
    pair.discard()


def test_a_link_in_the_folder_is_never_followed(tmp_path: Path, logged: list[str]) -> None:
    target = tmp_path / "precious.txt"
    target.write_bytes(b"x" * 100)
    folder = tmp_path / "cache"
    folder.mkdir()
    (folder / ".a.mp4.partial").symlink_to(target)

    recover(folder)

    assert target.read_bytes() == b"x" * 100
    assert "cannot be cleared up" in logged[0]


def test_a_folder_that_is_not_there_has_nothing_to_clear_up(tmp_path: Path, logged: list[str]) -> None:
    recover(tmp_path / "none")

    assert logged == []


def test_a_lock_ends_with_the_file(tmp_path: Path) -> None:
    pair = Pair(tmp_path, "People", MOMENT, 1)
    pair.commit()
    handle = os.open(tmp_path / pair.name, os.O_RDONLY)

    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)

    os.close(handle)
