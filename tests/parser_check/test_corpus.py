"""Every planted mistake is found by the right rule at the right line, and correct parsers are left in peace."""

import json
import re
import shutil
from pathlib import Path

import pytest

from azdacli.image.spec import Target
from azdacli.parser_check import Report, check
from azdacli.parser_check.rules import ALL, BY_NAME, Severity
from tests.parser_check import making

CORPUS = Path(__file__).parent / "corpus"
PLANTED = sorted((CORPUS / "planted").glob("*.py"))
CORRECT = sorted((CORPUS / "correct").iterdir())
TOGETHER = sorted((CORPUS / "together").iterdir())
# Files whose text cannot be read cannot mark their own mistakes.
UNREADABLE = {"saved_as_utf16.py": {(1, "AZ101")}, "saved_as_cp1252.py": {(1, "AZ101")}}
# Rules that no file of the corpus can break by being read; tests/simulator/parser_run and tests/parser_run break them.
ELSEWHERE = {rule.id for rule in ALL if rule.id.startswith("AZ7")}


def planted(path: Path) -> set[tuple[int, str]]:
    if path.name in UNREADABLE:
        return UNREADABLE[path.name]
    lines = path.read_text(encoding="utf-8").split("\n")
    return {(n, rule) for n, line in enumerate(lines, start=1) for rule in re.findall(r"# <- (AZ\d{3})", line)}


def run_folder(source: Path, folder: Path) -> tuple[Report, dict[str, object]]:
    shutil.copytree(source, folder)
    making.complete(folder)
    options = json.loads((folder / "expected.json").read_text())
    report = check(
        [folder],
        release=options.get("release"),
        target=Target.parse(options["device"]) if "device" in options else None,
        runs=options.get("run", ()),
        models=[folder / options["model_option"]] if "model_option" in options else (),
    )
    return report, options


@pytest.mark.parametrize("path", PLANTED, ids=lambda p: p.stem)
def test_a_planted_mistake_is_found_by_its_rule_at_its_line_and_nothing_else_is(path: Path) -> None:
    found = {(f.span.line, f.rule.id) for f in check([path]).findings}
    assert planted(path), "the file marks no mistake"
    assert found == planted(path)


@pytest.mark.parametrize("path", CORRECT, ids=lambda p: p.stem)
def test_a_correct_parser_is_left_in_peace(path: Path) -> None:
    assert check([path]).findings == ()


@pytest.mark.parametrize("path", TOGETHER, ids=lambda p: p.name)
def test_a_folder_is_checked_as_a_whole(path: Path, tmp_path: Path) -> None:
    report, options = run_folder(path, tmp_path / path.name)
    found = sorted(f"{f.path.name}:{f.span.line} {f.rule.id}" for f in report.findings)
    assert found == sorted(options["expected"])


def test_the_corpus_is_as_large_as_promised() -> None:
    assert len(PLANTED) >= 60
    assert len(CORRECT) >= 30


def test_every_rule_is_planted_somewhere() -> None:
    in_folders = {
        line.split()[1] for p in TOGETHER for line in json.loads((p / "expected.json").read_text())["expected"]
    }
    in_files = {rule for path in PLANTED for _, rule in planted(path)}
    assert {rule.id for rule in ALL} == in_folders | in_files | ELSEWHERE


@pytest.mark.parametrize("path", PLANTED, ids=lambda p: p.stem)
def test_what_the_checker_cannot_see_is_a_note_and_never_an_error(path: Path) -> None:
    for finding in check([path]).findings:
        if finding.rule is BY_NAME["cannot-tell"]:
            assert finding.severity is Severity.NOTE


def test_a_finding_spans_text_that_is_there() -> None:
    for path in PLANTED:
        for finding in check([path]).findings:
            if finding.source and finding.span.line == finding.span.end_line:
                assert finding.span.end_column - 1 <= len(finding.source), path.name
