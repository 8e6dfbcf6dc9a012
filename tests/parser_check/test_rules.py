"""The rules are data: each explains itself, and the pages in docs/rules are made from them."""

import ast
from pathlib import Path

import pytest

from azdacli.parser_check import rules
from azdacli.parser_check.report import pages
from azdacli.parser_check.rules import ALL, Rule

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs" / "rules"


def test_ids_and_names_are_unique_and_ids_ascend() -> None:
    assert len(rules.BY_NAME) == 2 * len(ALL)
    assert [rule.id for rule in ALL] == sorted(rule.id for rule in ALL)


def test_every_page_in_docs_is_what_the_rules_say() -> None:
    written = {p.name: p.read_text(encoding="utf-8") for p in DOCS.glob("*.md")}
    assert written == dict(pages.pages()), "run: python -m azdacli.parser_check.report docs/rules"


@pytest.mark.parametrize("rule", ALL, ids=lambda r: r.id)
def test_explain_prints_the_page_by_id_and_by_name(rule: Rule) -> None:
    assert pages.explain(rule.id) == pages.explain(rule.name) == pages.pages()[f"{rule.id}.md"]


@pytest.mark.parametrize("rule", ALL, ids=lambda r: r.id)
def test_every_rule_is_used_by_a_check(rule: Rule) -> None:
    constants = {
        target.id: node.value
        for file in (ROOT / "azdacli/parser_check/rules").glob("*.py")
        for node in ast.parse(file.read_text()).body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    name = next(n for n, v in constants.items() if rule.id in ast.dump(v) and n != "RULES")
    checks = [f for f in (ROOT / "azdacli/parser_check").rglob("*.py") if "rules" not in f.parts]
    assert any(f".{name}" in f.read_text() for f in checks)


def test_a_rule_without_an_explanation_is_refused() -> None:
    with pytest.raises(ValueError, match="does not explain"):
        Rule(id="AZ999", name="x", severity=rules.Severity.NOTE, title="", why="", cure="")
