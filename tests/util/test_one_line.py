"""Text from outside on one line: without secrets, also where a secret would be cut in two or its blanks joined."""

import pytest

from azdacli.util.one_line import on_one_line
from dsconfig.redaction import RUN


@pytest.mark.parametrize("before", [0, 270, 280, 290, 299, 1190, 1199])
def test_no_part_of_a_known_secret_is_left_by_the_cut(before: int) -> None:
    RUN.add(["CANARY-of-the-cut-0123456789"])
    assert "CANARY" not in on_one_line("x" * before + "CANARY-of-the-cut-0123456789")


def test_a_secret_with_blanks_in_a_row_is_known_before_they_are_joined() -> None:
    RUN.add(["CANARY  two   blanks"])
    assert "CANARY" not in on_one_line("the registry says: CANARY  two   blanks")
