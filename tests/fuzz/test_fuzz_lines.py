"""`make fuzz-lines` goes through every reader."""

import re
import shlex
from pathlib import Path

from tests.fuzz.targets import TARGETS

MAKEFILE = Path(__file__).parents[2] / "Makefile"


def test_every_reader_is_fuzzed() -> None:
    named = re.search(r"^READERS \?= (.*)$", MAKEFILE.read_text(encoding="utf-8"), re.MULTILINE)
    assert named
    assert sorted(shlex.split(named[1])) == sorted(TARGETS)
