"""What `pip install` brings works like the checkout: templates and docker-build travel inside the wheel."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel as it is published: built from the source archive, not from the checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


@pytest.fixture(scope="module")
def names(installed: Path) -> list[str]:
    """What the wheel holds, whatever running it adds to what is installed."""
    (wheel,) = installed.parent.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


def azdacli(where: Path, *words: str, cwd: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", "from azdacli.__main__ import main; main()", *words],
        env={**os.environ, "PYTHONPATH": str(where), "PYTHONSAFEPATH": "1"},
        capture_output=True,
        text=True,
        cwd=cwd,
        check=False,
    )


def test_the_wheel_renders_the_same_dockerfile_as_the_checkout(installed: Path, tmp_path: Path) -> None:
    words = ("create", "--device-type", "Jetson", "--no-build-image")
    ours, theirs = (azdacli(where, *words, cwd=tmp_path) for where in (ROOT, installed))
    assert (ours.returncode, theirs.returncode) == (0, 0), theirs.stderr
    assert ours.stdout == theirs.stdout


def test_the_wheel_finds_the_runtime_for_manifests(installed: Path, tmp_path: Path) -> None:
    answer = azdacli(
        installed,
        *("gen-manifest", "--image", "example.azurecr.io/pose:1", "--device-type", "Jetson", "--inspect", "none"),
        *("--stream", "door=rtsp://camera/live", "--pipeline", "id=pose,config=/a/pgie.txt", "--output", "-"),
        cwd=tmp_path,
    )
    assert answer.returncode == 0, answer.stderr
    assert '"modulesContent"' in answer.stdout


def test_the_wheel_holds_nothing_that_was_compiled_or_is_a_test(names: list[str]) -> None:
    assert not [name for name in names if name.endswith(".pyc") or name.startswith(("tests/", "bench/", "examples/"))]
    assert "azdacli/_bundled/templates/Dockerfile.j2" in names


# Run where another package is called as ours is; prints where ours came from and what it added to the module path.
IMPORTING = """
import json, sys
before = list(sys.path)
import azdacli
import dsconfig.keyfile as keyfile
document = keyfile.parse(b"[property]\\nbatch-size=1\\n")
print(json.dumps([keyfile.__file__, document.texts(), [p for p in sys.path if p not in before]]))
"""


@pytest.mark.parametrize("kind", ["checkout", "wheel"])
def test_our_configuration_readers_are_found_beside_another_package_of_that_name(
    installed: Path, tmp_path: Path, kind: str
) -> None:
    where = {"checkout": ROOT, "wheel": installed}[kind]
    (tmp_path / "dsconfig.py").write_text("raise SystemExit('somebody else is called so')\n", encoding="utf-8")
    answer = subprocess.run(
        [sys.executable, "-c", IMPORTING],
        env={**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{where}", "PYTHONSAFEPATH": "1"},
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    file, groups, added = json.loads(answer.stdout)
    assert Path(file).is_relative_to(where)
    assert groups == {"property": {"batch-size": "1"}}
    assert added == []


def test_another_package_of_that_name_that_came_first_is_said_and_not_replaced(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "dsconfig.py").touch()
    answer = subprocess.run(
        [sys.executable, "-c", "import dsconfig, azdacli"],
        env={**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{installed}", "PYTHONSAFEPATH": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode
    assert "azdacli needs its own 'dsconfig'" in answer.stderr
