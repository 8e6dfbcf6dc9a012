"""The page about parsers: its examples are right, and its tables name what there is."""

import re
from pathlib import Path

import pytest
from azda_runtime.parsers.caller import load_primary, load_secondary
from azda_runtime.settings import BUILT_IN_PARSERS

from azdacli import parser_check
from dsconfig.parser_contract import CONFIG_ATTRIBUTES, FUNCTIONS, HELPERS

PAGE = (Path(__file__).parents[2] / "docs" / "parsers.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def test_there_is_an_example_of_each_kind() -> None:
    assert len(EXAMPLES) == 3


@pytest.mark.parametrize("number", range(3))
def test_an_example_is_a_right_parser(number: int, tmp_path: Path) -> None:
    path = tmp_path / "parser.py"
    path.write_text(EXAMPLES[number])
    assert parser_check.check([path]).findings == ()
    assert (load_secondary if "gie_unique_id" in EXAMPLES[number] else load_primary)(path)


@pytest.mark.parametrize("name", [*CONFIG_ATTRIBUTES, *HELPERS, *FUNCTIONS, *BUILT_IN_PARSERS])
def test_what_there_is_stands_on_the_page(name: str) -> None:
    assert f"`{name}" in PAGE
