"""Templates, manifests and .env files that somebody made to hurt: one sentence each, in seconds and little memory."""

import json
import os
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from azdacli.cli.app import app
from tests.manifest import samples as s


def run(*words: str | Path, seconds: float = 10) -> str:
    before = time.process_time()
    result = CliRunner().invoke(app, [str(word) for word in words])
    assert time.process_time() - before < seconds
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code not in {1, 130}
    return result.output


def variable(text: str) -> str:
    return json.dumps(s.changed(lambda d: s.pipeline(d)["env"].update(A={"value": text})))


TEMPLATES = [
    *(variable("${" * 80_000), variable("${a" * 80_000), variable("${A:-" * 40_000), variable("$" * 160_000)),
    *('"\\' * 500_000, "/*" * 500_000, "//\n" * 500_000, '{"modulesContent": ' + "9" * 10_000 + "}"),
    '{"modulesContent":' + "[" * 100_000,
    '{"modulesContent":' + '{"a":' * 900 + "1" + "}" * 901,
    '{"modulesContent": {"\\ud800": "\\udfff"}}',
]


@pytest.mark.parametrize("text", TEMPLATES, ids=range(len(TEMPLATES)))
def test_a_template_that_never_ends(text: str, tmp_path: Path) -> None:
    path = tmp_path / "t.json"
    path.write_text(text, encoding="utf-8")
    run("gen-manifest", "--inspect", "none", "--template", path, "--output", "-")
    run("gen-manifest", "--inspect", "none", "--check", path)


ENVIRONMENTS = [
    *("A=" + "${" * 80_000, "A=" + "${B:-" * 50_000, 'A="' + '\\"' * 100_000, "'" * 200_000, "\n" * 200_000),
    *("A=x\n" + "A=${A}${A}\n" * 60, "A=" + "x" * 900_000 + "\nB=" + "${A}" * 100_000, "export " * 50_000),
]


@pytest.mark.parametrize("text", ENVIRONMENTS, ids=range(len(ENVIRONMENTS)))
def test_an_env_file_that_never_ends(text: str, tmp_path: Path) -> None:
    path, env = tmp_path / "t.json", tmp_path / ".env"
    path.write_text(json.dumps(s.good()), encoding="utf-8")
    env.write_text(text, encoding="utf-8")
    run("gen-manifest", "--inspect", "none", "--template", path, "--env-file", env, "--output", "-")


def test_variables_that_multiply(tmp_path: Path) -> None:
    path, env = tmp_path / "t.json", tmp_path / ".env"
    path.write_text(variable("$A" * 80_000), encoding="utf-8")
    env.write_text("A=" + "x" * 900_000, encoding="utf-8")
    assert "which no manifest is" in run(
        "gen-manifest", "--inspect", "none", "--template", path, "--env-file", env, "--output", "-"
    )


@pytest.mark.parametrize("kind", ["fifo", "device", "folder"])
def test_what_is_no_file(kind: str, tmp_path: Path) -> None:
    path, good = tmp_path / "t.json", tmp_path / "good.json"
    good.write_text(json.dumps(s.good()), encoding="utf-8")
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "device":
        path.symlink_to("/dev/zero")
    else:
        path.mkdir()
    assert str(path) in run("gen-manifest", "--inspect", "none", "--template", path, "--output", "-")
    assert str(path) in run("gen-manifest", "--inspect", "none", "--check", path)
    assert str(path) in run(
        "gen-manifest", "--inspect", "none", "--template", good, "--env-file", path, "--output", "-"
    )
    assert str(path) in run("deploy", path, "--device", "d", "--hub", "h", "--dry-run")
