"""Imports point inwards, and each foreign package has the files that may import it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "azdacli"

# From the inside out. A module imports only what stands in its own ring or further in.
RINGS = ("errors", "core", "port", "edge", "outer")
RING_OF = {
    "errors": "errors",
    "engine": "port",
    "registry": "port",
    "docker_engine": "edge",
    "buildx": "edge",
    "runtime_process": "edge",
    "simulator_process": "edge",
    "simulator_python": "edge",
    "oci_registry": "edge",
    "acr": "edge",
    "oci_layout": "edge",
    "credentials": "edge",
    "docker_logins": "edge",
    "iothub": "edge",
    "image_sources": "edge",
    "image_inspection": "outer",
    "manifests": "outer",
    "builders": "edge",
    "folder_context": "edge",
    "building": "outer",
    "validating": "outer",
    "pushing": "outer",
    "image_reading": "edge",
    "image_places": "outer",
    "storing": "edge",
    "publishing": "outer",
    "publish_request": "outer",
    "app": "outer",
    "console": "outer",
    "progress": "outer",
    "commands": "outer",
    "__main__": "outer",
}

RUNTIME = ROOT / "docker-build" / "azda_runtime"

# What does not stand here is core: pure Python, tested without GStreamer, DeepStream, a hub or a network.
RUNTIME_RING_OF = {
    "metadata": "edge",
    "gst": "edge",
    "hub": "port",
    "iothub": "edge",
    "settings_file": "edge",
    "preparing": "outer",
    "failing": "outer",
    "running": "outer",
    "working": "outer",
    "serving": "outer",
    "commands": "outer",
    "__main__": "outer",
}

# What the command line also runs outside an image must do with the standard library alone.
STANDARD_LIBRARY_ALONE = (
    "__init__.py",
    "__main__.py",
    "problems.py",
    "settings",
    "commands/settings.py",
    "commands/__init__.py",
)

# Foreign package -> the files (or folders) that may import it. What is not listed may be imported nowhere.
FOREIGN = {
    "typer": {"azdacli/app.py", "azdacli/commands"},
    "rich": {"azdacli/console.py", "azdacli/progress.py"},
    "docker": {"azdacli/docker_engine.py", "azdacli/folder_context.py"},
    "jinja2": {"azdacli/dockerfile.py"},
    "requests": {"azdacli/oci_registry", "azdacli/iothub.py", "azdacli/docker_engine.py"},
    "urllib3": {"azdacli/oci_registry", "azdacli/docker_engine.py"},
    "azure": {"azdacli/acr.py", "azdacli/iothub.py", "docker-build/azda_runtime/iothub/client.py"},
    "dotenv": {"azdacli/env_file.py"},
    "tomli": {"azdacli/catalog.py"},
    "numpy": {"docker-build/azda_runtime/parsers", "docker-build/azda_runtime/metadata", "docker-build/simulator"},
    "gi": {"docker-build/azda_runtime/gst", "docker-build/simulator/elements", "docker-build/simulator/plugins"},
    "pyds": {"docker-build/azda_runtime/metadata", "docker-build/simulator"},
    "onnxruntime": {"docker-build/simulator/inference"},
    "paho": {"docker-build/simulator/elements"},
    "google": {"docker-build/simulator/inference"},
    "cv2": {"docker-build/simulator/inference", "docker-build/simulator/drawing"},
    "yaml": {"docker-build/simulator"},
    "PIL": {"docker-build/simulator/drawing"},
    "elftools": {"azdacli/parser_check"},
    "pyflakes": {"azdacli/parser_check"},
}


def modules() -> list[Path]:
    return sorted([*PACKAGE.rglob("*.py"), *(ROOT / "docker-build").rglob("*.py")])


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def ring(module: str) -> int:
    return RINGS.index(RING_OF.get(module, "core"))


def first_parties() -> set[str]:
    import sys  # noqa: PLC0415 # only this test asks for the standard library's names

    return {"azdacli", "azda_runtime", "simulator", *sys.stdlib_module_names}


def _is_module(path: Path) -> bool:
    return path.with_suffix(".py").exists() or path.is_dir()


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_point_inwards(path: Path) -> None:
    if not path.is_relative_to(PACKAGE) or path == PACKAGE / "__init__.py":
        return
    own = ring(path.relative_to(PACKAGE).parts[0].removesuffix(".py"))
    for name in imported(path):
        parts = name.split(".")
        if parts[0] == "azdacli" and len(parts) > 1 and _is_module(PACKAGE / parts[1]):
            assert ring(parts[1]) <= own, f"{path.name} imports {name}, which stands further out"


def runtime_ring(module: str) -> int:
    return RINGS.index(RUNTIME_RING_OF.get(module, "core"))


@pytest.mark.parametrize("path", sorted(RUNTIME.rglob("*.py")), ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_of_the_runtime_point_inwards(path: Path) -> None:
    own = runtime_ring(path.relative_to(RUNTIME).parts[0].removesuffix(".py"))
    for name in imported(path):
        parts = name.split(".")
        if parts[0] == "azda_runtime" and len(parts) > 1 and not parts[1].startswith("__"):
            assert runtime_ring(parts[1]) <= own, f"{path.name} imports {name}, which stands further out"


@pytest.mark.parametrize("path", sorted(RUNTIME.rglob("*.py")), ids=lambda p: str(p.relative_to(ROOT)))
def test_what_reads_settings_needs_the_standard_library_alone(path: Path) -> None:
    place = path.relative_to(RUNTIME).as_posix()
    if any(place == part or place.startswith(f"{part}/") for part in STANDARD_LIBRARY_ALONE):
        own = ("azda_runtime.settings", "azda_runtime.problems", "azda_runtime.__version__", "azda_runtime")
        for name in imported(path):
            assert name.split(".")[0] in first_parties(), f"{place} may not import {name}"
            if name.startswith("azda_runtime"):
                assert name in own or name.startswith(tuple(f"{o}." for o in own[:2])), f"{place}: {name}"


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(ROOT)))
def test_a_foreign_package_stays_with_the_files_that_may_import_it(path: Path) -> None:
    place = path.relative_to(ROOT).as_posix()
    own_names = {p.stem for p in (*path.parent.iterdir(),)}
    for name in imported(path):
        package = name.split(".")[0]
        if package in first_parties() or (package in own_names and package not in FOREIGN):
            continue
        allowed = FOREIGN.get(package, set())
        assert any(place == a or place.startswith(f"{a}/") for a in allowed), f"{place} may not import {package}"


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(ROOT)))
def test_the_command_line_never_imports_what_runs_in_the_image(path: Path) -> None:
    if path.is_relative_to(PACKAGE):
        assert not {n.split(".")[0] for n in imported(path)} & {"azda_runtime", "simulator", "pyds", "gi"}
