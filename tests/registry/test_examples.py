"""The pipelines in examples/ are YAML, and the commands in them exist."""

import re
from pathlib import Path

import pytest
import typer
import yaml

from azdacli.app import COMMANDS, app

FOLDER = Path(__file__).parents[2] / "examples" / "continuous-delivery"
FILES = sorted(FOLDER.glob("*.yml"))


def scripts(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for inner in value.values() for text in scripts(inner)]
    if isinstance(value, list):
        return [text for inner in value for text in scripts(inner)]
    return [value] if isinstance(value, str) and "azdacli publish" in value else []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_pipeline_calls_publish_with_options_that_there_are(path: Path) -> None:
    (script,) = scripts(yaml.safe_load(path.read_text(encoding="utf-8")))
    verb = typer.main.get_command(app).get_command(None, "publish")  # type: ignore[attr-defined]
    known = {option for parameter in verb.params for option in parameter.opts}
    used = re.findall(r"(?<=\s)--[a-z-]+", script)
    assert {"--auth", "--base", "--add", "--image"} == set(used) <= known
    assert "publish" in COMMANDS
    assert "password" not in path.read_text(encoding="utf-8").lower()


def test_there_is_one_for_each_service() -> None:
    assert [path.name for path in FILES] == ["azure-pipelines.yml", "github-actions.yml"]
