"""What the README counts and lists is what there is."""

import re
from pathlib import Path

import pytest

from azdacli.cli.app import COMMANDS
from azdacli.manifest import rules as manifest_rules
from azdacli.parser_check.rules import ALL

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
RUNS = [rule for rule in ALL if rule.id.startswith("AZ7")]


@pytest.mark.parametrize(
    ("sentence", "count"),
    [
        (r"(\d+) rules read the parser", len(list(ALL)) - len(RUNS)),
        (r"(\d+) more watch it run", len(RUNS)),
        (r"(\d+) rules on routes", len(list(manifest_rules.listed()))),
    ],
)
def test_the_readme_counts_right(sentence: str, count: int) -> None:
    found = re.search(sentence, README)
    assert found is not None
    assert int(found[1]) == count


@pytest.mark.parametrize("verb", COMMANDS)
def test_the_readme_names_every_verb(verb: str) -> None:
    assert re.search(rf"(`|azdacli ){verb}\b", README), verb


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", README))))
def test_what_the_readme_links_to_is_there(link: str) -> None:
    assert (Path(__file__).parent.parent / link).exists()
