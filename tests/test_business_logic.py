"""examples/business-logic: what it makes of inferences and regions, as plain data."""

import importlib.util
import json
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

FOLDER = Path(__file__).parents[1] / "examples" / "business-logic"
SQUARE = [[0.2, 0.2], [0.6, 0.2], [0.6, 0.6], [0.2, 0.6]]
INSIDE = [0.3, 0.2, 0.1, 0.3]  # foot at (0.35, 0.5)
OUTSIDE = [0.7, 0.7, 0.1, 0.1]


@pytest.fixture(scope="module")
def main() -> ModuleType:
    spec = importlib.util.spec_from_file_location("business_logic", FOLDER / "main.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def logic(main: ModuleType) -> Any:
    return main.Logic()


def region(label: str = "door", coordinates: Any = SQUARE, **more: Any) -> dict[str, Any]:
    return {"sensor": "camera", "label": label, "color": "#ff0000", "coordinates": coordinates, **more}


def message(seconds: float, *rects: Any, regions: Any = None, label: str = "person", tracked: bool = True) -> str:
    """A message as the runtime sends it."""
    detections = [
        {"id": f"d{n}", "label": label, "rect": rect, "tracking_id": n if tracked else -1}
        for n, rect in enumerate(rects)
        if rect is not None
    ]
    minutes, rest = divmod(seconds, 60)
    source = {"id": "camera", "timestamp": f"2026-11-30T12:{int(minutes):02d}:{rest:06.3f}Z"}
    inference = {"type": "detection", "id": "People", "sourceInfo": source, "detections": detections}
    regions = [region()] if regions is None else regions
    return json.dumps({"schemaVersion": "0.1", "events": [], "regionsOfInterest": regions, "inferences": [inference]})


def events(sent: list[tuple[str, Any]]) -> list[tuple[str, str]]:
    return [(body["event"], body["region"]) for output, body in sent if output == "events"]


def starts(sent: list[tuple[str, Any]]) -> list[bool]:
    return [body["startRecording"][0]["state"] for output, body in sent if output == "recordingOutput"]


def test_who_enters_stays_and_leaves_is_reported_once(logic: Any) -> None:
    logic.twin({"dwellAfter": 5})
    said = [events(logic.inference(message(second, INSIDE, OUTSIDE))) for second in range(8)]
    assert said == [[("entered", "door")], [], [], [], [], [("dwelling", "door")], [], []]

    assert events(logic.inference(message(8, OUTSIDE, OUTSIDE))) == [("left", "door")]
    [(_, body)] = [each for each in logic.inference(message(9, INSIDE)) if each[0] == "events"]
    assert body == {
        "pipeline": "People",
        "sensor": "camera",
        "region": "door",
        "time": "2026-11-30T12:00:09.000Z",
        "event": "entered",
        "label": "person",
        "trackingId": 0,
        "count": 1,
    }
    assert logic.problems == []


def test_one_frame_without_an_object_is_no_leaving(logic: Any) -> None:
    logic.inference(message(0, INSIDE))
    assert events(logic.inference(message(0.5))) == []
    assert events(logic.inference(message(0.9, INSIDE))) == []
    assert events(logic.inference(message(2))) == [("left", "door")]


def test_without_a_tracker_the_count_is_reported_when_it_changes(logic: Any) -> None:
    sent = [logic.inference(message(n, *[INSIDE] * count, tracked=False)) for n, count in enumerate((1, 1, 2))]
    assert [[body["count"] for output, body in each if output == "events"] for each in sent] == [[1], [], [2]]


@pytest.mark.parametrize(("anchor", "count"), [("foot", 1), ("centre", 0)])
def test_the_anchor_decides_whether_a_box_is_in_a_polygon(logic: Any, anchor: str, count: int) -> None:
    logic.twin({"anchor": anchor})
    assert len(events(logic.inference(message(0, [0.3, 0.0, 0.1, 0.3])))) == count


@pytest.mark.parametrize(
    ("kind", "coordinates", "rect", "count"),
    [
        ("point", [[0.35, 0.3]], INSIDE, 1),
        ("point", [[0.5, 0.3]], INSIDE, 0),
        ("line", [[0.0, 0.4], [1.0, 0.4]], INSIDE, 1),
        ("line", [[0.0, 0.6], [1.0, 0.6]], INSIDE, 0),
        ("polygon", [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]], [0.9, 0.9, 0.1, 0.1], 1),  # its edge counts
    ],
)
def test_regions_of_the_twin_may_be_points_lines_and_polygons(
    logic: Any, kind: str, coordinates: Any, rect: Any, count: int
) -> None:
    logic.twin({"regions": [region("own", coordinates, type=kind)]})
    assert events(logic.inference(message(0, rect, regions=[]))) == [("entered", "own")] * count
    assert logic.problems == []


def test_labels_choose_who_counts_and_none_chosen_counts_all(logic: Any) -> None:
    assert events(logic.inference(message(0, INSIDE, label="car"))) == []
    logic.twin({"labels": []})
    assert events(logic.inference(message(1, INSIDE, label="car"))) == [("entered", "door")]


def test_recording_starts_and_stops_late_and_is_renewed(logic: Any) -> None:
    logic.twin({"startAfter": 1, "stopAfter": 3, "renewAfter": 10})
    busy = {second: starts(logic.inference(message(second, INSIDE))) for second in range(14)}
    assert [second for second, sent in busy.items() if sent == [True]] == [1, 11]
    quiet = {second: starts(logic.inference(message(second))) for second in range(14, 20)}
    assert [second for second, sent in quiet.items() if sent == [False]] == [17]


def test_what_comes_and_goes_faster_starts_nothing(logic: Any) -> None:
    logic.twin({"startAfter": 1})
    sent = [starts(logic.inference(message(second, INSIDE if second % 2 else None))) for second in range(10)]
    assert sent == [[]] * 10


def test_start_recording_of_the_twin_is_forwarded_when_it_changes(logic: Any) -> None:
    wanted = [{"configId": "People", "state": True}]
    assert logic.twin({"startRecording": wanted}) == [("recordingOutput", {"startRecording": wanted})]
    assert logic.twin({"startRecording": wanted, "dwellAfter": 3}) == []


def test_a_region_that_moves_counts_from_the_next_message_on(logic: Any) -> None:
    logic.inference(message(0, OUTSIDE))
    moved = [region(coordinates=[[0.6, 0.6], [0.9, 0.6], [0.9, 0.9], [0.6, 0.9]])]
    assert events(logic.inference(message(1, OUTSIDE, regions=moved))) == [("entered", "door")]


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        (region(coordinates=SQUARE[:2]), r"\[1\].coordinates: a polygon needs 3 or more points, and has 2"),
        (
            region(coordinates=[[0, 0], [1, 1], [1, 0], [0, 1]]),
            r"\[1\].coordinates: Self-intersection.*crossing itself",
        ),
        (region(coordinates=[[0, 0], [0.5, 0.5], [1, 1]]), r"\[1\].coordinates: .*"),
        (region(coordinates=[[0, 0], [0, 1.2], [1, 1]]), r"\[1\].coordinates\[1\].*outside the frame"),
        (region(coordinates=[[0, 0], [0, 1e300], [1, 1]]), r"\[1\].coordinates\[1\].*outside the frame"),
        (region(coordinates=[[0, 0], [0, True], [1, 1]]), r"\[1\].coordinates\[1\] is not a pair"),
        (region(coordinates=[[0, 0], 7, [1, 1]]), r"\[1\].coordinates\[1\] is not a pair"),
        (region(coordinates=None), r"\[1\].coordinates: a polygon needs 3 or more points, and has no"),
        (region(coordinates=[[0.1, 0.1]], type="line"), r"\[1\].coordinates: a line needs 2"),
        (region(coordinates=[[0.1, 0.1], [0.1, 0.1]], type="line"), r"\[1\].coordinates: "),
        (region(type="circle"), r"\[1\].type: 'circle'"),
        (region(label=7), r"\[1\]: sensor and label"),
        ("door", r"\[1\] is not an object"),
    ],
)
@pytest.mark.parametrize("place", ["twin", "message"])
def test_a_wrong_region_is_named_with_its_place_and_the_others_count(
    logic: Any, place: str, wrong: Any, problem: str
) -> None:
    regions = [region(), wrong, region("other")]
    if place == "twin":
        logic.twin({"regions": regions})
    sent = logic.inference(message(0, INSIDE, regions=[] if place == "twin" else regions))

    assert events(sent) == [("entered", "door"), ("entered", "other")]
    [found] = logic.problems
    root = r"\$\.regions" if place == "twin" else r"\$\.regionsOfInterest"
    assert re.match(root + problem, found), found


@pytest.mark.parametrize(
    "text",
    [
        b"\xff",
        "[" * 100_000,
        "7",
        "{}",
        message(0, INSIDE).replace('"0.1"', '"9.9"'),
        message(0, [0.1, 0.2, 0.3]),
        message(0, [0.1, 0.2, 0.3, "wide"]),
        message(0, INSIDE).replace("2026-11-30", "yesterday"),
        message(0, INSIDE).replace('"tracking_id": 0', '"tracking_id": "x"'),
        message(0, INSIDE).replace('"camera"', "[1]", 2),
        message(0, INSIDE, regions=7),
        message(0, INSIDE, regions=[region(coordinates=[[0, 0], [0, float("nan")], [1, 1]])]),
        message(0, INSIDE) + " " * 300_000,
    ],
)
def test_what_is_no_inference_is_a_problem_and_changes_nothing(logic: Any, text: Any) -> None:
    logic.inference(message(0, INSIDE))

    assert logic.inference(text) == []

    assert len(logic.problems) == 1
    assert logic.problems[0].startswith("message: ")
    assert events(logic.inference(message(0.5, INSIDE))) == []


def test_a_frame_that_is_wrong_takes_none_of_the_others_with_it(logic: Any) -> None:
    both = json.loads(message(0, INSIDE))
    both["inferences"].insert(0, {**both["inferences"][0], "detections": [{"label": "person"}]})

    assert events(logic.inference(json.dumps(both))) == [("entered", "door")]
    [problem] = logic.problems
    assert problem.startswith("message: $.inferences[0] ")


def test_hostile_sensor_names_are_names_and_not_kept_for_ever(logic: Any) -> None:
    for name in ("\n<4> forged", "../../etc", "x" * 5000, "", "\u202e"):
        hostile = json.loads(message(0, INSIDE, regions=[{**region(), "sensor": name}]))
        hostile["inferences"][0]["sourceInfo"]["id"] = name
        [(_, body)] = logic.inference(json.dumps(hostile))
        assert body["sensor"] == name
    for number in range(1200):
        many = message(0, regions=[]).replace('"camera"', f'"camera-{number}"')
        assert logic.inference(many) == []
    assert len(logic.watches) <= 1000
    assert logic.problems == []


def test_many_objects_in_many_regions_are_counted_as_shapely_counts_each_alone(logic: Any) -> None:
    import random

    from shapely.geometry import Point, Polygon, box

    chance = random.Random(7)
    shapes, regions = [], []
    for number in range(20):
        x, y = chance.uniform(0, 0.7), chance.uniform(0, 0.7)
        corners = [[x, y], [x + 0.3, y + 0.1], [x + 0.1, y + 0.3]]
        kind = ("polygon", "polygon", "line", "point")[number % 4]
        corners = corners[: {"polygon": 3, "line": 2, "point": 1}[kind]]
        regions.append(region(str(number), corners, type=kind))
        shapes.append((kind, Polygon(corners) if kind == "polygon" else Point(x, y)))
        if kind == "line":
            from shapely.geometry import LineString

            shapes[-1] = (kind, LineString(corners))
    rects = [[chance.uniform(0, 0.8), chance.uniform(0, 0.8), 0.1, 0.15] for _ in range(50)]

    sent = logic.inference(message(0, *rects, regions=regions))

    expected = {
        (str(number), tracked)
        for number, (kind, shape) in enumerate(shapes)
        for tracked, (x, y, w, h) in enumerate(rects)
        if shape.intersects(Point(x + w / 2, y + h) if kind == "polygon" else box(x, y, x + w, y + h))
    }
    assert {(body["region"], body["trackingId"]) for output, body in sent if output == "events"} == expected
    assert len(expected) > 50


def test_wrong_options_of_the_twin_are_named_and_their_defaults_hold(logic: Any, main: ModuleType) -> None:
    wrong = {"labels": "person", "anchor": "head", "startAfter": -1, "dwellAfter": True, "regions": {}}
    logic.twin({**wrong, "stopAfter": 2})
    assert logic.options == {**main.DEFAULTS, "stopAfter": 2}
    assert sorted(problem.split(":")[0] for problem in logic.problems) == sorted(f"$.{name}" for name in wrong)


def test_what_it_sends_the_runtime_reads() -> None:
    from azda_runtime.settings.recording import read_start_recording

    wanted, problems = read_start_recording({"startRecording": [{"configId": "People", "state": True}]})
    assert (wanted, problems) == ({"People": True}, ())
