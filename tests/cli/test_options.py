"""An option that several verbs have is the same in each; help is grouped, shows examples that parse, and suggests."""

import json
import os
import shlex
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from azdacli.cli import options
from azdacli.cli.app import COMMANDS, app

# The same word for different things, on purpose: its help says which.
OWN = {
    "container-registry",
    "device",
    "platform",
    "image",
    "pipeline",
    "lock",
    "images",
    "run",
    "output",
    "config",
    "check",
    "env-file",
    "username",
    "keep",
    "model",
    "secondary",
    "record",
    "dry-run",
    "kind",
}


def verb(name: str) -> Any:
    group: Any = get_command(app)
    return group.get_command(None, name)


def declared() -> Iterator[tuple[str, Any]]:
    for name in COMMANDS:
        yield from ((name, parameter) for parameter in verb(name).params if parameter.param_type_name == "option")


def test_an_option_of_several_verbs_is_declared_once() -> None:
    seen = defaultdict(set)
    for _, option in declared():
        if not set(option.opts) & {f"--{name}" for name in OWN}:
            looks = (option.help, option.metavar, option.envvar, option.rich_help_panel, tuple(option.opts))
            seen[max(option.opts, key=len)].add(looks)
    assert {name: looks for name, looks in seen.items() if len(looks) > 1} == {}


@pytest.mark.parametrize("name", ["--ca-bundle", "--deepstream", "--builder", "--network"])
def test_a_variable_is_obeyed_by_every_verb_that_has_the_option(name: str) -> None:
    found = [option for _, option in declared() if name in option.opts]
    assert len(found) > 1
    assert all(option.envvar for option in found)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_that_takes_a_value_says_what_it_takes(name: str) -> None:
    takes = [option for verb_name, option in declared() if verb_name == name and not (option.is_flag or option.hidden)]
    assert [option.opts for option in takes if not option.metavar] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_two_examples_stand_in_the_help_and_parse(name: str) -> None:
    examples = verb(name).examples
    help_text = CliRunner().invoke(app, [name, "--help"], env={"COLUMNS": "100"}).stdout
    assert len(examples) == 2
    for example in examples:
        assert example in help_text
        program, word, *rest = shlex.split(example)
        assert (program, word) == ("azdacli", name)
        verb(name).make_context(name, rest)


@pytest.mark.parametrize("columns", [60, 100, 200])
def test_help_uses_the_width_of_the_terminal_within_what_reads_well(columns: int) -> None:
    command = [sys.executable, "-m", "azdacli", "create", "--help"]
    environment = {**os.environ, "COLUMNS": str(columns)}
    lines = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.splitlines()
    prose = [line for line in lines if not line.lstrip().startswith("azdacli ")]
    assert min(columns, 120) * 0.8 < max(map(len, prose)) <= min(columns, 120)


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        (("create", "--device-type", "J"), "Jetson"),
        (("create", "--deepstream", "7"), "7.1"),
        (("create", "--backend", "onnx"), "onnxruntime"),
        (("create", "--builder", ""), "buildx"),
        (("push", "--auth", "e"), "entra"),
        (("validate-parser", "--explain", "AZ1"), "AZ101"),
        (("gen-manifest", "--env", "ai"), "ai-pipeline:"),
    ],
)
def test_completion_offers_values(typed: tuple[str, ...], offered: str) -> None:
    word, name, incomplete = typed
    command = verb(word)
    option = next(o for o in command.params if name in o.opts)
    context = command.make_context(word, [], resilient_parsing=True)
    assert offered in [item.value for item in option.shell_complete(context, incomplete)]


def test_every_value_that_is_offered_is_taken() -> None:
    from azdacli.auth.keychain import Auth  # only this test needs it

    assert [way.value for way in Auth] == list(options.AUTHS)


def test_a_verb_that_is_nearly_right_is_suggested() -> None:
    result = CliRunner().invoke(app, ["publsh"])
    assert result.exit_code == 2
    assert "There is no verb 'publsh'. Did you mean 'publish'?" in result.stderr


@pytest.mark.parametrize("line", [["push", "--imagename", "x"], ["publsh"], ["push"], ["create"]])
def test_a_wrong_command_line_is_one_object_with_json(line: list[str]) -> None:
    result = CliRunner().invoke(app, [*line, "--json"])
    error = json.loads(result.stdout)["error"]
    assert (result.exit_code, error["kind"], error["exitCode"]) == (2, "usage", 2)


def test_a_failure_is_one_object_with_json_and_a_report_stays_one() -> None:
    result = CliRunner().invoke(app, ["validate-parser", "--json", "/nowhere"])
    answer = json.loads(result.stdout)
    assert (answer["ok"], answer["error"]["kind"], answer["error"]["exitCode"]) == (False, "spec", 3)
    assert answer["error"]["message"] in result.stderr


@pytest.mark.parametrize(
    "line",
    [
        ["gen-manifest", "rtsp://user:CANARY1@cam/1"],
        ["simulate", "--source", "x", "--seconds", "rtsp://user:CANARY1@cam"],
        ["create", "--device-type", "CPU", "x", "y", "rtsp://user:CANARY1@cam/1"],
        ["rtsp://user:CANARY1@cam/1"],
    ],
)
@pytest.mark.parametrize("extra", [[], ["--json"]])
def test_a_wrong_command_line_shows_no_password(line: list[str], extra: list[str]) -> None:
    result = CliRunner().invoke(app, [*line, *extra])
    assert result.exit_code == 2
    assert "CANARY1" not in result.stdout + result.stderr


def test_a_wrong_verb_steers_no_terminal() -> None:
    result = CliRunner().invoke(app, ["a\x1b]0;pwn\x07b"])
    assert result.exit_code == 2
    assert "\x1b" not in result.stderr


def test_paths_are_no_secrets_whatever_their_variables_are_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    command = [sys.executable, "-m", "azdacli", "validate-parser", str(tmp_path / "nope")]
    names = ("PWD", "OLDPWD", "GOOGLE_APPLICATION_CREDENTIALS", "CREDENTIALS_DIRECTORY")
    root = str(Path(__file__).parents[2])
    environment = {**os.environ, **dict.fromkeys(names, str(tmp_path)), "PYTHONPATH": root, "MY_PASSWORD": "hunter22"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert f"'{tmp_path}/nope'" in done.stderr
    command[-1] = f"{tmp_path}/hunter22"
    assert (
        "hunter22" not in subprocess.run(command, env=environment, capture_output=True, text=True, check=False).stderr
    )
