"""Regions are written into a settings file or manifest where they belong; every other byte stays."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azdacli.errors import SpecError
from azdacli.view import regions

SETTINGS = """{
  "azdaConfiguration": {
    "platform": "DeepStream",   "ünusual":  [1,2 , 3],
    "components": {
      "sensors": [
        {"name": "door", "regionsOfInterest": [ {"label": "old", "color": "#00ff00",
           "coordinates": [[0,0],[1,0],[1,1]]} ], "later": 1},
        {
          "name": "gate",
          "endpoint": "rtsp://gate"
        },
        {}
      ]
    }
  }
}
"""
AREA = {"label": "entry", "color": "#ff0000", "coordinates": [[0.1, 0.2], [0.3, 0.2], [0.3, 0.4]]}


def settings(text: str = SETTINGS) -> str:
    return text.replace(",\n        {}", "")


def sensors(text: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(text)["azdaConfiguration"]["components"]["sensors"]
    return found


def test_a_sensors_regions_are_replaced_and_all_else_stays_byte_for_byte() -> None:
    before = settings()
    after = regions.written(before, "door", [AREA])
    assert sensors(after)[0]["regionsOfInterest"] == [AREA]
    start, end = before.index('[ {"label": "old"'), before.index(', "later"')
    assert after.startswith(before[:start])
    assert after.endswith(before[end:])


def test_a_sensor_without_regions_gets_them_with_the_indentation_of_the_file() -> None:
    before = settings()
    after = regions.written(before, "gate", [AREA])
    assert sensors(after)[1] == {"regionsOfInterest": [AREA], "name": "gate", "endpoint": "rtsp://gate"}
    added = "".join(line for line in after.splitlines(keepends=True) if line not in before.splitlines(keepends=True))
    assert added.startswith('          "regionsOfInterest": [\n            {"label": "entry"')
    assert after.replace(added, "") == before


def test_no_regions_are_an_empty_list() -> None:
    assert sensors(regions.written(settings(), "door", []))[0]["regionsOfInterest"] == []


@pytest.mark.parametrize(
    "wrapped",
    [
        '{"components": {"sensors": [{"name": "door"}]}}',
        '{"properties": {"desired": {"azdaConfiguration": {"components": {"sensors": [{"name": "door"}]}}}}}',
        (
            '{"modulesContent": {"$edgeAgent": {"properties.desired": {}}, "ai": {"properties.desired": '
            '{"azdaConfiguration": {"components": {"sensors": [{"name": "door"}]}}}}}}'
        ),
    ],
    ids=["components", "twin", "manifest"],
)
def test_sensors_are_found_in_settings_twins_and_manifests(wrapped: str) -> None:
    after = regions.written(wrapped, "door", [AREA])
    assert regions.read(after) == {"door": [AREA]}
    assert json.loads(after) != json.loads(wrapped)


@pytest.mark.parametrize(
    ("text", "message"),
    [("no json", "it is no JSON"), ("[]", "there are no sensors"), ('{"components": {"sensors": []}}', "no sensors")],
)
def test_a_file_without_sensors_is_refused(text: str, message: str) -> None:
    with pytest.raises(SpecError, match=message):
        regions.read(text)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"coordinates": [[0, 0], [1, 1]]}, "has 2 corners"),
        ({"coordinates": [[0, 0], [1, 1], [1, 1.01]]}, "fractions of the frame"),
        ({"coordinates": [[0, 0], [1, 1], [True, 1]]}, "fractions of the frame"),
        ({"coordinates": [[0, 0], [1, 1], [float("nan"), 1]]}, "fractions of the frame"),
        ({"coordinates": "all"}, "needs label, color and coordinates"),
        ({"label": 3}, "needs label, color and coordinates"),
    ],
)
def test_what_is_no_region_is_refused_and_nothing_is_written(change: dict[str, object], message: str) -> None:
    with pytest.raises(SpecError, match=message):
        regions.written(settings(), "door", [{**AREA, **change}])


def test_an_unknown_sensor_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(SpecError) as caught:
        regions.written(settings(), "dor", [AREA])
    assert caught.value.hint == "It has: door, gate."


@given(
    names=st.lists(st.text(min_size=1, max_size=8), min_size=1, max_size=4, unique=True),
    indent=st.sampled_from([None, 0, 1, 2, 4]),
    label=st.text(max_size=20),
    data=st.data(),
)
def test_any_file_keeps_its_other_values(names: list[str], indent: int | None, label: str, data: st.DataObject) -> None:
    own = [
        {"name": name, **({"regionsOfInterest": []} if index % 2 else {}), "x": [name]}
        for index, name in enumerate(names)
    ]
    document = {"before": names, "components": {"sensors": own}, "after": {"a": {}}}
    text = json.dumps(document, indent=indent, ensure_ascii=data.draw(st.booleans()))
    chosen = data.draw(st.sampled_from(names))
    after = json.loads(regions.written(text, chosen, [{**AREA, "label": label}]))
    expected = json.loads(text)
    expected["components"]["sensors"][names.index(chosen)]["regionsOfInterest"] = [{**AREA, "label": label}]
    assert after == expected
