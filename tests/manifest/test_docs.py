"""The page about manifests lists every rule as the program has it; UPDATE_GOLDEN=1 writes the table anew."""

import os
from pathlib import Path

from azdacli.manifest import rules
from azdacli.manifest.pipelines import _REPEATED, _SINGLE

PAGE = Path(__file__).parents[2] / "docs" / "manifests.md"
BEGIN = "<!-- rules: written by tests/manifest/test_docs.py -->\n"
END = "<!-- end of rules -->\n"


def table() -> str:
    rows = [f"| `{name}` | {severity} | {text.replace('|', '&#124;')} |" for name, severity, text in rules.listed()]
    return "\n".join(["| rule | | what happens otherwise |", "|---|---|---|", *rows]) + "\n"


def test_the_page_lists_every_rule() -> None:
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    wanted = before + BEGIN + table() + END + after
    if os.environ.get("UPDATE_GOLDEN"):
        PAGE.write_text(wanted, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == wanted


def test_the_page_names_every_key_of_a_pipeline() -> None:
    page = PAGE.read_text(encoding="utf-8")
    rows = "\n".join(line.split("|")[1] for line in page.splitlines() if line.startswith("| `"))
    assert all(f"`{key}`" in rows for key in (*_SINGLE, *_REPEATED))
