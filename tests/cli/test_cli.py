"""The command line's own promises: what it imports, prints and returns."""

import importlib.util
import json
import os
import subprocess
import sys
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType

import pytest
from typer.testing import CliRunner

from azdacli import __version__
from azdacli.cli.app import COMMANDS, app
from azdacli.errors import AzdaError
from azdacli.util import installation

ROOT = Path(__file__).parent.parent.parent
HEAVY = {
    *(
        "azure",
        "cryptography",
        "docker",
        "elftools",
        "hypothesis",
        "jinja2",
        "msal",
        "numpy",
        "onnxruntime",
        "pydantic",
    ),
    *("pyflakes", "requests", "rich", "urllib3", "yaml"),
}


def run(*words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "azdacli", *words],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, **environment},
        check=False,
    )


def script(name: str) -> ModuleType:
    loader = SourceFileLoader(name.replace("-", "_"), str(ROOT / "scripts" / name))
    spec = importlib.util.spec_from_loader(loader.name, loader)
    assert spec
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


def test_help_imports_nothing_heavy() -> None:
    code = """
import sys
sys.argv = ["azdacli", "--help"]
from azdacli.__main__ import main
try:
    main()
except SystemExit:
    print(*sys.modules, file=sys.stderr)
"""
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    loaded = {name.split(".")[0] for name in answer.stderr.split()}
    assert not loaded & HEAVY
    verbs = {f"azdacli.cli.{verb.replace('-', '_')}" for verb in COMMANDS}
    assert not verbs & set(answer.stderr.split())


@pytest.mark.parametrize("verb", COMMANDS)
def test_the_list_of_verbs_says_what_each_verb_says_of_itself(verb: str) -> None:
    name = verb.replace("-", "_")
    module = importlib.import_module(f"azdacli.cli.{name}")
    assert (getattr(module, name).__doc__ or "").splitlines()[0] == COMMANDS[verb]


def test_every_verb_has_a_file_and_every_file_is_a_verb() -> None:
    shared = {"__init__", "app", "console", "images_table", "options", "progress", "shown", "verb"}
    files = {path.stem for path in (ROOT / "azdacli" / "cli").glob("*.py") if not path.stem.endswith("_flow")} - shared
    assert {name.replace("_", "-") for name in files} == set(COMMANDS)


@pytest.mark.parametrize("verb", COMMANDS)
def test_every_verb_can_print_json(verb: str) -> None:
    assert "--json" in CliRunner().invoke(app, [verb, "--help"]).stdout


def test_the_reference_page_is_what_the_program_prints() -> None:
    assert script("generate-docs").cli_reference() == (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")


def test_the_version_goes_to_stdout() -> None:
    answer = run("--version")
    assert (answer.returncode, answer.stdout, answer.stderr) == (0, f"azdacli {installation.version()}\n", "")
    assert installation.version().startswith(__version__)


def test_a_wrong_word_exits_2() -> None:
    assert run("no-such-verb").returncode == 2
    assert run("create", "--no-such-option").returncode == 2


def test_a_users_mistake_is_one_sentence_a_hint_and_its_own_exit_code() -> None:
    answer = run("create", "--device-type", "tpu", "--tag", "x")
    assert answer.returncode == 3
    assert answer.stdout == ""
    assert answer.stderr == "error: there is no device type 'tpu'\nhint: Choose one of: dGPU, Jetson, CPU.\n"


def test_a_bug_of_ours_keeps_its_traceback_and_exits_1(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("azdacli.cli.build_flow.console.result", lambda _: 1 / 0)
    answer = CliRunner().invoke(app, ["create", "--device-type", "cpu", "--no-build-image"])
    assert answer.exit_code == 1
    assert isinstance(answer.exception, ZeroDivisionError)


def families() -> list[type[AzdaError]]:
    found, left = [], [AzdaError]
    while left:
        kind = left.pop()
        found.append(kind)
        left.extend(kind.__subclasses__())
    return found[1:]


def test_every_family_of_failures_has_an_exit_code_and_stands_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    own = [kind for kind in families() if kind.__module__ == "azdacli.errors"]
    assert len({kind.exit_code for kind in own}) == len(own)
    for kind in own:
        assert f"| {kind.exit_code} |" in readme, kind


def test_without_an_engine_create_says_so_and_sends_nothing(tmp_path: Path) -> None:
    host = f"unix://{tmp_path}/no-engine.sock"
    answer = run("create", "--device-type", "cpu", "--tag", "x", DOCKER_HOST=host)
    assert (answer.returncode, answer.stdout) == (5, "")
    assert "error: no container engine answers" in answer.stderr
    assert f"hint: DOCKER_HOST is '{host}'" in answer.stderr


def test_no_build_image_prints_the_dockerfile_alone(tmp_path: Path) -> None:
    (tmp_path / "custom-assets").mkdir()
    (tmp_path / "custom-assets" / "labels.txt").write_text("person\n")
    (tmp_path / "docker-build").mkdir()
    answer = run(
        *("create", "--device-type", "Jetson", "--tag", "azda-byom-example", "--no-build-image"),
        *("--add", "./custom-assets /custom-assets", "--build-dir", str(tmp_path / "docker-build")),
    )
    assert answer.returncode == 0
    assert answer.stdout.startswith("# Made by azdacli")
    assert f"adding {tmp_path}/custom-assets as /custom-assets" in answer.stderr


def test_a_mistake_inside_a_pipe_is_no_traceback() -> None:
    command = f"{sys.executable} -m azdacli create --device-type cpu --no-build-image | head -c 10"
    answer = subprocess.run(["bash", "-c", command], capture_output=True, text=True, cwd=ROOT, check=False)
    assert "Traceback" not in answer.stderr


def test_json_is_one_object(tmp_path: Path) -> None:
    answer = run("create", "--device-type", "cpu", "--no-build-image", "--json")
    assert answer.returncode == 0
    assert json.loads(answer.stdout)["dockerfile"].startswith("# Made by azdacli")
