"""The pipelines in examples/ pass the linters of their services, and the commands in them exist."""

import re
import subprocess
import sysconfig
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from azdacli.cli.app import COMMANDS, app

FOLDER = Path(__file__).parents[1] / "examples" / "continuous-delivery"
FILES = sorted(FOLDER.glob("*.yml"))
STYLE = (
    "{extends: default, rules: {line-length: {max: 120}, document-start: disable, truthy: {check-keys: false},"
    " comments: {min-spaces-from-content: 1}}}"
)
LINTERS = {
    "style": ["yamllint", "--strict", "-d", STYLE, *FILES],
    "GitHub's schema": [
        "check-jsonschema",
        "--builtin-schema",
        "vendor.github-workflows",
        FOLDER / "github-actions.yml",
    ],
    "GitHub's traps": [
        *("zizmor", "--offline", "--config", Path(__file__).parent / "zizmor.yml"),
        FOLDER / "github-actions.yml",
    ],
    "Azure's schema": [
        *("check-jsonschema", "--builtin-schema", "vendor.azure-pipelines", "--data-transform", "azure-pipelines"),
        *("--regex-variant", "python", FOLDER / "azure-pipelines.yml"),  # the schema's expressions are not ECMAScript
    ],
}


@pytest.mark.parametrize("linter", LINTERS)
def test_a_linter_has_nothing_to_complain_of(linter: str) -> None:
    program, *words = LINTERS[linter]
    done = subprocess.run(
        [Path(sysconfig.get_path("scripts")) / program, *words], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("linter", [name for name in LINTERS if name != "style"])
def test_a_linter_finds_what_a_service_would_refuse(linter: str, tmp_path: Path) -> None:
    program, *words, path = LINTERS[linter]
    text = Path(path).read_text(encoding="utf-8")
    planted = {
        "GitHub's schema": text.replace("runs-on:", "run-on:"),
        "GitHub's traps": text.replace('"Published $pinned"', '"Published ${{ github.event.head_commit.message }}"'),
        "Azure's schema": text.replace("- checkout:", "- check-out:"),
    }[linter]
    assert planted != text
    wrong = tmp_path / ".github" / "workflows" / Path(path).name
    wrong.parent.mkdir(parents=True)
    wrong.write_text(planted, encoding="utf-8")
    done = subprocess.run(
        [Path(sysconfig.get_path("scripts")) / program, *words, wrong], capture_output=True, text=True, check=False
    )
    assert done.returncode != 0, done.stdout


def commands(value: object) -> list[list[str]]:
    """The words of every azdacli command in a pipeline's scripts."""
    if isinstance(value, dict):
        return [found for inner in value.values() for found in commands(inner)]
    if isinstance(value, list):
        return [found for inner in value for found in commands(inner)]
    if not isinstance(value, str):
        return []
    lines = re.sub(r"\\\n\s*", "", value).splitlines()
    return [re.findall(r'"[^"]*"|\S+', found[1]) for line in lines if (found := re.search(r"azdacli ([a-z].*)", line))]


USED = {
    "validate-parser": {"--github", "--azure"},
    "publish": {"--auth", "--base", "--add", "--image"},
    "gen-manifest": {"--template", "--device-type", "--output"},
    "deploy": {"--device", "--hub"},
}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_pipeline_validates_publishes_and_deploys_with_options_that_there_are(path: Path) -> None:
    found = {words[0]: words[1:] for words in commands(yaml.safe_load(path.read_text(encoding="utf-8")))}
    assert list(found) == list(USED)
    verbs: Any = typer.main.get_command(app)
    for name, words in found.items():
        verb = verbs.get_command(None, name)
        known = {option for parameter in verb.params for option in parameter.opts}
        used = {word for word in words if word.startswith("--")}
        assert used <= known & USED[name]
    assert "password" not in path.read_text(encoding="utf-8").lower()
    assert set(USED) <= set(COMMANDS)


def test_there_is_one_for_each_service() -> None:
    assert [path.name for path in FILES] == ["azure-pipelines.yml", "github-actions.yml"]
