"""Which pictures the RTSP server is to serve."""

import contextlib
import json
from typing import Any

import pytest
from azda_runtime.plan.mounts import path_of, read_mounts
from azda_runtime.problems import InvalidValueError
from azda_runtime.settings import Pipeline
from hypothesis import given
from hypothesis import strategies as st


def test_a_line_is_the_whole_wanted_state() -> None:
    assert read_mounts('{"mounts": {"people": 5400, "/cars": 5402}}') == {"/people": 5400, "/cars": 5402}
    assert read_mounts('{"mounts": {}}') == {}


@pytest.mark.parametrize("name", ["People", "a b.c-d_E", "x"])
def test_a_mount_is_where_the_settings_say_it_is(name: str) -> None:
    assert path_of(name) == path_of(name.lower()) == Pipeline(id=name).mount


def test_characters_that_no_path_may_hold_are_quoted() -> None:
    assert path_of("zähler?/1") == "/z%C3%A4hler%3F%2F1"


@pytest.mark.parametrize(
    "line",
    [
        "",
        "[]",
        "{}",
        '{"mounts": []}',
        '{"mounts": {"a": "5400"}}',
        '{"mounts": {"a": true}}',
        '{"mounts": {"a": 0}}',
        '{"mounts": {"a": 70000}}',
        '{"mounts": {"a": 5400, "A": 5402}}',
    ],
)
def test_a_line_that_is_wrong_is_refused_whole(line: str) -> None:
    with pytest.raises(InvalidValueError):
        read_mounts(line)


@given(st.text() | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(json.dumps))
def test_any_line_is_read_or_refused(line: Any) -> None:
    with contextlib.suppress(InvalidValueError):
        read_mounts(line)
