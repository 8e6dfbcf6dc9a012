"""The contract of a parser file is checked as a whole, before the first frame."""

import functools
from types import SimpleNamespace
from typing import Any

import pytest
from azda_runtime.parsers.contract import Role, breaches, role_of


def two(config: Any, raw_outputs: Any) -> None: ...


def four(self: Any, data: Any, batch_meta: Any, frame_meta: Any) -> None: ...


async def asynchronous(config: Any, raw_outputs: Any) -> None: ...


def generator(config: Any, raw_outputs: Any) -> Any:
    yield 1


DETECTION = {"model_type": 0, "name": "P", "labels": ["a", "b"], "parse_det_model": two}
CUSTOM = {"model_type": 1, "name": "P", "parse_custom_model": two, "add_custom_to_meta": four}
SECONDARY = {"gie_unique_id": 3, "parse_sgie_model": two}


def messages(**names: Any) -> list[str]:
    return [b.message for b in breaches(SimpleNamespace(**names))]


@pytest.mark.parametrize("names", [DETECTION, CUSTOM, SECONDARY, {**CUSTOM, "labels": 5}])
def test_a_parser_that_keeps_the_contract_has_no_breach(names: dict[str, Any]) -> None:
    assert messages(**names) == []


@pytest.mark.parametrize("name", DETECTION)
def test_each_name_of_a_detection_parser_is_needed(name: str) -> None:
    names = {k: v for k, v in DETECTION.items() if k != name}

    assert messages(**names) == [f"{name} is missing."]


@pytest.mark.parametrize("name", SECONDARY)
def test_each_name_of_a_secondary_parser_is_needed(name: str) -> None:
    names = {k: v for k, v in SECONDARY.items() if k != name}

    assert messages(**names) == [f"{name} is missing."]


def test_a_custom_parser_needs_no_labels_and_no_add_custom_to_meta() -> None:
    assert messages(model_type=1, name="P", parse_custom_model=two) == []
    assert messages(model_type=1, name="P") == ["parse_custom_model is missing."]


@pytest.mark.parametrize("value", [2, -1, True, "0", None, 0.0, [0]])
def test_a_model_type_that_is_neither_0_nor_1_is_told(value: Any) -> None:
    assert any(m.startswith("model_type is ") for m in messages(**{**DETECTION, "model_type": value}))


@pytest.mark.parametrize("value", ["person", {"a": 1}, 5, None, {"a"}, (x for x in "ab")])
def test_labels_that_are_no_list_are_told(value: Any) -> None:
    [message] = messages(**{**DETECTION, "labels": value})

    assert message.startswith("labels is ")


class Array:
    def tolist(self) -> list[str]:
        return ["a", "b"]


@pytest.mark.parametrize("value", [("a", "b"), [], Array()])
def test_labels_may_be_any_sequence(value: Any) -> None:
    assert messages(**{**DETECTION, "labels": value}) == []


@pytest.mark.parametrize(
    ("label", "fits"),
    [
        ("x" * 127, True),
        ("x" * 128, False),
        ("ä" * 63, True),
        ("ä" * 64, False),
        ("a\0b", False),
        ("a\ud800", False),
        (7, False),
    ],
)
def test_a_label_that_would_corrupt_the_metadata_is_told(label: Any, fits: bool) -> None:
    assert (messages(**{**DETECTION, "labels": ["a", label]}) == []) is fits


@pytest.mark.parametrize("value", ["", "  ", 5, None])
def test_a_name_that_is_none_is_told(value: Any) -> None:
    [message] = messages(**{**DETECTION, "name": value})

    assert message.startswith("name is ")


@pytest.mark.parametrize("value", [0, -1, True, "3", 3.0, None])
def test_a_unique_id_that_is_no_positive_number_is_told(value: Any) -> None:
    [message] = messages(**{**SECONDARY, "gie_unique_id": value})

    assert message.startswith("gie_unique_id is ")


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (5, "cannot be called"),
        (lambda raw_outputs: None, "cannot be called with (config, raw_outputs)"),
        (lambda a, b, c: None, "cannot be called with (config, raw_outputs)"),
        (lambda *, config, raw_outputs: None, "cannot be called with (config, raw_outputs)"),
        (asynchronous, "asynchronous"),
        (generator, "generator"),
    ],
)
def test_a_function_that_cannot_be_called_as_the_runtime_does_is_told(value: Any, words: str) -> None:
    [message] = messages(**{**DETECTION, "parse_det_model": value})

    assert message.startswith("parse_det_model")
    assert words in message


@pytest.mark.parametrize("value", [lambda *a: None, lambda a, b, c=1: None, functools.partial(four, 1, 2), max])
def test_any_callable_that_takes_the_arguments_will_do(value: Any) -> None:
    assert messages(**{**DETECTION, "parse_det_model": value}) == []


def test_all_breaches_are_told_at_once() -> None:
    assert len(messages(model_type=0, name="", labels="x", parse_det_model=5)) == 3


def test_a_file_that_is_no_parser_is_told_once() -> None:
    [message] = messages(x=1)

    assert "neither a primary parser" in message


def test_the_role_follows_from_the_names() -> None:
    assert role_of(SimpleNamespace(**DETECTION)) is Role.PRIMARY
    assert role_of(SimpleNamespace(**SECONDARY)) is Role.SECONDARY
    assert role_of(SimpleNamespace(**DETECTION, **SECONDARY)) is Role.PRIMARY
    assert role_of(SimpleNamespace()) is None


def test_a_parser_that_is_wanted_for_the_other_role_breaks_its_contract() -> None:
    assert [b.message for b in breaches(SimpleNamespace(**DETECTION), Role.SECONDARY)] == [
        "gie_unique_id is missing.",
        "parse_sgie_model is missing.",
    ]


def test_an_object_whose_repr_fails_is_still_told() -> None:
    class Bad:
        def __repr__(self) -> str:
            raise ValueError

    assert messages(**{**DETECTION, "name": Bad()}) == ["name is ? (Bad)."]
