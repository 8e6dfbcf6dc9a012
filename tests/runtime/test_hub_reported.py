"""What is reported fits a twin, and the hub ends up showing the last state."""

import json
import re
from typing import Any

import pytest
from azda_runtime.hub.twin.fitting import MOST_BYTES, fitted, length
from azda_runtime.hub.twin.reported import Reported, difference
from hypothesis import given
from hypothesis import strategies as st

from dsconfig.merge_patch import merged

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=15,
)
STATES = st.dictionaries(st.text(max_size=5), ANYTHING, max_size=5)
FORBIDDEN = re.compile(r"[\s.$#\x00-\x1f\x7f-\x9f]")


def check(value: Any, depth: int = 0) -> None:
    """As edgeHub's ReportedPropertiesValidator does."""
    if isinstance(value, dict):
        assert depth <= 10
        for name, member in value.items():
            assert len(name.encode()) <= 1024
            assert not FORBIDDEN.search(name)
            check(member, depth + 1)
    elif isinstance(value, list):
        assert depth <= 10
        for item in value:
            check(item, depth + 1)
    elif isinstance(value, str):
        assert len(value.encode()) <= 4096
    elif isinstance(value, int) and not isinstance(value, bool):
        assert -(2**52) <= value < 2**52
    else:
        assert value is not None
    assert length(value) <= 32 * 1024


@given(STATES)
def test_any_state_is_made_to_fit(state: dict[str, Any]) -> None:
    shown = fitted(state)

    check(shown)
    json.dumps(shown, allow_nan=False)
    assert fitted(shown) == shown


def test_a_state_that_fits_stays_as_it_is() -> None:
    state = {"pipelines": {"entrance": {"state": "running", "fps": 14.5, "restarts": 0}}, "problems": [{"path": "$"}]}

    assert fitted(state) == state


@pytest.mark.parametrize(
    "state",
    [
        {"problems": [{"message": "x" * 500}] * 400},
        {"text": "€" * 50_000},
        {f"pipeline{n}": {"message": "y" * 50} for n in range(2000)},
        {"deep": json.loads("[" * 60 + "]" * 60)},
        {"wide": {str(n): n for n in range(9000)}, "small": 1},
    ],
    ids=["many problems", "a long text", "many pipelines", "deep", "wide"],
)
def test_a_state_that_is_too_long_is_reduced_and_says_so(state: dict[str, Any]) -> None:
    shown = fitted(state)

    check(shown)
    assert length(shown) <= MOST_BYTES
    assert "reduced" in shown or "deep" in shown or "text" in shown


def test_what_is_small_survives_what_is_not() -> None:
    shown = fitted({"wide": {str(n): n for n in range(9000)}, "small": {"a": 1}})

    assert shown["small"] == {"a": 1}
    assert re.fullmatch(r"\(left out: \d+ bytes\)", shown["wide"])


def test_names_that_a_twin_refuses_are_written_another_way_and_stay_apart() -> None:
    assert fitted({"a.b": 1, "a b": 2, "a_b": 3, "$": 4, "": 5}) == {"a_b": 1, "a_b_": 2, "a_b__": 3, "_": 4, "__": 5}


@given(STATES, STATES)
def test_a_difference_makes_the_new_out_of_the_old(first: dict[str, Any], second: dict[str, Any]) -> None:
    old, new = fitted(first), fitted(second)

    assert merged(old, difference(old, new)) == new
    assert difference(new, new) == {}


def test_only_what_changed_is_sent_and_what_vanished_is_null() -> None:
    reported = Reported()
    reported.seen({"a": {"x": 1, "y": 2}, "b": 1, "c": 3, "$version": 7, "$metadata": {}})

    reported.desire({"a": {"x": 1, "y": 5}, "c": 3})

    assert reported.patch() == {"a": {"y": 5}, "b": None}


def test_nothing_is_sent_before_there_is_a_state_nor_when_it_is_shown() -> None:
    reported = Reported()
    reported.seen({"a": 1})
    assert reported.patch() is None

    reported.desire({"a": 1})
    assert reported.patch() is None


def test_only_the_last_of_several_states_is_sent() -> None:
    reported = Reported()
    for number in range(5):
        reported.desire({"number": number})

    assert reported.patch() == {"number": 4}


@given(st.lists(STATES, min_size=1, max_size=4), st.booleans())
def test_the_hub_ends_up_with_the_last_state(states: list[dict[str, Any]], restarts: bool) -> None:
    hub: dict[str, Any] = {"left over": 1}
    reported = Reported()
    reported.seen(hub)
    for state in states:
        reported.desire(state)
        if restarts:
            reported.seen({**hub, "$version": 1})
        while patch := reported.patch():
            hub = merged(hub, json.loads(json.dumps(patch)))
            reported.sent(patch)

    assert hub == fitted(states[-1])


def test_two_long_states_that_share_nothing_go_in_two_patches_that_both_fit() -> None:
    reported = Reported()
    reported.seen({f"old{n}": {"m": "x"} for n in range(1400)})
    reported.desire({f"new{n}": {"m": "x"} for n in range(1400)})
    sent = []

    while patch := reported.patch():
        sent.append(length(patch))
        reported.sent(patch)

    assert len(sent) == 2
    assert max(sent) <= 32 * 1024
    assert len(reported.shown) == 1400
