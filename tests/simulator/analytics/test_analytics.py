"""Regions, crowds, directions and lines say what NVIDIA's rules say."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from simulator.analytics.geometry import inside, meets
from simulator.analytics.rules import Crowd, Direction, Line, Mode, Region, StreamRules
from simulator.analytics.settings import read_analytics_file, scaled
from simulator.analytics.state import UNTRACKED, FrameResult, Seen, StreamState
from simulator.errors import ConfigurationError

FRAME = 40_000_000
SQUARE = ((100, 100), (300, 100), (300, 300), (100, 300))
Path2 = Callable[[int], tuple[float, float]]


def seen(x: float, foot: float, *, object_id: int = 1, class_id: int = 0) -> Seen:
    """An object of 20 x 40 pixels whose middle of the lower edge is (x, foot)."""
    return Seen(object_id=object_id, class_id=class_id, box=(x - 10, foot - 40, 20, 40))


def walk(
    rules: StreamRules, path: Path2, frames: int = 40, *, object_id: int = 1, class_id: int = 0
) -> list[FrameResult]:
    state = StreamState(rules=rules)
    return [
        state.update([seen(*path(frame), object_id=object_id, class_id=class_id)], frame * FRAME)
        for frame in range(frames)
    ]


def crossings(results: Sequence[FrameResult], label: str = "gate") -> list[int]:
    return [frame for frame, result in enumerate(results) if label in result.objects[0].lines]


def gate(**changes: object) -> StreamRules:
    points = ((200, 50), (200, 150), (100, 100), (300, 100))
    fields = {"label": "gate", "points": points, **changes}
    return StreamRules(lines=(Line(**fields),))


def test_an_object_is_in_a_region_by_the_middle_of_its_lower_edge() -> None:
    rules = StreamRules(regions=(Region(label="zone", corners=SQUARE),))
    for (x, foot), wanted in {(200, 200): True, (200, 310): False, (90, 200): False, (200, 110): True}.items():
        (result,) = walk(rules, lambda _, x=x, foot=foot: (x, foot), 1)
        assert (result.objects[0].regions == ("zone",)) is wanted
        assert result.in_region == ({"zone": 1} if wanted else {})


def test_an_inverse_region_counts_what_is_outside_and_classes_limit_it() -> None:
    rules = StreamRules(
        regions=(
            Region(label="out", corners=SQUARE, inverse=True),
            Region(label="cars", corners=SQUARE, class_ids=frozenset({2})),
        )
    )
    state = StreamState(rules=rules)
    result = state.update([seen(200, 200), seen(500, 200, object_id=2), seen(200, 200, object_id=3, class_id=2)], 0)
    assert [one.regions for one in result.objects] == [(), ("out",), ("cars",)]
    assert result.counts == {0: 2, 2: 1}
    assert result.objects[1].status == " ROI:out"


def test_a_crowd_begins_at_its_number_of_objects() -> None:
    state = StreamState(rules=StreamRules(crowds=(Crowd(label="stop", corners=SQUARE, object_threshold=2),)))
    assert state.update([seen(200, 200)], 0).overcrowded == {"stop": False}
    both = [seen(200, 200), seen(220, 200, object_id=2)]
    assert state.update(both, FRAME).overcrowded == {"stop": True}
    assert state.update([], 2 * FRAME).overcrowded == {}


def test_a_line_is_crossed_once_and_only_in_its_direction() -> None:
    down = walk(gate(), lambda frame: (200, 20 + 5 * frame))
    assert len(crossings(down)) == 1
    assert 15 <= crossings(down)[0] <= 26
    assert down[-1].crossed_ever == {"gate": 1}
    assert sum(result.crossed.get("gate", 0) for result in down) == 1
    assert crossings(walk(gate(), lambda frame: (200, 220 - 5 * frame))) == []


def test_crossing_back_and_again_counts_once() -> None:
    there_and_back = walk(gate(), lambda frame: (200, 100 + 80 * ((frame // 20) % 2 * 2 - 1)), 80)
    assert len(crossings(there_and_back)) == 1


def test_an_extended_line_goes_on_beyond_its_ends_and_another_does_not() -> None:
    def beside(frame: int) -> tuple[int, int]:
        return 400, 20 + 5 * frame

    assert len(crossings(walk(gate(extended=True), beside))) == 1
    assert crossings(walk(gate(extended=False), beside)) == []
    assert len(crossings(walk(gate(extended=False), lambda frame: (200, 20 + 5 * frame)))) == 1


@pytest.mark.parametrize(
    ("mode", "across", "crossed"),
    [
        (Mode.LOOSE, 35, True),
        (Mode.BALANCED, 35, False),
        (Mode.BALANCED, 12, True),
        (Mode.STRICT, 12, False),
        (Mode.STRICT, 0, True),
    ],
)
def test_stricter_modes_ask_for_a_straighter_crossing(mode: Mode, across: int, crossed: bool) -> None:
    results = walk(gate(mode=mode), lambda frame: (200 + across * (frame - 30), 100 + 15 * (frame - 30)), 60)
    assert bool(crossings(results)) is crossed


def test_an_object_that_hardly_moves_crosses_nothing() -> None:
    assert crossings(walk(gate(), lambda frame: (200, 96 + 0.2 * frame))) == []


def test_other_classes_and_untracked_objects_cross_nothing() -> None:
    def down(frame: int) -> tuple[int, int]:
        return 200, 20 + 5 * frame

    assert crossings(walk(gate(class_ids=frozenset({3})), down)) == []
    assert crossings(walk(gate(), down, object_id=UNTRACKED)) == []


def test_an_object_that_was_gone_for_long_may_cross_again() -> None:
    state = StreamState(rules=gate())
    count = 0
    for start in (0, 10_000_000_000):
        for frame in range(40):
            result = state.update([seen(200, 20 + 5 * frame)], start + frame * FRAME)
            count += len(result.objects[0].lines)
    assert count == 2
    assert result.crossed_ever == {"gate": 2}


def test_a_direction_is_named_while_an_object_moves_along_it() -> None:
    rules = StreamRules(directions=(Direction(label="south", points=((0, 0), (0, 9))),))
    south = walk(rules, lambda frame: (200, 20 + 10 * frame))
    assert south[-1].objects[0].direction == " DIR:south "
    assert south[5].objects[0].direction == ""
    assert walk(rules, lambda frame: (200, 900 - 10 * frame))[-1].objects[0].direction == ""
    assert walk(rules, lambda _: (200, 200))[-1].objects[0].status == " STOPPED "


def test_counts_are_smoothed_over_the_window() -> None:
    state = StreamState(rules=StreamRules(), count_window=10 * FRAME)
    counts = [3, 3, 3, 0, 3, 3, 2, 3]
    smooth = [
        state.update([seen(9, 9, object_id=i) for i in range(count)], frame * FRAME).counts
        for frame, count in enumerate(counts)
    ]
    assert [one[0] for one in smooth] == [3] * 8


@given(st.tuples(st.integers(0, 400), st.integers(0, 400)))
def test_every_point_is_in_exactly_one_of_four_squares(point: tuple[int, int]) -> None:
    squares = [[(x, y), (x + 200, y), (x + 200, y + 200), (x, y + 200)] for x in (0, 200) for y in (0, 200)]
    holds = sum(inside(square, point) for square in squares)
    assert holds == (1 if point[0] < 400 and point[1] < 400 else 0)


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=3, max_size=8))
def test_the_order_of_corners_and_where_it_starts_do_not_matter(corners: list[tuple[int, int]]) -> None:
    for point in ((25.5, 25.25), (10.5, 40.25)):
        wanted = inside(corners, point)
        assert inside(corners[::-1], point) is wanted
        assert inside([*corners[2:], *corners[:2]], point) is wanted


def test_a_movement_meets_a_segment_between_its_ends_only() -> None:
    assert meets((0, 0), (10, 10), (0, 10), (10, 0))
    assert not meets((0, 0), (10, 10), (20, 0), (30, 0))
    assert not meets((5, 5), (5, 5), (0, 10), (10, 0))


CONFIG = """[property]
enable=1
config-width=1920
config-height=1080
osd-mode=1
obj-cnt-win-in-ms=500
[roi-filtering-stream-0]
enable=1
roi-RF=295;643;579;634;642;913;56;828
inverse-roi=0
class-id=-1
[overcrowding-stream-1]
enable=1
roi-OC=295;643;579;634;642;913;56;828
object-threshold=3
time-threshold=2000
[line-crossing-stream-0]
enable=1
line-crossing-Entry=1072;911;1143;1058;944;1020;1297;1020
line-crossing-Exit=789;672;1084;900;851;773;1203;732
class-id=0
extended=0
mode=strict
[direction-detection-stream-0]
enable=0
direction-South=284;840;360;662
"""


def test_nvidias_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "analytics.txt"
    path.write_text(CONFIG)
    settings = read_analytics_file(path)
    assert (settings.enable, settings.width, settings.height, settings.osd_mode) == (True, 1920, 1080, 1)
    assert settings.count_window == 500
    first, second = settings.streams[0], settings.streams[1]
    assert [line.label for line in first.lines] == ["Entry", "Exit"]
    assert (first.lines[0].mode, first.lines[0].extended, first.lines[0].class_ids) == (Mode.STRICT, False, {0})
    assert first.regions[0].corners[1] == (579, 634)
    assert first.directions == ()
    assert second.crowds[0].object_threshold == 3
    assert "time-threshold" in settings.notices[0]
    assert scaled(first, settings, 960, 540).regions[0].corners[0] == (147, 321)


def test_yaml_says_the_same(tmp_path: Path) -> None:
    text, yaml = tmp_path / "a.txt", tmp_path / "a.yml"
    text.write_text(CONFIG)
    lines = [
        f"{line[1:-1]}:" if line.startswith("[") else "  " + line.replace("=", ": ", 1) for line in CONFIG.splitlines()
    ]
    yaml.write_text("\n".join(lines))
    assert read_analytics_file(text) == read_analytics_file(yaml)


@pytest.mark.parametrize(
    ("change", "names"),
    [
        (("enable=1\nconfig-width=1920\n", "enable=1\n"), "config-width"),
        (("osd-mode=1", "osd-mode=3"), "osd-mode"),
        (("roi-RF=295;643;579", "roi-RF=295;643;-1"), "roi-RF"),
        (("roi-RF=295;643;579;634;642;913;56;828", "roi-RF=295;643;579;634;642"), "roi-RF"),
        (("roi-RF=295;643;579;634;642;913;56;828", ""), "roi-"),
        (("944;1020;1297;1020", "944;1020"), "line-crossing-Entry"),
        (("944;1020;1297;1020", "944;1020;944;1020"), "line-crossing-Entry"),
        (("direction-South=284;840;360;662", "direction-South=284;840"), "direction-South"),
        (("[property]", "[properties]"), "property"),
    ],
)
def test_a_file_that_nvdsanalytics_refuses_is_refused_by_name(
    tmp_path: Path, change: tuple[str, str], names: str
) -> None:
    path = tmp_path / "analytics.txt"
    assert change[0] in CONFIG
    path.write_text(CONFIG.replace(*change, 1))
    with pytest.raises(ConfigurationError, match=names):
        read_analytics_file(path)


def test_unknown_keys_groups_and_modes_are_reported(tmp_path: Path) -> None:
    path = tmp_path / "analytics.txt"
    path.write_text(CONFIG.replace("mode=strict", "mode=odd\nfoo=1") + "[other]\na=1\n")
    notices = read_analytics_file(path).notices
    assert any("'foo'" in notice for notice in notices)
    assert any("'odd'" in notice for notice in notices)
    assert any("[other]" in notice or "'other'" in notice for notice in notices)
