"""A pipeline's settings as plain data and back: what one process sends another, and nothing else."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints

from azda_runtime.settings.values import Pipeline


def as_plain(value: Any) -> Any:
    """A value of settings as JSON has it."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple):
        return [as_plain(each) for each in value]
    if is_dataclass(value):
        return {field.name: as_plain(getattr(value, field.name)) for field in fields(value)}
    return value


def pipeline_of(plain: Mapping[str, Any]) -> Pipeline:
    """Read a pipeline back; it checks itself again.

    Raises:
        KeyError: A field is missing.
        TypeError: Something has another type.
        ValueError: A value cannot be.
    """
    pipeline: Pipeline = _made(Pipeline, plain)
    return pipeline


def without_archive(pipeline: Pipeline) -> Pipeline:
    """The pipeline for who gets its model unpacked: the archive's address may hold a token."""
    return replace(pipeline, archive=None)


def _made(kind: Any, plain: Any) -> Any:
    arguments = get_args(kind)
    if NoneType in arguments:
        return None if plain is None else _made(next(each for each in arguments if each is not NoneType), plain)
    if get_origin(kind) is tuple:
        kinds = [arguments[0]] * len(plain) if arguments[-1] is ... else arguments
        return tuple(_made(each, part) for each, part in zip(kinds, plain, strict=True))
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        make: Any = kind
        return make(**{field.name: _made(hints[field.name], plain[field.name]) for field in fields(kind)})
    if issubclass(kind, Enum):
        return kind(plain)
    if type(plain) is not kind and not (kind is float and type(plain) is int):
        raise TypeError(f"{type(plain).__name__} stands where {kind.__name__} is needed")
    return plain
