"""Lets the tests of the runtime share modules beside them."""

import logging
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

sys.path.insert(0, str(Path(__file__).parent))

from log_lines import captured  # it lies beside this file

# The machine's load is not part of any property.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture
def logged() -> Iterator[list[str]]:
    """What the runtime logs during a test, a text per record."""
    with captured() as lines:
        yield lines


@pytest.fixture(autouse=True)
def _unconfigured_log() -> Iterator[None]:
    """Undo what a subcommand does to the loggers of this process."""
    root = logging.getLogger("azda_runtime")
    before = (root.handlers, root.level, root.propagate)
    yield
    root.handlers, root.propagate = before[0], before[2]
    root.setLevel(before[1])
