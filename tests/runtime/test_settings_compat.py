"""The configurations that users of the predecessor have behave as their names say."""

import pytest
from azda_runtime.settings import Reading, loads, missing

from tests.runtime.configurations import COMPAT

TWINS = COMPAT / "controller-twins"

pytestmark = pytest.mark.skipif(
    not TWINS.is_dir(), reason="the predecessor's configurations are not beside this checkout"
)


def reading_of(number: str) -> Reading:
    [path] = TWINS.glob(f"{number}-*.json")
    return loads(path.read_bytes())


@pytest.mark.parametrize(
    ("number", "running"),
    [
        ("000", {"PeopleDetection": ["rtspsim"]}),
        ("003", {"LicensePlateCascade": ["stream-01"]}),
        ("006", {"PeopleDetection": ["stream-01", "stream-02"]}),
        ("010", {"LicensePlateCascade": ["stream-01"]}),
        ("011", {"CustomDeepStream": []}),
        ("014", {}),
        ("015", {"PeopleDetection": ["stream-01"]}),
        ("017", {"PeopleDetection": ["stream-02"]}),
        ("019", {"PeopleDetection": ["stream-02"]}),
        ("020", {"PoseDetection": ["stream-01"]}),
    ],
)
def test_what_is_good_runs(number: str, running: dict[str, list[str]]) -> None:
    pipelines = reading_of(number).settings.pipelines

    assert {p.id: [s.sensor.name for s in p.streams] for p in pipelines} == running


@pytest.mark.parametrize("number", ["000", "003", "006", "010", "011", "014", "020"])
def test_a_configuration_that_worked_has_no_error(number: str) -> None:
    assert reading_of(number).errors == ()


@pytest.mark.parametrize(
    ("number", "locations"),
    [
        ("017", [".deepStream.streams[0].configId"]),
        ("019", [".sensors[0].endpoint", ".deepStream.streams[0].name"]),
    ],
)
def test_a_failure_case_is_told_where_it_fails(number: str, locations: list[str]) -> None:
    at = "$.azdaConfiguration.components"

    assert [p.path for p in reading_of(number).errors] == [f"{at}{location}" for location in locations]


def test_a_model_that_is_not_there_is_told_where_it_is_named() -> None:
    there = {"config_examples/pgie_config.txt"}

    assert list(missing(reading_of("000").references, there.__contains__)) == []
    [problem] = missing(reading_of("015").references, there.__contains__)
    assert problem.path.endswith(".pipelineConfigs[0].primaryModelConfigPath")
    assert "INCORRECT_VALUE" in problem.message


def test_disabling_is_honoured() -> None:
    assert not reading_of("014").settings.enabled


def test_each_configuration_is_known_to_these_tests() -> None:
    assert {p.name[:3] for p in TWINS.glob("*.json")} == {
        *("000", "003", "006", "010", "011", "014", "015", "017", "019", "020")
    }
