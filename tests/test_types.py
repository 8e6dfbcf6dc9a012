"""mypy looks at every folder of Python, tests included, and holds what is ours to all that it checks."""

import sys
from pathlib import Path
from typing import Any

import pytest

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parents[1]
MYPY: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["mypy"]
STRICT: dict[str, Any] = next(each for each in MYPY["overrides"] if "azdacli.*" in each["module"])
TESTS = ("bench", "examples", "scripts", "tests")
# GStreamer's loader reads files of a line there, and what a build runs stands alone.
APART = ("docker-build/simulator/plugins/", "docker-build/build/")


def modules() -> list[str]:
    found = [path for folder in ("azdacli", "docker-build", *TESTS) for path in (ROOT / folder).rglob("*.py")]
    return [path.relative_to(ROOT).as_posix() for path in found if path.parent != ROOT / "docker-build" / "simulator"]


def test_every_module_is_looked_at() -> None:
    given = tuple(f"{folder}/" for folder in MYPY["files"]) + APART
    assert [path for path in modules() if not path.startswith(given)] == []


@pytest.mark.parametrize("folder", [each for each in MYPY["files"] if each.split("/")[0] not in TESTS])
def test_what_is_ours_is_held_to_everything(folder: str) -> None:
    first = folder.removeprefix("docker-build/").removeprefix("simulator/site-packages/").split("/")[0]
    assert f"{first}.*" in STRICT["module"]


def test_what_is_off_for_tests_is_on_for_what_is_ours() -> None:
    assert set(MYPY["disable_error_code"]) <= set(STRICT["enable_error_code"])
    assert not {"attr-defined", "call-arg", "import-not-found", "name-defined"} & set(MYPY["disable_error_code"])
