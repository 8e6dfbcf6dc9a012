"""A loaded parser held to its contract: which names it must define, of which types, callable with what.

The names and parameters are dsconfig's, which the checker holds a parser's text to.

A primary parser: ``model_type`` (0 detection, 1 custom), ``name``, ``labels`` and ``parse_det_model(config,
raw_outputs)`` for 0, ``parse_custom_model(config, raw_outputs)`` and optionally ``add_custom_to_meta(self, data,
batch_meta, frame_meta)`` for 1. A secondary parser: ``gie_unique_id`` and ``parse_sgie_model(config, raw_outputs)``.
"""

import inspect
from collections.abc import Callable, Iterator
from enum import Enum
from typing import Any

from azda_runtime.parsers.failures import Breach
from dsconfig.parser_contract import (
    CUSTOM_TYPE,
    DETECTION_TYPE,
    FUNCTIONS,
    LONGEST_LABEL,
    PRIMARY_NAMES,
    SECONDARY_NAMES,
    label_fits,
)

_MISSING = object()
_LONGEST_SHOWN = 60  # part of a line


class Role(Enum):
    """Where in the cascade a parser stands."""

    PRIMARY = "primary"
    SECONDARY = "secondary"


def role_of(parser: object) -> Role | None:
    """Whether the names that it defines make it a primary or a secondary parser; None when they make it neither."""
    if any(hasattr(parser, name) for name in PRIMARY_NAMES):
        return Role.PRIMARY
    if any(hasattr(parser, name) for name in SECONDARY_NAMES):
        return Role.SECONDARY
    return None


def breaches(parser: object, role: Role | None = None) -> tuple[Breach, ...]:
    """All ways in which a parser breaks its contract.

    Args:
        parser: The loaded module.
        role: What it is wanted for; default: what its names say.
    """
    role = role or role_of(parser)
    if role is None:
        return (
            Breach(
                message="The file defines neither a primary parser (model_type, name, parse_det_model or "
                "parse_custom_model) nor a secondary one (gie_unique_id, parse_sgie_model).",
                hint="Define those names at the top level of the file.",
            ),
        )
    return tuple(_primary(parser) if role is Role.PRIMARY else _secondary(parser))


def _primary(parser: object) -> Iterator[Breach]:
    model_type = getattr(parser, "model_type", _MISSING)
    hint = "Write model_type = 0 for a detection model, model_type = 1 for any other."
    if model_type is _MISSING:
        yield Breach(message="model_type is missing.", hint=hint)
    elif (
        isinstance(model_type, bool)
        or not isinstance(model_type, int)
        or model_type not in (DETECTION_TYPE, CUSTOM_TYPE)
    ):
        yield Breach(message=f"model_type is {_brief(model_type)}.", hint=hint)
    yield from _check_name(parser)
    if model_type == DETECTION_TYPE:
        yield from _check_labels(parser)
        yield from _check_function(parser, "parse_det_model")
    elif model_type == CUSTOM_TYPE:
        yield from _check_function(parser, "parse_custom_model")
        if hasattr(parser, "add_custom_to_meta"):
            yield from _check_function(parser, "add_custom_to_meta")


def _secondary(parser: object) -> Iterator[Breach]:
    unique_id = getattr(parser, "gie_unique_id", _MISSING)
    hint = "Write the number that gie-unique-id has in the model's configuration."
    if unique_id is _MISSING:
        yield Breach(message="gie_unique_id is missing.", hint=hint)
    elif isinstance(unique_id, bool) or not isinstance(unique_id, int) or unique_id < 1:
        yield Breach(message=f"gie_unique_id is {_brief(unique_id)}.", hint=hint)
    yield from _check_function(parser, "parse_sgie_model")


def _check_name(parser: object) -> Iterator[Breach]:
    name = getattr(parser, "name", _MISSING)
    if name is _MISSING:
        yield Breach(message="name is missing.", hint='Write name = "MyParser".')
    elif not isinstance(name, str) or not name.strip():
        yield Breach(message=f"name is {_brief(name)}.", hint="Give the parser a name as text.")


def _check_labels(parser: object) -> Iterator[Breach]:
    labels = getattr(parser, "labels", _MISSING)
    if labels is _MISSING:
        yield Breach(message="labels is missing.", hint='Write labels = ["background", "person"], one per class.')
        return
    values = label_list(labels)
    if values is None:
        yield Breach(message=f"labels is {_brief(labels)}.", hint="Make it a list of texts, one per class.")
        return
    for index, label in enumerate(values):
        if not isinstance(label, str):
            yield Breach(message=f"labels[{index}] is {_brief(label)}.", hint="Make each label a text.")
        elif not label_fits(label):
            yield Breach(
                message=f"labels[{index}] does not fit DeepStream's metadata: {_brief(label)}.",
                hint=f"Use {LONGEST_LABEL} bytes of UTF-8 at most, without NUL.",
            )


def label_list(labels: object) -> list[Any] | None:
    """The labels as a list, None when they are not a sequence; a text and a mapping do not count as one."""
    if hasattr(labels, "tolist"):
        labels = labels.tolist()
    return list(labels) if isinstance(labels, list | tuple) else None


def _check_function(parser: object, name: str) -> Iterator[Breach]:
    parameters = ", ".join(FUNCTIONS[name].parameters)
    function = getattr(parser, name, _MISSING)
    hint = f"Write def {name}({parameters}): …"
    if function is _MISSING:
        yield Breach(message=f"{name} is missing.", hint=hint)
    elif not callable(function):
        yield Breach(message=f"{name} is {_brief(function)}, which cannot be called.", hint=hint)
    elif inspect.iscoroutinefunction(function) or inspect.isgeneratorfunction(function):
        yield Breach(
            message=f"{name} is asynchronous or a generator.", hint="Make it a plain function that returns its values."
        )
    elif not _takes(function, len(FUNCTIONS[name].parameters)):
        yield Breach(message=f"{name}{_signature(function)} cannot be called with ({parameters}).", hint=hint)


def _takes(function: Callable[..., object], count: int) -> bool:
    try:
        inspect.signature(function).bind(*[None] * count)
    except TypeError:
        return False
    except ValueError:  # compiled functions may have no signature
        return True
    return True


def _signature(function: Callable[..., object]) -> str:
    return str(inspect.signature(function))[:100]


def _brief(value: object) -> str:
    try:
        text = repr(value)
    except Exception:  # noqa: BLE001 # a user's object may fail at anything
        text = "?"
    return f"{text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + '…'} ({type(value).__name__})"
