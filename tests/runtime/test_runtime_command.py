"""`python3 -m azda_runtime`: what a shell sees."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import azda_runtime
import pytest

import azdacli
from tests.runtime.configurations import good, sensor

DOCKER_BUILD = Path(azda_runtime.__file__).parent.parent


def run(*arguments: str, stdin: str = "", python: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *python, "-m", "azda_runtime", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(DOCKER_BUILD)}
    return subprocess.run(command, input=stdin, capture_output=True, text=True, env=environment, check=False)


def answer(stdin: object) -> tuple[int, dict[str, Any]]:
    done = run("settings", stdin=json.dumps(stdin))
    return done.returncode, json.loads(done.stdout)


def test_no_command_is_wrong_usage() -> None:
    done = run()

    assert (done.returncode, done.stdout) == (2, "")
    assert "usage:" in done.stderr


def test_an_unknown_command_is_wrong_usage_and_named() -> None:
    done = run("chekc")

    assert (done.returncode, done.stdout) == (2, "")
    assert "'chekc'" in done.stderr


@pytest.mark.parametrize("name", ["settings", "check"])
def test_an_unknown_option_is_wrong_usage(name: str) -> None:
    assert run(name, "--frobnicate").returncode == 2


def test_the_version_is_the_command_lines_own() -> None:
    assert azda_runtime.__version__ == azdacli.__version__
    assert run("--version").stdout == f"azda_runtime {azdacli.__version__}\n"


def test_a_good_configuration_is_one_object_and_exit_code_0() -> None:
    code, found = answer(good())

    assert code == 0
    assert found == {
        "problems": [],
        "pipelines": [
            {"id": "People", "mount": "/people", "passthrough": False, "streams": ["door", "film"]},
            {"id": "Cars", "mount": "/cars", "passthrough": False, "streams": ["film"]},
        ],
        "paths": [
            {
                "path": "$.components.deepStream.pipelineConfigs[0].primaryModelConfigPath.configFile",
                "value": "/custom-assets/p.txt",
                "kind": "config",
                "inArchive": False,
            },
            {
                "path": "$.components.deepStream.pipelineConfigs[0].primaryModelConfigPath.pyFile",
                "value": "/custom-assets/p.py",
                "kind": "parser",
                "inArchive": False,
            },
            {
                "path": "$.components.deepStream.pipelineConfigs[0].secondaryModelConfigPaths[0]",
                "value": "/custom-assets/s.txt",
                "kind": "config",
                "inArchive": False,
            },
            {
                "path": "$.components.deepStream.pipelineConfigs[1].primaryModelConfigPath",
                "value": "/custom-assets/cars.txt",
                "kind": "config",
                "inArchive": False,
            },
        ],
    }


def test_an_error_is_exit_code_4_and_a_warning_is_not() -> None:
    document = good()
    document["components"]["colour"] = 1
    assert answer(document)[0] == 0

    sensor(document)["endpoint"] = "x"
    code, found = answer(document)

    assert code == 4
    assert {p["severity"] for p in found["problems"]} == {"error", "warning"}


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '"\\ud800"'])
def test_whatever_comes_in_one_object_comes_out(text: str) -> None:
    done = run("settings", stdin=text)

    assert done.returncode == 4
    assert done.stderr == ""
    assert [p["path"] for p in json.loads(done.stdout)["problems"]] == ["$"]


def test_files_are_looked_for_when_a_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "custom-assets").mkdir()
    for name in ("p.txt", "p.py", "s.txt"):
        (tmp_path / "custom-assets" / name).touch()

    done = run("settings", "--files-in", str(tmp_path), stdin=json.dumps(good()))

    assert done.returncode == 4
    assert [p["message"] for p in json.loads(done.stdout)["problems"]] == [
        'The config file "/custom-assets/cars.txt" does not exist.'
    ]


def test_no_password_comes_out() -> None:
    assert "s3cret" not in run("settings", stdin=json.dumps(good())).stdout


def test_reading_settings_imports_the_standard_library_alone() -> None:
    done = run("settings", stdin=json.dumps(good()), python=("-I", "-X", "importtime"))
    assert done.returncode == 1  # isolated: not even our own package is found, so the flag works

    done = run("settings", stdin=json.dumps(good()), python=("-S", "-X", "importtime"))
    names = {line.rpartition("|")[2].strip().split(".")[0] for line in done.stderr.splitlines()}
    assert done.returncode == 0
    assert "azda_runtime" in names
    assert not names & {"numpy", "gi", "pyds", "azure", "asyncio", "socket", "ssl", "http", "ctypes"}


def test_what_a_twin_says_about_recordings_is_checked_with_it() -> None:
    twin = {"outputVideoLength": 0, "autoStopRecordingTime": "60", "azdaConfiguration": 3}
    done = run("settings", "--twin", stdin=json.dumps(twin))

    found = json.loads(done.stdout)
    assert (done.returncode, found["pipelines"], found["paths"]) == (4, [], [])
    assert [(p["path"], p["severity"]) for p in found["problems"]] == [("$.outputVideoLength", "error")]
    assert run("settings", "--twin", stdin="{}").returncode == 0
    assert run("settings", "--twin", stdin="{").returncode == 4
