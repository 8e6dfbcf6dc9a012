"""How recordings are cut, and which pipelines record."""

from typing import Any

import pytest
from azda_runtime.settings.recording import RecordingOptions, read_recording_options, read_start_recording
from hypothesis import given

from tests.runtime.test_settings_properties import DOCUMENTS


def test_the_twin_says_how_recordings_are_cut() -> None:
    twin = {"outputVideoLength": 10, "autoStopRecordingTime": "120", "azdaConfiguration": {}, "$version": 4}

    assert read_recording_options(twin) == (RecordingOptions(segment_seconds=10, stop_after_seconds=120), ())


def test_a_patch_changes_only_what_it_names() -> None:
    before = RecordingOptions(segment_seconds=10, stop_after_seconds=120)

    assert read_recording_options({"autoStopRecordingTime": 0}, before)[0] == RecordingOptions(
        segment_seconds=10, stop_after_seconds=0
    )
    assert read_recording_options({}, before) == (before, ())


@pytest.mark.parametrize("value", [0, -1, 3601, "long", 1.5, True, [], 10**30])
def test_a_length_that_cannot_be_is_told_and_changes_nothing(value: Any) -> None:
    before = RecordingOptions(segment_seconds=10)

    options, [problem] = read_recording_options({"outputVideoLength": value}, before)

    assert options == before
    assert problem.path == "$.outputVideoLength"


def test_a_message_starts_and_stops_recordings_and_its_bad_parts_cost_only_themselves() -> None:
    message = {
        "startRecording": [
            {"configId": "People", "state": True},
            {"configId": "Cars", "state": False},
            {"configId": "Bad", "state": "perhaps"},
            {"state": True},
            "People",
        ]
    }

    wanted, problems = read_start_recording(message)

    assert wanted == {"People": True, "Cars": False}
    assert [p.path for p in problems] == [
        "$.startRecording[2].state",
        "$.startRecording[3].configId",
        "$.startRecording[4]",
    ]


@given(DOCUMENTS)
def test_any_document_is_read(document: Any) -> None:
    read_recording_options(document)
    read_start_recording(document)
