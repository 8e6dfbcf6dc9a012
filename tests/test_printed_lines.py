"""What the pages let a user type is whole: it runs without a question, on lists of packages that are there."""

import os
import re
import subprocess
from pathlib import Path

import pytest
from support import checkout, pages
from support.checkout import ROOT

EVERY = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
WHOLE = re.compile(r"apt-get install --yes ")


@pytest.mark.parametrize("page", EVERY, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_a_line_for_apt_asks_nothing_and_reads_the_lists_first(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for found in re.finditer(r"apt(?:-get)? install(?! …)", text):
        assert WHOLE.match(text, found.start()), text[found.start() : found.end() + 40]
        assert "apt-get update" in text[max(0, found.start() - 40) : found.start()], text[found.start() - 40 :][:120]


def test_the_blocks_are_found() -> None:
    assert [line.split()[0] for line in pages.lines("docs/simulate.md", "apt-get")][:2] == ["sudo", "sudo"]
    assert pages.lines("README.md", "pip install") == [
        "python3 -m venv ~/azdacli-env && ~/azdacli-env/bin/pip install .",
        "~/azdacli-env/bin/pip install build && ~/azdacli-env/bin/python -m build",
    ]
    assert all(" apt-get install --yes " in line for line in pages.apt_lines())
    assert pages.apt_lines()


@pytest.mark.pythons
def test_the_readmes_lines_run_in_an_environment_where_nothing_is(tmp_path: Path) -> None:
    home, tree = tmp_path / "home", tmp_path / "tree"
    home.mkdir()
    for name in checkout.files():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_bytes((ROOT / name).read_bytes())
    for line in pages.lines("README.md", "pip install"):
        done = subprocess.run(
            ["bash", "-c", line],
            cwd=tree,
            env={**os.environ, "HOME": str(home)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{line}\n{done.stdout[-1500:]}{done.stderr[-1500:]}"
    said = subprocess.run(
        [home / "azdacli-env/bin/azdacli", "--help"], capture_output=True, text=True, check=True
    ).stdout
    assert "validate-parser" in said
    assert sorted(path.suffix for path in (tree / "dist").iterdir()) == [".gz", ".whl"]
