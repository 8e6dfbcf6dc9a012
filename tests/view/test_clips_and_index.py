"""What a folder holds, and which message belongs to which moment."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from azdacli.errors import SpecError
from azdacli.view import clips, compare
from azdacli.view.clips import Form
from azdacli.view.index import Index
from tests.view import making


def read(text: str, form: Form = Form.LINES) -> Index:
    index = Index(form=form)
    index.read(io.BytesIO(text.encode()))
    return index


def test_a_run_is_one_clip_and_the_video_without_boxes_comes_first(tmp_path: Path) -> None:
    for name in ("annotated.mp4", "messages.jsonl"):
        (tmp_path / name).touch()
    (drawn,) = clips.find(tmp_path)
    assert (drawn.media.name, drawn.drawn) == ("annotated.mp4", True)
    (tmp_path / "video.mp4").touch()
    (plain,) = clips.find(tmp_path)
    assert (plain.media.name, plain.drawn, plain.name) == ("video.mp4", False, tmp_path.name)


def test_recordings_are_listed_the_newest_first_and_what_is_not_whole_is_left_out(tmp_path: Path) -> None:
    stems = ["b_20261122T230501123Z_0001", "a_20261123T000000000Z_0001", "b_20261122T230531123Z_0002"]
    for stem in stems:
        (tmp_path / f"{stem}.mp4").touch()
    (tmp_path / f".{stems[0]}.mp4.partial").touch()
    (tmp_path / f"{stems[1]}.json").touch()
    found = clips.find(tmp_path)
    assert [each.name for each in found] == [stems[1], stems[2], stems[0]]
    assert [each.messages is not None for each in found] == [True, False, False]


def test_a_folder_without_clips_and_no_folder_are_a_sentence_each(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="there is nothing to view in"):
        clips.find(tmp_path)
    with pytest.raises(SpecError, match="cannot be read: No such file"):
        clips.find(tmp_path / "away")


def test_messages_are_found_by_time_and_counted_by_label() -> None:
    index = read(making.lines([making.message(frame, label=f"l{frame % 2}") for frame in (2, 0, 1, 3)]))
    assert [entry.time for entry in index.between(0.04, 0.08)] == [0.04, 0.08]
    assert index.labels() == {"l0": 2, "l1": 2}
    assert index.step() == pytest.approx(0.04)
    assert index.sources == ["door"]
    assert index.timeline(2) == [{"l0": 1, "l1": 1}, {"l0": 1, "l1": 1}]


def test_lines_that_are_no_message_are_counted_and_cost_the_others_nothing() -> None:
    text = making.lines([making.message(0)]) + "{\n[]\n" + '{"inferences": []}\n' + "[" * 5000 + "\n"
    index = read(text + making.lines([making.message(1)]))
    assert (len(index.entries), index.unreadable) == (2, 4)


def test_the_messages_beside_a_recording_have_their_place_in_it() -> None:
    rows = ",\n".join(json.dumps({"offset": offset, "message": making.message(0)}) for offset in (0.0, 1.033333))
    index = read(f'{{"schemaVersion": "0.1", "messages": [\n{rows}\n]}}\n', Form.SIDECAR)
    assert [entry.time for entry in index.entries] == [0.0, 1.033333]
    assert index.unreadable == 0


def test_a_long_recording_keeps_places_and_no_messages_in_memory() -> None:
    index = read(making.lines([making.message(frame) for frame in range(3000)]))
    assert not any(hasattr(entry, "message") for entry in index.entries)
    assert len(index.timeline(240)) == 240


def test_two_frames_differ_by_the_objects_without_a_counterpart() -> None:
    def objects(source: str = "door", **changes: Any) -> list[compare.Object]:
        return [(source, making.message(5, **changes)["inferences"][0]["detections"][0])]

    assert compare.difference(objects(), objects()) == 0
    assert compare.difference(objects(), objects(shift=4)) == 0
    assert compare.difference(objects(), objects(shift=30)) == 2
    assert compare.difference(objects(), objects(label="circle")) == 2
    assert compare.difference(objects(), []) == 1
    assert compare.difference(objects(), objects("gate")) == 2


def test_a_message_about_several_sensors_names_them_all_and_counts_them_together() -> None:
    both = making.message(1)
    both["inferences"] += making.message(1, label="circle")["inferences"]
    both["inferences"][1]["sourceInfo"]["id"] = "gate"
    index = read(making.lines([both, both]))
    assert index.sources == ["door", "gate"]
    assert index.entries[0].sources == ("door", "gate")
    assert index.labels() == {"square": 2, "circle": 2}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("sourceInfo", "videoTime"), float("nan")),
        (("sourceInfo", "videoTime"), -1),
        (("sourceInfo", "videoTime"), "0"),
        (("sourceInfo", "videoTime"), 10**400),
        (("sourceInfo", "id"), 3),
        (("detections", 0, "rect"), [0, 0, 1]),
        (("detections", 0, "rect"), [0, 0, 1, float("inf")]),
        (("detections", 0, "rect"), None),
        (("detections", 0, "label"), None),
        (("detections", 0, "confidence"), "high"),
        (("detections", 0, "tracking_id"), True),
        (("detections",), {}),
        (("type",), []),
    ],
)
def test_a_part_of_another_type_makes_a_line_no_message(path: tuple[Any, ...], value: Any) -> None:
    message = making.message(0)
    part: Any = message["inferences"][0]
    for step in path[:-1]:
        part = part[step]
    part[path[-1]] = value
    index = read(making.lines([message, making.message(1)]))
    assert (len(index.entries), index.unreadable) == (1, 1)


@pytest.mark.parametrize(
    "region", [{}, [], None, {"sensor": "door", "label": "a", "color": "#fff", "coordinates": [[0]]}]
)
def test_a_region_that_is_none_makes_a_line_no_message(region: Any) -> None:
    assert read(making.lines([{**making.message(0), "regionsOfInterest": [region]}])).unreadable == 1


def test_a_sidecar_whose_messages_have_no_lines_of_their_own_is_said_to_be_unreadable() -> None:
    index = read(json.dumps({"messages": [{"offset": 0, "message": making.message(0)}]}), Form.SIDECAR)
    assert (len(index.entries), index.unreadable) == (0, 1)


def test_a_picture_without_boxes_is_a_run_too(tmp_path: Path) -> None:
    (tmp_path / "video.png").touch()
    (clip,) = clips.find(tmp_path)
    assert (clip.is_still, clip.drawn) == (True, False)


def test_a_link_out_of_the_folder_is_refused_and_one_within_it_is_not(tmp_path: Path) -> None:
    (tmp_path / "outside.mp4").touch()
    run = tmp_path / "run"
    run.mkdir()
    (run / "street.mp4").touch()
    (run / "video.mp4").symlink_to(run / "street.mp4")
    assert clips.find(run)[0].media.name == "video.mp4"
    (run / "messages.jsonl").symlink_to(tmp_path / "outside.mp4")
    with pytest.raises(SpecError, match="is a link out of the folder"):
        clips.find(run)
