"""Which variable `push --env-file` sets, without an engine; with one: tests/real/test_push_variable.py."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from azdacli.cli.app import app
from azdacli.cli.push_flow import Pushed
from azdacli.oci.reference import Reference


@pytest.mark.parametrize(
    ("labels", "variable"),
    [
        ({"io.azda.release": "7.1"}, "DS_AI_PIPELINE_IMAGE_URI"),
        ({"maintainer": "me"}, "BUSINESS_LOGIC_IMAGE_URI"),
        ({}, "BUSINESS_LOGIC_IMAGE_URI"),
    ],
)
def test_the_label_chooses_the_variable(labels: dict[str, str], variable: str) -> None:
    pushed = Pushed(reference=Reference.parse("r.io/a:1"), digest=f"sha256:{'0' * 64}", labels=labels)
    assert pushed.variable == variable


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--env-name", "A"), "--env-name needs --env-file"),
        (("--env-file", "{0}/.env", "--env-name", "A B"), "'A B' is not a valid name for an environment variable"),
    ],
)
def test_a_variable_that_cannot_be_set_is_refused_before_anything_is_sent(
    tmp_path: Path, words: tuple[str, ...], sentence: str
) -> None:
    given = [word.format(tmp_path) for word in words]
    done = CliRunner().invoke(app, ["push", "--image-name", "127.0.0.1:1/a:1", *given])
    assert (done.exit_code, f"error: {sentence}" in done.stderr) == (3, True), done.stderr
    assert not list(tmp_path.iterdir())
