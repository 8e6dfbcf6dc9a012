"""Imports point inwards: each folder may use those that its row names, and each foreign package has its own place."""

import ast
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
BUILD = ROOT / "docker-build"

# Folder -> the folders that it may use. Everything may use the files that stand beside the folders (`errors.py`, …).
AZDACLI: Mapping[str, str] = {
    "util": "",
    "image": "util",
    "oci": "util",
    "model": "util",
    "parser_check": "image model util",
    "manifest": "image oci util",
    "project": "image manifest model util",
    "engine": "oci util",
    "auth": "oci util",
    "publish": "image oci util",
    "edge": "engine image manifest oci util",
    "simulation": "parser_check util",
    "parser_run": "parser_check simulation util",
    "view": "util",
    "evaluation": "simulation util",
    "doctor": "auth engine image manifest oci simulation util",
    "cli": "auth doctor edge engine evaluation image manifest model oci parser_check parser_run project publish "
    "simulation util view",
}
RUNTIME: Mapping[str, str] = {
    "settings": "",
    "log": "",
    "messages": "settings",
    "recordings": "messages settings",
    "models": "settings",
    "plan": "settings",
    "parsers": "log",
    "hub": "log settings",
    "metadata": "messages parsers settings",
    "gst": "log plan recordings settings",
    "supervisor": "hub log models settings",
    "controller": "hub log settings supervisor",
    "metrics": "hub log supervisor",
    "uploader": "hub log recordings supervisor",
    "worker": "gst log metadata models parsers plan settings supervisor",
    "commands": "controller gst hub log metrics models parsers plan settings supervisor uploader worker",
}
SIMULATOR: Mapping[str, str] = {
    "analytics": "",
    "drawing": "",
    "inference": "",
    "messages": "",
    "tracking": "",
    "support": "drawing inference",
    "mux": "support",
    "source": "support",
    "native": "inference",
    "infer": "inference native support",
    "evaluation": "drawing inference native",
    "parser_run": "drawing inference",
    "elements": "analytics drawing infer inference messages mux source support tracking",
    "plugins": "elements",
}
HOUSES = [(ROOT / "azdacli", AZDACLI), (BUILD / "azda_runtime", RUNTIME), (BUILD / "simulator", SIMULATOR)]

# All of `evaluation` but the file that starts processes.
EVALUATION = (
    *(
        "agreement",
        "candidates",
        "search",
        "class_folders",
        "classification",
        "coco",
        "confusion",
        "found",
        "journal",
        "labels",
        "metrics",
        "pictures",
    ),
    *("report", "truth", "yolo"),
)
# Same input, same bytes: what decides has no clock, no process and no socket.
PURE = (
    *(
        "azdacli/image",
        "azdacli/manifest",
        "azdacli/model",
        "azdacli/parser_check",
        "azdacli/project",
        *(f"azdacli/evaluation/{name}.py" for name in EVALUATION),
        "azdacli/publish/plan.py",
        "azdacli/oci/manifest.py",
    ),
    "docker-build/azda_runtime/controller/configuration.py",
    *(
        f"docker-build/azda_runtime/uploader/{name}.py"
        for name in ("answers", "blocks", "destination", "naming", "room", "store")
    ),
    *("azdacli/doctor/checks", "azdacli/doctor/facts", "azdacli/doctor/finding.py", "azdacli/doctor/options.py"),
    *("azdacli/oci/reference.py", "azdacli/oci/repository.py", "azdacli/errors.py", "azdacli/events.py"),
    "docker-build/dsconfig",
    *(f"docker-build/azda_runtime/{room}" for room in ("settings", "plan", "hub/twin", "supervisor/policy")),
    *(f"docker-build/simulator/{room}" for room in ("analytics", "drawing", "inference", "messages", "tracking")),
)
WORLD = {
    *(
        "asyncio",
        "http",
        "multiprocessing",
        "select",
        "socket",
        "ssl",
        "subprocess",
        "time",
        "urllib.request",
    ),
}

# What the command line also runs outside an image must do with the standard library alone.
STANDARD_LIBRARY_ALONE = (
    "__init__.py",
    "__main__.py",
    "problems.py",
    "files.py",
    "log_levels.py",
    "exit_codes.py",
    "settings",
    "commands/settings.py",
    "commands/__init__.py",
)

# Foreign package -> the files (or folders) that may import it. What is not listed may be imported nowhere.
FOREIGN = {
    "typer": {"azdacli/cli"},
    "rich": {"azdacli/cli/console.py", "azdacli/cli/progress.py"},
    "cuda": {"docker-build/simulator/site-packages/cuda"},  # its own modules, by name
    "docker": {"azdacli/engine"},
    "jinja2": {"azdacli/image/dockerfile.py"},
    "packaging": {"azdacli/doctor/probes/packages.py"},
    "requests": {
        *("azdacli/oci/registry", "azdacli/edge/iot_hub.py", "azdacli/engine/docker.py", "azdacli/util/https.py"),
        "azdacli/auth/acr_check.py",
    },
    "urllib3": {"azdacli/oci/registry", "azdacli/engine/docker.py"},
    "azure": {
        *("azdacli/auth", "azdacli/edge/iot_hub.py", "docker-build/azda_runtime/hub/iot_edge/client.py"),
        "docker-build/azda_runtime/uploader/azure_store.py",
    },
    "portalocker": {"azdacli/util/locks.py"},
    "certifi": {"azdacli/doctor/probes/network.py"},
    "dotenv": {"azdacli/util/env_file.py"},
    "tomli": {"azdacli/image/catalog.py", "azdacli/util/system_packages.py", "azdacli/model/tensorrt.py"},
    "pycocotools": {"azdacli/evaluation/metrics.py"},
    "distributed": {"azdacli/evaluation/cluster.py"},
    "numpy": {
        "azdacli/evaluation/confusion.py",
        "azdacli/evaluation/metrics.py",
        "docker-build/azda_runtime/parsers",
        "docker-build/azda_runtime/metadata",
        "docker-build/simulator",
    },
    "gi": {
        "docker-build/azda_runtime/gst",
        *(f"docker-build/simulator/{room}" for room in ("elements", "support", "mux", "infer", "source", "plugins")),
    },
    "pyds": {"docker-build/azda_runtime/metadata", "docker-build/simulator"},
    "onnxruntime": {"docker-build/simulator/inference"},
    "paho": {"docker-build/simulator/elements", "docker-build/azda_runtime/hub/mqtt/client.py"},
    "cv2": {"docker-build/simulator/inference", "docker-build/simulator/drawing"},
    "yaml": {"azdacli/evaluation/yolo.py", "docker-build/dsconfig/yaml_file.py", "azdacli/manifest/kinds/yaml_text.py"},
    "PIL": {"docker-build/simulator/drawing", "azdacli/simulation"},
    "elftools": {"azdacli/parser_check", "docker-build/simulator/native/needs.py"},
    "cyclonedx": {"azdacli/image/sbom.py"},
    "packageurl": {"azdacli/image/sbom.py"},
    "prometheus_client": {"docker-build/azda_runtime/metrics/families.py"},
    "pyflakes": {"azdacli/parser_check"},
}


def modules() -> list[Path]:
    return sorted([*(ROOT / "azdacli").rglob("*.py"), *BUILD.rglob("*.py")])


@cache
def imported(path: Path) -> tuple[str, ...]:
    names: list[str] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return tuple(names)


def location(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def inside(path: Path, locations: object) -> bool:
    assert isinstance(locations, (set, tuple))
    return any(location(path) == each or location(path).startswith(f"{each}/") for each in locations)


def rooms(house: Path) -> set[str]:
    return {each.name for each in house.iterdir() if each.is_dir() and any(each.rglob("*.py"))}


@pytest.mark.parametrize(("house", "table"), HOUSES, ids=lambda each: each.name if isinstance(each, Path) else "")
def test_every_folder_has_its_row_and_uses_only_folders_further_in(house: Path, table: Mapping[str, str]) -> None:
    assert rooms(house) - {"site-packages"} == set(table)
    done: set[str] = set()
    for room, uses in table.items():
        assert set(uses.split()) <= done, f"{room} stands before a folder that it uses"
        done.add(room)


def test_imports_point_inwards() -> None:
    for path in modules():
        for house, table in HOUSES:
            if not path.is_relative_to(house) or path.parent == house or "site-packages" in path.parts:
                continue
            own = path.relative_to(house).parts[0]
            for name in imported(path):
                parts = name.split(".")
                if parts[0] == house.name and len(parts) > 1 and parts[1] in table:
                    allowed = {own, *table[own].split()}
                    assert parts[1] in allowed, f"{location(path)} imports {name}; {own} may use {sorted(allowed)}"


@pytest.mark.parametrize("house", [house for house, _ in HOUSES], ids=lambda house: house.name)
def test_what_stands_beside_the_folders_uses_none_of_them(house: Path) -> None:
    for path in house.glob("*.py"):
        if path.name == "__main__.py":
            continue
        used = {name.split(".")[1] for name in imported(path) if name.startswith(f"{house.name}.")}
        assert not used & rooms(house) - {"settings"}, f"{location(path)} uses a folder"


def test_what_decides_has_no_clock_no_process_and_no_socket() -> None:
    for path in modules():
        if inside(path, PURE):
            assert not set(imported(path)) & WORLD


def test_what_reads_settings_needs_the_standard_library_alone() -> None:
    for path in sorted((BUILD / "azda_runtime").rglob("*.py")):
        within = path.relative_to(BUILD / "azda_runtime").as_posix()
        if any(within == part or within.startswith(f"{part}/") for part in STANDARD_LIBRARY_ALONE):
            own = (
                "azda_runtime.settings",
                "azda_runtime.problems",
                "azda_runtime.files",
                "azda_runtime.log_levels",
                "azda_runtime.exit_codes",
                "azda_runtime",
                "azda_runtime.__version__",
            )
            for name in imported(path):
                assert name.split(".")[0] in first_parties(), f"{within} may not import {name}"
                if name.startswith("azda_runtime"):
                    assert name in own or name.startswith(tuple(f"{o}." for o in own[:5])), f"{within}: {name}"


def first_parties() -> set[str]:
    return {"azdacli", "azda_runtime", "dsconfig", "simulator", *sys.stdlib_module_names}


def test_a_foreign_package_stays_with_the_files_that_may_import_it() -> None:
    for path in modules():
        beside = {each.stem for each in path.parent.iterdir()}
        for name in imported(path):
            package = name.split(".")[0]
            if package in first_parties() or (package in beside and package not in FOREIGN):
                continue
            assert inside(path, FOREIGN.get(package, set())), f"{location(path)} may not import {package}"


def test_the_command_line_never_imports_what_runs_in_the_image() -> None:
    for path in modules():
        if path.is_relative_to(ROOT / "azdacli"):
            assert not {name.split(".")[0] for name in imported(path)} & {"azda_runtime", "simulator", "pyds", "gi"}


def test_the_configuration_readers_know_nobody_who_uses_them() -> None:
    """They run in azdacli, in an image and in the simulator, so they may lean on none of the three."""
    for path in sorted((BUILD / "dsconfig").rglob("*.py")):
        assert {name.split(".")[0] for name in imported(path)} <= {"dsconfig", "yaml", *sys.stdlib_module_names}


def test_the_tree_in_contributing_names_every_folder_within_sixty_lines() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    tree = text[text.index("```text\nazdacli/") :].split("```")[1]
    assert len(tree.strip().splitlines()) - 1 <= 60
    for house, table in HOUSES:
        assert [room for room in table if f"{room}/" not in tree] == [], house.name
