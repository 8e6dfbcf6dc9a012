"""What arrives becomes what is wished for, or is told and changes nothing."""

import json
from typing import Any

import pytest
from azda_runtime.hub.file import properties_in
from azda_runtime.supervisor.policy.desired_state import DesiredState
from hypothesis import given
from hypothesis import strategies as st

from tests.runtime.configurations import deepstream, good, pipeline

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=9,
)


def configured() -> DesiredState:
    desired_state = DesiredState()
    assert desired_state.desired({"azdaConfiguration": good()}).problems == ()
    return desired_state


def ids(desired_state: DesiredState) -> list[str]:
    return [each.id for each in desired_state.settings.pipelines]


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
    desired_state = DesiredState()
    outcome = desired_state.desired({"azdaConfiguration": form, "$version": 4})
    assert outcome.settings is desired_state.settings
    assert (ids(desired_state), desired_state.problems, desired_state.known) == (["People", "Cars"], (), True)


@pytest.mark.parametrize("form", [good(), {"azdaConfiguration": good()}])
def test_the_controller_sends_the_same_as_a_message(form: Any) -> None:
    desired_state = DesiredState()
    assert desired_state.message("Controller", json.dumps(form).encode()).settings is not None
    assert ids(desired_state) == ["People", "Cars"]


@pytest.mark.parametrize("value", ["{", "no JSON", [], 5, True, {"components": []}, {"components": {"deepStream": 1}}])
def test_what_cannot_be_read_is_told_and_the_configuration_before_holds(value: Any) -> None:
    desired_state = configured()
    before = desired_state.settings
    outcome = desired_state.desired({"azdaConfiguration": value})
    assert (outcome.settings, outcome.refused) == (None, True)
    assert outcome.problems
    assert desired_state.settings == before
    assert desired_state.problems == outcome.problems
    desired_state.desired({"azdaConfiguration": good()})
    assert desired_state.problems == ()


@pytest.mark.parametrize("properties", [None, [], "text", 5])
def test_desired_properties_that_are_no_object_change_nothing(properties: Any) -> None:
    desired_state = configured()
    assert desired_state.desired(properties).refused
    assert ids(desired_state) == ["People", "Cars"]


@pytest.mark.parametrize("properties", [{}, {"azdaConfiguration": None}, {"azdaConfiguration": ""}, {"other": 1}])
def test_without_a_configuration_the_one_before_holds(properties: Any) -> None:
    desired_state = configured()
    outcome = desired_state.desired(properties)
    assert (outcome.settings, outcome.refused, ids(desired_state)) == (None, False, ["People", "Cars"])
    assert not DesiredState().known


def test_a_bad_pipeline_is_told_and_the_good_one_is_taken() -> None:
    document = good()
    pipeline(document)["trackerConfigPath"] = 5
    desired_state = DesiredState()
    outcome = desired_state.desired({"azdaConfiguration": document})
    assert (ids(desired_state), outcome.refused) == (["Cars"], False)
    assert desired_state.problems[0].path.endswith(".pipelineConfigs[0].trackerConfigPath")


def test_disabling_is_no_refusal() -> None:
    document = good()
    deepstream(document)["enable"] = False
    desired_state = configured()
    assert desired_state.desired({"azdaConfiguration": document}).settings is not None
    assert (ids(desired_state), desired_state.settings.enabled) == ([], False)


def test_a_patch_of_something_else_does_not_undo_what_the_controller_sent() -> None:
    desired_state = configured()
    newer = good()
    del deepstream(newer)["pipelineConfigs"][1]
    del deepstream(newer)["streams"][2]
    desired_state.message("controller", json.dumps(newer).encode())
    outcome = desired_state.desired({"azdaConfiguration": good(), "outputVideoLength": 20})
    assert (outcome.settings, outcome.options) == (None, True)
    assert ids(desired_state) == ["People"]


def test_recording_options_come_with_the_twin_and_bad_ones_change_nothing() -> None:
    desired_state = configured()
    assert desired_state.desired({"outputVideoLength": 20, "autoStopRecordingTime": 0}).options
    assert (desired_state.options.segment_seconds, desired_state.options.stop_after_seconds) == (20, 0)
    outcome = desired_state.desired({"outputVideoLength": "soon", "autoStopRecordingTime": 5})
    assert (desired_state.options.segment_seconds, desired_state.options.stop_after_seconds) == (20, 5)
    assert [p.path for p in outcome.problems] == ["$.outputVideoLength"]


def test_recordings_are_asked_for_by_pipeline() -> None:
    message = {"startRecording": [{"configId": "People", "state": True}, {"configId": 5}, {"configId": "Cars"}]}
    outcome = DesiredState().message("recordingInput", json.dumps(message).encode())
    assert outcome.recordings == {"People": True, "Cars": False}
    assert [p.path for p in outcome.problems] == ["$.startRecording[1].configId"]
    assert DesiredState().message("recordingInput", b"{").problems
    assert DesiredState().message("elsewhere", b"{}").problems[0].message.startswith("A message arrived at the input")


@given(st.sampled_from(["Controller", "recordingInput", "x"]), st.binary() | JSON.map(lambda v: json.dumps(v).encode()))
def test_no_message_ends_in_anything_but_an_outcome(name: str, text: bytes) -> None:
    desired_state = DesiredState()
    outcome = desired_state.message(name, text)
    assert outcome.refused or outcome.problems or outcome.settings or outcome.recordings or name == "recordingInput"


@given(JSON, JSON)
def test_no_desired_properties_end_in_anything_but_an_outcome(configuration: Any, other: Any) -> None:
    desired_state = DesiredState()
    desired_state.desired(other)
    desired_state.desired({"azdaConfiguration": configuration, "outputVideoLength": other})


def test_a_settings_file_is_a_configuration_or_a_twin() -> None:
    text = json.dumps(good()).encode()
    assert properties_in(text) == {"azdaConfiguration": good()}
    twin = {"azdaConfiguration": good(), "outputVideoLength": 10, "startRecording": []}
    assert properties_in(json.dumps(twin).encode()) == twin
    assert properties_in(b"{ broken") == {"azdaConfiguration": "{ broken"}
    assert DesiredState().desired(properties_in(b"\xff\xfe")).refused
    assert not DesiredState().desired(properties_in(b" \n")).refused


@pytest.mark.parametrize("value", [{1, 2}, object(), b"{}", {"platform": {1}}])
def test_a_configuration_that_is_no_data_is_refused_and_the_one_before_holds(value: object) -> None:
    state = DesiredState()
    before = state.desired({"azdaConfiguration": good()}).settings
    outcome = state.desired({"azdaConfiguration": value})
    assert outcome.refused
    assert outcome.settings is None
    assert state.settings == before
