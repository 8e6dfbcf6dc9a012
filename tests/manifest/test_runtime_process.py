"""The runtime as a child process: what it answers, and what happens when it does not."""

from pathlib import Path

import pytest

from azdacli.edge import settings_check
from azdacli.errors import ManifestError
from azdacli.util import resources
from tests.manifest import samples as s


@pytest.fixture
def other_runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A runtime of the test's own, in the place of ours."""
    (tmp_path / "azda_runtime").mkdir()
    monkeypatch.setattr(resources, "DOCKER_BUILD", tmp_path)
    return tmp_path / "azda_runtime" / "__main__.py"


def test_the_real_runtime_answers_with_problems_and_paths() -> None:
    report = settings_check.read_settings(s.twin(s.good())["azdaConfiguration"])
    assert report.problems == ()
    assert [(path.value, path.kind, path.in_archive) for path in report.paths] == [
        ("/custom-assets/pgie.txt", "config", False),
        ("/custom-assets/pose.py", "parser", False),
    ]
    wrong = settings_check.read_settings({"components": 3})
    assert [problem[3] for problem in wrong.problems] == ["error"]


def test_files_in_the_users_folder_are_not_taken_for_pythons_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit('a file of the user')")
    (tmp_path / "azda_runtime.py").write_text("raise SystemExit('a file of the user')")
    monkeypatch.chdir(tmp_path)
    assert settings_check.read_settings({}).paths == ()


def test_the_configuration_travels_on_standard_input_and_not_in_the_arguments(other_runtime: Path) -> None:
    other_runtime.write_text(
        "import json, sys\n"
        "given = json.load(sys.stdin)\n"
        "said = [{'path': '$', 'message': str(sys.argv[1:]) + given['a'], 'hint': '', 'severity': 'error'}]\n"
        "print(json.dumps({'problems': said, 'pipelines': [], 'paths': []}))\n"
        "sys.exit(4)\n"
    )
    report = settings_check.read_settings({"a": "ü\ud800"})
    assert report.problems == (("$", "['settings']ü\ud800", "", "error"),)


def test_a_runtime_that_does_not_end_is_ended(other_runtime: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other_runtime.write_text("import time; time.sleep(60)")
    monkeypatch.setattr(settings_check, "_SECONDS", 0.5)
    with pytest.raises(ManifestError, match="could not be asked"):
        settings_check.read_settings({})


def test_a_crash_of_the_runtime_is_a_bug_and_shows_nothing_of_the_configuration(other_runtime: Path) -> None:
    other_runtime.write_text("import sys; raise ValueError(sys.stdin.read())")
    with pytest.raises(RuntimeError, match=r"ended with 1 over a configuration \(ValueError\)") as caught:
        settings_check.read_settings({"password": "hunter2"})
    assert "hunter2" not in str(caught.value)
