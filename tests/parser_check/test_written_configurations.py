"""Three hundred configurations in the styles that people write: no false error, and no planted fault missed."""

from pathlib import Path

import pytest

from azdacli.parser_check import check
from tests.parser_check.written import FAULTS, PARSER, SERVER_FAULTS, write

COUNT = 300


@pytest.mark.parametrize("part", range(10))
def test_right_configurations_pass_and_planted_faults_are_found(tmp_path: Path, part: int) -> None:
    wrong: list[str] = []
    for seed in range(part, COUNT, 10):
        folder = tmp_path / str(seed)
        folder.mkdir()
        expected = write(seed, folder)
        (folder / "parser.py").write_text(PARSER)
        report = check([folder], release="7.1")
        errors = {f.rule.name: f.message for f in report.findings if f.severity.value == "error"}
        if bool(expected) is not bool(errors) or (expected and expected not in errors):
            wrong.append(f"{seed}: expected {expected or 'nothing'}, found {errors}")
    assert wrong == []


def test_every_fault_is_planted() -> None:
    expected = len(FAULTS) + len(SERVER_FAULTS)
    # Every sixth number from 1 and from 3 is a key file or YAML with a fault, every sixth from 5 a server's.
    planted = {
        (seed % 3 == 2, (seed // 6) % (len(SERVER_FAULTS) if seed % 3 == 2 else len(FAULTS)))
        for seed in range(1, COUNT, 2)
    }
    assert len(planted) == expected
