"""What the tests of the runtime share."""

import logging
from collections.abc import Iterator

import pytest

from tests.runtime.log_lines import captured


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
