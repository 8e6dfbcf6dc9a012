"""Messages have the members of NVIDIA's published converter, whatever a program filled in."""

import json
from pathlib import Path
from typing import Any

import pyds
import pytest
from simulator.errors import ConfigurationError, NotSimulatedError
from simulator.messages import events, objects
from simulator.messages.locations import Places, read_places

CONFIGURATION = (
    "[sensor0]\nenable=1\ntype=Camera\nid=CAM\nlocation=1.5;2.5;3.5\ndescription=Door\ncoordinate=4;5;6\n"
    "[place0]\nenable=1\nid=7\ntype=garage\nname=XYZ\nlocation=30.32;-40.55;100.0\ncoordinate=1.0;2.0;3.0\n"
    "place-sub-field1=walsh\nplace-sub-field2=lane1\nplace-sub-field3=P2\n"
    "[analytics0]\nenable=1\nid=A\ndescription=D\nsource=S\nversion=1.0\n"
    "[sensor1]\nenable=0\nid=OFF\n"
)


@pytest.fixture
def places(tmp_path: Path) -> Places:
    path = tmp_path / "msgconv.txt"
    path.write_text(CONFIGURATION)
    return read_places(path)


def event(**values: Any) -> events.Event:
    plain = {"kind": 0, "object_kind": 0, "box": (1.5, 2.25, 10.0, 20.0), "tracking_id": 9, "time": "t"}
    return events.Event(**{**plain, **values})


@pytest.mark.parametrize(
    ("kind", "object_kind", "inner", "names"),
    [
        (0, 0, "aisle", ["id", "name", "level"]),
        (1, 1, "entrance", ["name", "lane", "level"]),
        (2, 1, "aisle", ["id", "name", "level"]),
        (3, 2, "aisle", ["id", "name", "level"]),
        (4, 0, "parkingSpot", ["id", "type", "level"]),
        (5, 0, "parkingSpot", ["id", "type", "level"]),
    ],
)
def test_the_kind_of_event_names_the_part_of_the_place(
    places: Places, kind: int, object_kind: int, inner: str, names: list[str]
) -> None:
    place = json.loads(events.full(event(kind=kind, object_kind=object_kind), places))["place"]
    assert list(place) == ["id", "name", "type", "location", inner]
    assert list(place[inner].items()) == [
        *zip(names, ["walsh", "lane1", "P2"], strict=True),
        ("coordinate", {"x": 1.0, "y": 2.0, "z": 3.0}),
    ]


def test_an_object_without_details_has_empty_ones(places: Places) -> None:
    thing = json.loads(events.full(event(object_kind=1), places))["object"]
    assert thing["person"] == {"age": 0, "gender": "", "hair": "", "cap": "", "apparel": "", "confidence": 1.0}
    assert thing["bbox"] == {"topleftx": 1, "toplefty": 2, "bottomrightx": 11, "bottomrighty": 22}


def test_an_object_of_another_kind_is_told_by_its_name_or_not_at_all(places: Places) -> None:
    assert json.loads(events.full(event(object_kind=258, name="dog"), places))["object"]["dog"] == {}
    assert not {"bag", "unknown"} & json.loads(events.full(event(object_kind=3), places))["object"].keys()


def test_what_the_configuration_does_not_name_is_null_and_said(
    places: Places, capsys: pytest.CaptureFixture[str]
) -> None:
    message = json.loads(events.full(event(sensor=1, place=5, module=6, kind=257), places))
    assert (message["sensor"], message["place"], message["analyticsModule"]) == (None, None, None)
    assert "type" not in message["event"]
    assert capsys.readouterr().out.splitlines() == [
        f"No entry for {group} in configuration file" for group in ("place5", "sensor1", "analytics6")
    ]


def test_a_line_of_the_minimal_schema_without_details_keeps_its_fields(places: Places) -> None:
    message = json.loads(events.minimal([event(confidence=0.5), event(object_kind=258, name="dog")], places))
    assert message["sensorId"] == "CAM"
    assert message["objects"][0] == "9|1.5|2.25|11.5|22.25|Vehicle|#|||||||0.5"
    assert message["objects"][1].split("|")[5] == "dog"
    assert json.loads(events.minimal([event()], None))["sensorId"] == "0"


def test_the_lines_of_a_person_and_a_face_have_their_orders() -> None:
    person = {"age": 45, "gender": "male", "hair": "black", "cap": "none", "apparel": "formal"}
    face = {**person, "glasses": "g", "facialhair": "f", "name": "n", "eyecolor": "e"}
    lines = json.loads(events.minimal([event(object_kind=1, details=person), event(object_kind=2, details=face)], None))
    assert lines["objects"][0].endswith("|Person|#|male|45|black|none|formal|0")
    assert lines["objects"][1].endswith("|Face|#|male|45|black|none|g|f|n||e|0")


def labelled_frame() -> Any:
    batch = pyds.nvds_create_batch_meta(1)
    frame = pyds.nvds_acquire_frame_meta_from_pool(batch)
    pyds.nvds_add_frame_meta_to_batch(batch, frame)
    obj = pyds.nvds_acquire_obj_meta_from_pool(batch)
    obj.obj_label, obj.object_id, obj.confidence = "car", 4, 0.5
    obj.rect_params.left, obj.rect_params.width, obj.rect_params.height = 2.5, 10.0, 20.0
    pyds.nvds_add_obj_meta_to_frame(frame, obj, None)
    return batch, frame, obj


def test_the_new_interface_tells_the_objects_themselves(places: Places) -> None:
    batch, frame, obj = labelled_frame()
    assert json.loads(objects.minimal(frame, places))["objects"] == ["4|2.5|0|12.5|20|car"]
    classifier = pyds.nvds_acquire_classifier_meta_from_pool(batch)
    label = pyds.nvds_acquire_label_info_meta_from_pool(batch)
    label.result_label, classifier._classifier_type = "blue", "colour"
    pyds.nvds_add_label_info_meta_to_classifier(classifier, label)
    pyds.nvds_add_classifier_meta_to_object(obj, classifier)
    assert json.loads(objects.minimal(frame, places))["objects"] == ["4|2.5|0|12.5|20|car|#|blue|0.5"]
    (message,) = map(json.loads, objects.full(frame, places))
    assert message["object"]["car"] == {"confidence": 0.5, "colour": "blue"}
    assert list(message["place"]["place-sub-field"]) == ["id", "name", "level", "coordinate"]
    assert (message["event"]["type"], message["sensor"]["id"]) == ("", "CAM")


@pytest.mark.parametrize(
    ("name", "text", "error"),
    [
        ("a.csv", "sensor0", NotSimulatedError),
        ("a.txt", "[sensorA]\nenable=1\n", ConfigurationError),
        ("a.txt", "[place0]\nenable=1\nlocation=1;2\n", ConfigurationError),
        ("a.txt", "[place0]\nenable=yes\n", ConfigurationError),
    ],
)
def test_a_configuration_that_nvidia_refuses_is_refused(
    tmp_path: Path, name: str, text: str, error: type[Exception]
) -> None:
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(error):
        read_places(path)
