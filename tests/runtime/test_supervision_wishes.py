"""What arrives becomes what is wished for, or is told and changes nothing."""

import json
from typing import Any

import pytest
from azda_runtime.hub.file import properties_in
from azda_runtime.supervisor.policy.desired_state import Wishes
from configurations import deepstream, good, pipeline
from hypothesis import given
from hypothesis import strategies as st

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=9,
)


def configured() -> Wishes:
    wishes = Wishes()
    assert wishes.desired({"azdaConfiguration": good()}).problems == ()
    return wishes


def ids(wishes: Wishes) -> list[str]:
    return [each.id for each in wishes.settings.pipelines]


@pytest.mark.parametrize(
    "form",
    [
        good(),
        {"azdaConfiguration": good()},
        good()["components"],
        json.dumps(good()),
    ],
    ids=["the configuration", "an object whose azdaConfiguration it is", "its components", "its text"],
)
def test_a_twin_holds_the_configuration_in_any_form_that_controllers_send(form: Any) -> None:
    wishes = Wishes()
    outcome = wishes.desired({"azdaConfiguration": form, "$version": 4})
    assert outcome.settings is wishes.settings
    assert (ids(wishes), wishes.problems, wishes.known) == (["People", "Cars"], (), True)


@pytest.mark.parametrize("form", [good(), {"azdaConfiguration": good()}])
def test_the_controller_sends_the_same_as_a_message(form: Any) -> None:
    wishes = Wishes()
    assert wishes.message("Controller", json.dumps(form).encode()).settings is not None
    assert ids(wishes) == ["People", "Cars"]


@pytest.mark.parametrize("value", ["{", "no JSON", [], 5, True, {"components": []}, {"components": {"deepStream": 1}}])
def test_what_cannot_be_read_is_told_and_the_configuration_before_holds(value: Any) -> None:
    wishes = configured()
    before, text = wishes.settings, wishes.text
    outcome = wishes.desired({"azdaConfiguration": value})
    assert (outcome.settings, outcome.refused) == (None, True)
    assert outcome.problems
    assert (wishes.settings, wishes.text) == (before, text)
    assert wishes.problems == outcome.problems
    wishes.desired({"azdaConfiguration": good()})
    assert wishes.problems == ()


@pytest.mark.parametrize("properties", [None, [], "text", 5])
def test_desired_properties_that_are_no_object_change_nothing(properties: Any) -> None:
    wishes = configured()
    assert wishes.desired(properties).refused
    assert ids(wishes) == ["People", "Cars"]


@pytest.mark.parametrize("properties", [{}, {"azdaConfiguration": None}, {"azdaConfiguration": ""}, {"other": 1}])
def test_without_a_configuration_the_one_before_holds(properties: Any) -> None:
    wishes = configured()
    outcome = wishes.desired(properties)
    assert (outcome.settings, outcome.refused, ids(wishes)) == (None, False, ["People", "Cars"])
    assert not Wishes().known


def test_a_bad_pipeline_is_told_and_the_good_one_is_taken() -> None:
    document = good()
    pipeline(document)["trackerConfigPath"] = 5
    wishes = Wishes()
    outcome = wishes.desired({"azdaConfiguration": document})
    assert (ids(wishes), outcome.refused) == (["Cars"], False)
    assert wishes.problems[0].path.endswith(".pipelineConfigs[0].trackerConfigPath")


def test_disabling_is_no_refusal() -> None:
    document = good()
    deepstream(document)["enable"] = False
    wishes = configured()
    assert wishes.desired({"azdaConfiguration": document}).settings is not None
    assert (ids(wishes), wishes.settings.enabled) == ([], False)


def test_a_patch_of_something_else_does_not_undo_what_the_controller_sent() -> None:
    wishes = configured()
    newer = good()
    del deepstream(newer)["pipelineConfigs"][1]
    del deepstream(newer)["streams"][2]
    wishes.message("controller", json.dumps(newer).encode())
    outcome = wishes.desired({"azdaConfiguration": good(), "outputVideoLength": 20})
    assert (outcome.settings, outcome.options) == (None, True)
    assert ids(wishes) == ["People"]


def test_recording_options_come_with_the_twin_and_bad_ones_change_nothing() -> None:
    wishes = configured()
    assert wishes.desired({"outputVideoLength": 20, "autoStopRecordingTime": 0}).options
    assert (wishes.options.segment_seconds, wishes.options.stop_after_seconds) == (20, 0)
    outcome = wishes.desired({"outputVideoLength": "soon", "autoStopRecordingTime": 5})
    assert (wishes.options.segment_seconds, wishes.options.stop_after_seconds) == (20, 5)
    assert [p.path for p in outcome.problems] == ["$.outputVideoLength"]


def test_recordings_are_asked_for_by_pipeline() -> None:
    message = {"startRecording": [{"configId": "People", "state": True}, {"configId": 5}, {"configId": "Cars"}]}
    outcome = Wishes().message("recordingInput", json.dumps(message).encode())
    assert outcome.recordings == {"People": True, "Cars": False}
    assert [p.path for p in outcome.problems] == ["$.startRecording[1].configId"]
    assert Wishes().message("recordingInput", b"{").problems
    assert Wishes().message("elsewhere", b"{}").problems[0].message.startswith("A message came to the input")


@given(st.sampled_from(["Controller", "recordingInput", "x"]), st.binary() | JSON.map(lambda v: json.dumps(v).encode()))
def test_no_message_ends_in_anything_but_an_outcome(name: str, text: bytes) -> None:
    wishes = Wishes()
    outcome = wishes.message(name, text)
    assert outcome.refused or outcome.problems or outcome.settings or outcome.recordings or name == "recordingInput"
    json.loads(wishes.text)


@given(JSON, JSON)
def test_no_desired_properties_end_in_anything_but_an_outcome(configuration: Any, other: Any) -> None:
    wishes = Wishes()
    wishes.desired(other)
    wishes.desired({"azdaConfiguration": configuration, "outputVideoLength": other})
    json.loads(wishes.text)


def test_a_settings_file_is_a_configuration_or_a_twin() -> None:
    text = json.dumps(good()).encode()
    assert properties_in(text) == {"azdaConfiguration": good()}
    twin = {"azdaConfiguration": good(), "outputVideoLength": 10, "startRecording": []}
    assert properties_in(json.dumps(twin).encode()) == twin
    assert properties_in(b"{ broken") == {"azdaConfiguration": "{ broken"}
    assert Wishes().desired(properties_in(b"\xff\xfe")).refused
    assert not Wishes().desired(properties_in(b" \n")).refused
