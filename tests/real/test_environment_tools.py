"""`simulate` in environments of uv, poetry, pipx and direnv, made by the real tools, none with GStreamer's binding."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from support import tools

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "blob-detector" / "custom-assets"
PYTHON = "/usr/bin/python3"
PROJECT = """
[project]
name = "line-three"
version = "1"
requires-python = ">=3.10,<3.15"
dependencies = ["azdacli[simulator] @ {wheel}"]
[tool.poetry]
package-mode = false
[tool.hatch.metadata]
allow-direct-references = true
"""
# What an environment that this runs in would hand on: the tool's own is the only one.
HIDDEN = ("VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME")

pytestmark = [
    pytest.mark.pythons,
    pytest.mark.skipif(bool(tools.missing("gstreamer")), reason=f"gstreamer: {tools.missing('gstreamer')}"),
]
Run = Callable[..., str]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run a command in the project's folder, with caches of its own; give what it printed."""
    own = {
        "XDG_CACHE_HOME": tmp_path / "cache",
        "XDG_DATA_HOME": tmp_path / "data",
        "POETRY_VIRTUALENVS_PATH": tmp_path / "poetry",
        "PIPX_HOME": tmp_path / "pipx",
        "PIPX_BIN_DIR": tmp_path / "bin",
        "UV_PYTHON_DOWNLOADS": "never",
    }
    project = tmp_path / "project"
    project.mkdir()

    def run(*command: str | Path, env: Mapping[str, str] | None = None) -> str:
        inherited = {name: value for name, value in os.environ.items() if name not in HIDDEN}
        done = subprocess.run(
            command,
            cwd=project,
            env={**inherited, **{name: str(value) for name, value in own.items()}, **(env or {})},
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout[-1500:]}\n{done.stderr[-3000:]}"
        return done.stdout + done.stderr

    return run


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT]
    subprocess.run(build, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


@pytest.fixture
def tool(tmp_path: Path) -> Callable[[str], Path]:
    """Install a tool from the package index, away from everything else; give its program."""

    def install(name: str) -> Path:
        folder = tmp_path / "tool"
        subprocess.run([PYTHON, "-m", "venv", folder], check=True)
        pip = [folder / "bin" / "python", "-m", "pip", "install", "--quiet", name]
        done = subprocess.run(pip, capture_output=True, text=True, check=False)
        if "No matching distribution" in done.stderr:
            pytest.skip(f"the package index of this machine has no {name}")
        assert done.returncode == 0, done.stderr[-2000:]
        return folder / "bin" / name

    return install


def simulate(run: Run, folder: Path, *azdacli: str | Path, env: Mapping[str, str] | None = None) -> None:
    target = folder / "out"
    words = ("simulate", EXAMPLE, "--source", "test:ball", "--seconds", "1", "--output", target)
    said = run(*azdacli, *words, env=env)
    assert (target / "annotated.mp4").stat().st_size, said
    assert (target / "messages.jsonl").read_text(encoding="utf-8"), said


def project(folder: Path, wheel: Path) -> None:
    (folder / "project" / "pyproject.toml").write_text(PROJECT.format(wheel=wheel.as_uri()), encoding="utf-8")


def test_uv_run(run: Run, tool: Callable[[str], Path], tmp_path: Path, wheel: Path) -> None:
    project(tmp_path, wheel)
    simulate(run, tmp_path, tool("uv"), "run", "--python", PYTHON, "azdacli")


def test_uvx(run: Run, tool: Callable[[str], Path], tmp_path: Path, wheel: Path) -> None:
    uvx = tool("uv").with_name("uvx")
    simulate(run, tmp_path, uvx, "--python", PYTHON, "--from", f"{wheel}[simulator]", "azdacli")


def test_pipx(run: Run, tool: Callable[[str], Path], tmp_path: Path, wheel: Path) -> None:
    run(tool("pipx"), "install", "--python", PYTHON, f"{wheel}[simulator]")
    simulate(run, tmp_path, tmp_path / "bin" / "azdacli")


def test_poetry_run(run: Run, tool: Callable[[str], Path], tmp_path: Path, wheel: Path) -> None:
    project(tmp_path, wheel)
    poetry = tool("poetry")
    run(poetry, "env", "use", PYTHON)
    run(poetry, "install", "--no-interaction")
    simulate(run, tmp_path, poetry, "run", "azdacli")


@pytest.mark.skipif(not shutil.which("direnv"), reason="direnv is not installed: scripts/install-test-tools")
def test_direnv(run: Run, tmp_path: Path, wheel: Path) -> None:
    (tmp_path / "project" / ".envrc").write_text(f"layout python {PYTHON}\n", encoding="utf-8")
    run("direnv", "allow", ".")
    inside = ("direnv", "exec", ".")
    run(*inside, "python", "-m", "pip", "install", "--quiet", f"{wheel}[simulator]")
    simulate(run, tmp_path, *inside, "azdacli")
