"""No document ends in anything but Settings and a list of problems."""

import json
from contextlib import suppress
from random import Random
from typing import Any

import pytest
from azda_runtime.settings import Pipeline, Problem, Reading, Settings, loads, read
from hypothesis import given
from hypothesis import strategies as st

from tests.runtime.configurations import good

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(
        ["../x", "/etc/passwd", "rtsp://[", "file:///..", "https://h:1e9/", "light-tracker", "\ud800", "a b"]
    )
)
KNOWN = (
    "platform components sensors deepStream enable pipelineConfigs streams id name kind type subtype endpoint configId "
    "configFile pyFile parser coordinates label color crop osd dewarp x0 x1 y0 y1 width height perSecond"
)
KEYS = st.text() | st.sampled_from(KNOWN.split())
DOCUMENTS = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=6), max_leaves=20
)


def steps(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(deeper for key, member in members for deeper in steps(member, (*path, key)))]


def put(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    parent = document
    for step in path[:-1]:
        parent = parent[step]
    parent[path[-1]] = value
    return document


def check(reading: Reading) -> None:
    assert isinstance(reading.settings, Settings)
    assert all(isinstance(p, Problem) and p.path.startswith("$") and p.message and p.hint for p in reading.problems)
    json.dumps([p.as_json() for p in reading.problems]).encode()
    for pipeline in reading.settings.pipelines:
        assert isinstance(pipeline, Pipeline)
        assert pipeline.streams or pipeline.passthrough
        named = [m.config_file for m in (pipeline.primary, *pipeline.secondaries) if m]
        assert not any(".." in path.split("/") or path.startswith("/etc/") for path in named)


@given(DOCUMENTS)
def test_any_value_is_read(document: Any) -> None:
    check(read(document))


@given(st.binary() | st.text())
def test_any_text_is_read(text: str | bytes) -> None:
    check(loads(text))


@given(st.lists(st.tuples(st.sampled_from(steps(good())), DOCUMENTS), min_size=1, max_size=3))
def test_a_good_configuration_with_anything_anywhere_is_read(changes: list[tuple[tuple[Any, ...], Any]]) -> None:
    document = good()
    for path, value in changes:
        with suppress(KeyError, IndexError, TypeError):  # an earlier change took the place away
            document = put(document, path, value)
    check(read(document))


@pytest.mark.slow
def test_ten_thousand_mutated_configurations_are_read() -> None:
    random = Random(20261122)
    locations = steps(good())
    values = [None, True, 0, -1, 1e308, "", "x", "../x", "\ud800", [], {}, [[]], {"a": 1}, "rtsp://[", "a" * 9000]
    for _ in range(10_000):
        document = good()
        for _ in range(random.randint(1, 3)):
            with suppress(KeyError, IndexError, TypeError):
                document = put(document, random.choice(locations), random.choice(values))
        check(read(document))


@given(st.sampled_from(steps(good())), DOCUMENTS)
def test_reading_a_text_and_reading_its_value_agree(path: tuple[Any, ...], value: Any) -> None:
    document = put(good(), path, value)
    try:
        text = json.dumps(document, allow_nan=False)
    except ValueError:
        return
    assert loads(text) == read(json.loads(text)) or not text.strip('"').strip()
