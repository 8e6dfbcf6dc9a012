"""A context that names no engine ends a verb before anything connects: the default engine is never taken for it."""

import hashlib
import importlib.util
import json
import sys
from pathlib import Path

import pytest

from azdacli.engine import docker, endpoint
from azdacli.errors import EngineError
from tests.cli.test_cli import run

VERBS = (
    ("push", "--image-name", "x:1", "--container-registry", "127.0.0.1:1"),
    ("create", "--device-type", "cpu", "--tag", "x"),
)
NO_PARAMIKO = pytest.mark.skipif(importlib.util.find_spec("paramiko") is not None, reason="paramiko is installed")


def context(folder: Path, name: str, address: str) -> None:
    meta = folder / "contexts" / "meta" / hashlib.sha256(name.encode()).hexdigest()
    meta.mkdir(parents=True)
    (meta / "meta.json").write_text(
        json.dumps({"Name": name, "Metadata": {}, "Endpoints": {"docker": {"Host": address}}})
    )


def chosen(folder: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> EngineError:
    """What `connect` says when docker's settings name a context."""
    (folder / "config.json").write_text(json.dumps({"currentContext": name}))
    monkeypatch.setenv("DOCKER_CONFIG", str(folder))
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    monkeypatch.delenv("DOCKER_CONTEXT", raising=False)
    with pytest.raises(EngineError) as caught:
        docker.connect()
    return caught.value


@pytest.mark.parametrize("words", VERBS, ids=lambda words: words[0])
def test_a_context_that_a_variable_names_in_vain_is_refused(tmp_path: Path, words: tuple[str, ...]) -> None:
    answer = run(*words, DOCKER_HOST="", DOCKER_CONTEXT="nope", DOCKER_CONFIG=str(tmp_path))
    assert (answer.returncode, answer.stdout) == (5, "")
    assert "error: docker has no context 'nope'\nhint: Unset DOCKER_CONTEXT" in answer.stderr


def test_a_context_that_dockers_settings_name_in_vain_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = chosen(tmp_path, "gone", monkeypatch)
    assert str(error) == "docker has no context 'gone'"
    assert "docker context use default" in str(error.hint)


@pytest.mark.parametrize("text", ["{", "[]", '{"Endpoints": {}}', '{"Endpoints": {"docker": {"Host": "unix:///x"}}}'])
def test_a_context_that_cannot_be_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    context(tmp_path, "torn", "unix:///x")
    next(tmp_path.rglob("meta.json")).write_text(text)
    assert str(chosen(tmp_path, "torn", monkeypatch)) == "the context 'torn' cannot be read"


def test_an_address_in_docker_host_needs_no_context(tmp_path: Path) -> None:
    host = f"unix://{tmp_path}/none.sock"
    answer = run(*VERBS[0], DOCKER_HOST=host, DOCKER_CONTEXT="nope", DOCKER_CONFIG=str(tmp_path))
    assert answer.returncode == 5
    assert answer.stderr.startswith("error: no container engine answers")
    assert f"hint: DOCKER_HOST is '{host}'" in answer.stderr


def test_a_context_without_an_engine_is_named_with_its_address(tmp_path: Path) -> None:
    address = f"unix://{tmp_path}/none.sock"
    context(tmp_path, "near", address)
    answer = run(*VERBS[0], DOCKER_HOST="", DOCKER_CONTEXT="near", DOCKER_CONFIG=str(tmp_path))
    assert answer.returncode == 5
    assert answer.stderr.startswith("error: no container engine answers")
    assert f"hint: The context 'near' is at {address}: " in answer.stderr


@NO_PARAMIKO
def test_a_context_behind_ssh_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    context(tmp_path, "far", "ssh://me@build.example")
    error = chosen(tmp_path, "far", monkeypatch)
    assert str(error).startswith("the context 'far' is at ssh://me@build.example, ")
    assert f"`{sys.executable} -m pip install paramiko`" in str(error.hint)
    assert "`docker context use default`" in str(error.hint)


@NO_PARAMIKO
def test_an_address_of_ssh_in_a_variable_says_how_to_leave_it(monkeypatch: pytest.MonkeyPatch) -> None:
    found = endpoint.find({"DOCKER_HOST": "ssh://build.example"}, "Linux")
    assert found.problem.startswith("DOCKER_HOST is ssh://build.example, ")
    assert found.cure.endswith("pip install paramiko\nor use another engine: unset DOCKER_HOST")
    monkeypatch.setenv("DOCKER_HOST", "ssh://build.example")
    with pytest.raises(EngineError, match="paramiko"):
        docker.connect()
