"""Readers of values that have bounds, for the keys of nvdspreprocess."""

from collections.abc import Callable
from typing import Any

from dsconfig.glib_values import integer, numbers

Reader = Callable[[str], Any]

_COLOUR_PARTS = 4


def at_least(lowest: int, highest: int | None = None) -> Reader:
    """Integers from `lowest` on, up to `highest` if there is one."""

    def read(text: str) -> int:
        value = integer(text)
        if value < lowest or (highest is not None and value > highest):
            wanted = f">= {lowest}" if highest is None else f"in the range [{lowest},{highest}]"
            raise ValueError(f"{value} should be {wanted}")
        return value

    return read


def one_of(*choices: int) -> Reader:
    """Integers of a small set, as NVIDIA writes enums."""

    def read(text: str) -> int:
        value = integer(text)
        if value not in choices:
            raise ValueError(f"invalid value {value}; it can be {', '.join(map(str, choices))}")
        return value

    return read


def colour(text: str) -> tuple[float, ...]:
    """Red, green, blue and alpha between 0 and 1."""
    values = numbers(text)
    if len(values) != _COLOUR_PARTS or not all(0 <= part <= 1 for part in values):
        raise ValueError("colour params should be exactly 4 floats {r, g, b, a} between 0 and 1")
    return values
