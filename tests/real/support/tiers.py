"""Which cases of a test run in every run, where each case costs a process."""

from collections.abc import Iterable
from typing import Any

import pytest


def first(count: int, cases: Iterable[Any]) -> list[Any]:
    """All cases: so many in every run, and the others where there is time (`slow`)."""
    marks = (pytest.mark.slow,)
    return [
        case if number < count else pytest.param(*(case if isinstance(case, tuple) else (case,)), marks=marks)
        for number, case in enumerate(cases)
    ]
