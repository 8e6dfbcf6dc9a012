"""The desired properties that the module follows are the twin's, whatever order their changes arrive in."""

import copy
from typing import Any

import pytest
from azda_runtime.hub.twin.desired import Desired, Outcome
from hypothesis import given
from hypothesis import strategies as st

from dsconfig.merge_patch import merged

PLAIN = st.none() | st.booleans() | st.integers() | st.text(max_size=3)
NAMES = st.sampled_from(["a", "b", "c", "$version", "$metadata"])
VALUES = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAMES, inner, max_size=3), max_leaves=8
)
PATCHES = st.dictionaries(st.sampled_from(["a", "b", "c", "d"]), VALUES, max_size=3)


@pytest.mark.parametrize(
    ("target", "patch", "expected"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        (["a", "b"], ["c", "d"], ["c", "d"]),
        ({"a": "b"}, ["c"], ["c"]),
        ({"a": "foo"}, None, None),
        ({"a": "foo"}, "bar", "bar"),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_merging_follows_every_example_of_rfc_7396(target: Any, patch: Any, expected: Any) -> None:
    assert merged(target, patch) == expected


@given(VALUES, VALUES)
def test_merging_leaves_its_arguments_alone_and_twice_is_once(target: Any, patch: Any) -> None:
    before = copy.deepcopy((target, patch))

    once = merged(target, patch)

    assert (target, patch) == before
    assert merged(once, patch) == once


def desired(version: int, **members: Any) -> dict[str, Any]:
    return {**members, "$version": version, "$metadata": {"$lastUpdated": "2026-11-22T00:00:00Z"}}


def test_the_whole_twin_loses_its_own_members_and_nothing_else() -> None:
    follower = Desired()

    assert follower.whole(desired(3, azdaConfiguration={"$version": 9}), asked_at=None) is Outcome.CHANGED
    assert follower.properties == {"azdaConfiguration": {"$version": 9}}


def test_the_first_twin_is_news_even_when_it_is_empty() -> None:
    assert Desired().whole({"$version": 1}, asked_at=None) is Outcome.CHANGED


def test_a_twin_that_says_the_same_is_no_news() -> None:
    follower = Desired()
    follower.whole(desired(1, a=True), asked_at=None)

    assert follower.whole(desired(2, a=True), asked_at=1) is Outcome.SAME
    assert follower.whole(desired(3, a=1), asked_at=2) is Outcome.CHANGED  # 1 is not true


def test_a_patch_that_follows_is_merged_and_one_that_is_overtaken_is_ignored() -> None:
    follower = Desired()
    follower.whole(desired(1, a={"b": 1, "c": 2}), asked_at=None)

    assert follower.patch({"a": {"b": None}, "$version": 2}) is Outcome.CHANGED
    assert follower.patch({"a": {"b": 7}, "$version": 2}) is Outcome.OLD
    assert follower.patch({"a": {"b": 7}, "$version": 1}) is Outcome.OLD
    assert follower.properties == {"a": {"c": 2}}


def test_a_patch_after_a_missing_one_asks_for_the_whole_twin_and_changes_nothing() -> None:
    follower = Desired()
    follower.whole(desired(1, a=1), asked_at=None)

    assert follower.patch({"a": 3, "$version": 3}) is Outcome.GAP
    assert (follower.properties, follower.version) == ({"a": 1}, 1)


def test_a_twin_that_a_patch_has_overtaken_is_ignored() -> None:
    follower = Desired()
    follower.whole(desired(4, a=1), asked_at=None)
    follower.patch({"a": 2, "$version": 5})

    assert follower.whole(desired(4, a=1), asked_at=4) is Outcome.OLD
    assert follower.properties == {"a": 2}


def test_a_module_that_was_made_anew_starts_again_with_low_versions() -> None:
    follower = Desired()
    follower.whole(desired(40, a=1), asked_at=None)

    assert follower.whole(desired(1, a=2), asked_at=40) is Outcome.CHANGED
    assert follower.patch({"a": 3, "$version": 2}) is Outcome.CHANGED


@pytest.mark.parametrize("garbage", [None, [], "x", 3, {}, {"a": 1}, {"$version": "1"}, {"$version": True}])
def test_garbage_changes_nothing(garbage: Any) -> None:
    follower = Desired()
    follower.whole(desired(1, a=1), asked_at=None)

    assert follower.whole(garbage, asked_at=1) is Outcome.BROKEN
    assert follower.patch(garbage) is Outcome.BROKEN
    assert follower.properties == {"a": 1}


def test_a_patch_as_deep_as_python_goes_changes_nothing() -> None:
    follower = Desired()
    follower.whole(desired(1, a=1), asked_at=None)
    deep: dict[str, Any] = {}
    for _ in range(100_000):
        deep = {"a": deep}

    assert follower.patch({**deep, "$version": 2}) is Outcome.BROKEN
    assert follower.properties == {"a": 1}
    while deep:  # Python frees it level by level, too deep for itself otherwise
        deep = deep["a"]


@given(st.lists(PATCHES, max_size=6), st.randoms())
def test_patches_in_any_order_end_at_the_twin_when_each_gap_fetches_it(patches: list[Any], random: Any) -> None:
    states: list[dict[str, Any]] = [{}]
    for patch in patches:
        states.append(merged(states[-1], patch))
    arriving = [{**patch, "$version": number} for number, patch in enumerate(patches, start=2)]
    random.shuffle(arriving)
    follower = Desired()
    follower.whole({"$version": 1}, asked_at=None)

    for patch in arriving:
        if follower.patch(patch) is Outcome.GAP:
            follower.whole({**states[-1], "$version": len(states)}, asked_at=follower.version)

    assert follower.properties == states[-1]
