"""The runtime as a child process: what it answers, and what happens when it does not."""

import copy
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from azdacli.edge import settings_check
from azdacli.errors import ManifestError
from azdacli.manifest.settings import Question, SettingsReport
from azdacli.util import resources
from tests.manifest import samples as s


def read(configuration: Any) -> SettingsReport:
    (report,) = settings_check.read_settings([Question(value=configuration)])
    return report


@pytest.fixture
def other_runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A runtime of the test's own, in the place of ours."""
    (tmp_path / "azda_runtime").mkdir()
    monkeypatch.setattr(resources, "DOCKER_BUILD", tmp_path)
    return tmp_path / "azda_runtime" / "__main__.py"


def test_the_real_runtime_answers_with_problems_and_paths() -> None:
    report = read(s.twin(s.good())["azdaConfiguration"])
    assert report.problems == ()
    assert [(path.value, path.kind, path.in_archive) for path in report.paths] == [
        ("/custom-assets/pgie.txt", "config", False),
        ("/custom-assets/pose.py", "parser", False),
    ]
    wrong = read({"components": 3})
    assert [problem[3] for problem in wrong.problems] == ["error"]


def test_files_in_the_users_folder_are_not_taken_for_pythons_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit('a file of the user')")
    (tmp_path / "azda_runtime.py").write_text("raise SystemExit('a file of the user')")
    monkeypatch.chdir(tmp_path)
    assert read({}).paths == ()


def test_the_configuration_travels_on_standard_input_and_not_in_the_arguments(other_runtime: Path) -> None:
    other_runtime.write_text(
        "import json, sys\n"
        "given = json.loads(sys.stdin.read().removeprefix('configuration '))\n"
        "said = [{'path': '$', 'message': str(sys.argv[1:]) + given['a'], 'hint': '', 'severity': 'error'}]\n"
        "print(json.dumps({'problems': said, 'pipelines': [], 'paths': []}))\n"
        "sys.exit(4)\n"
    )
    report = read({"a": "ü\ud800"})
    assert report.problems == (("$", "['settings', '--lines']ü\ud800", "", "error"),)


def test_a_runtime_that_does_not_end_is_ended(other_runtime: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other_runtime.write_text("import time; time.sleep(60)")
    monkeypatch.setattr(settings_check, "_SECONDS", 0.5)
    with pytest.raises(ManifestError, match="could not be asked"):
        read({})


def test_a_crash_of_the_runtime_is_a_bug_and_shows_nothing_of_the_configuration(other_runtime: Path) -> None:
    other_runtime.write_text("import sys; raise ValueError(sys.stdin.read())")
    with pytest.raises(RuntimeError, match=r"ended with 1 over a configuration \(ValueError\)") as caught:
        read({"password": "hunter2"})
    assert "hunter2" not in str(caught.value)


def test_one_process_reads_any_number_of_configurations(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[list[str]] = []
    run = subprocess.run

    def counted(words: list[str], **settings: Any) -> "subprocess.CompletedProcess[bytes]":
        started.append(words)
        return run(words, **settings)

    monkeypatch.setattr(subprocess, "run", counted)
    good = s.twin(s.good())["azdaConfiguration"]
    asked = [
        *[Question(value=good)] * 30,
        Question(value={"outputVideoLength": -1}, twin=True),
        Question(value={"a": "\n"}),
    ]
    reports = settings_check.read_settings([*asked, Question(value=good)])
    assert len(started) == 1
    assert reports[:30] == [read(good)] * 30
    assert reports[32] == reports[0]
    assert [bool(report.problems) for report in reports[30:32]] == [True, True]


def test_a_document_with_many_pipelines_asks_the_runtime_once() -> None:
    document = s.good()
    for number in range(20):
        document["modulesContent"][f"more{number:02}"] = copy.deepcopy(document["modulesContent"]["ai-pipeline"])
    asked: list[int] = []

    def reader(questions: Sequence[Question]) -> list[SettingsReport]:
        asked.append(len(questions))
        return s.reader(questions)

    s.problems(document, reader=reader)
    assert asked == [21]
