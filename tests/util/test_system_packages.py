"""One list of the distribution's packages, and everything that names one goes by it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from azdacli.errors import SpecError
from azdacli.util import apt, system_packages

ROOT = Path(__file__).parents[2]
LIST = system_packages.load()
WITH_ELEMENTS = [*(ROOT / "docker-build").rglob("*.py"), *(ROOT / "examples").rglob("*.py")]
CODE = [*WITH_ELEMENTS, *(ROOT / "azdacli").rglob("*.py"), ROOT / "scripts" / "demo"]
# Names of elements that our code uses for something else.
OTHER_MEANINGS = {
    "alpha",
    "bin",
    "camerabin",
    "compare",
    "level",
    "mirror",
    "perspective",
    "pipeline",
    "pitch",
    "smpte",
    "speed",
    "square",
    "volume",
}
PACKAGE = re.compile(r"\b(?:gir1\.2|gstreamer1\.0|libgst|python3)-[a-z0-9.-]*[a-z0-9]")
# What a Dockerfile's build stage compiles bindings with; they are gone in the image.
BUILD_TOOLS = {"python3-build", "python3-dev", "python3-setuptools", "python3-wheel", "python3-pip"}


def texts(path: Path) -> Iterator[str]:
    """The strings of a file but its documentation."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docs = {
        id(n.body[0].value) for n in ast.walk(tree) if isinstance(n, documented) and isinstance(n.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            yield node.value


def words() -> set[str]:
    return {word for path in WITH_ELEMENTS for text in texts(path) for word in re.findall(r"[A-Za-z0-9_-]+", text)}


@pytest.mark.gstreamer
@pytest.mark.filterwarnings("ignore:DynamicImporter:ImportWarning")  # of the binding itself
def test_every_element_that_the_code_names_is_on_the_list() -> None:
    gi = pytest.importorskip("gi")
    gi.require_version("Gst", "1.0")
    from gi.repository import Gst  # after require_version

    Gst.init(None)
    factories = {each.get_name() for each in Gst.Registry.get().get_feature_list(Gst.ElementFactory)}
    named = {word for word in words() if word in factories and not word.startswith("nv")} - OTHER_MEANINGS
    assert named <= set(LIST.elements) | LIST.unpackaged


def test_every_element_of_the_list_is_named_in_the_code() -> None:
    assert set(LIST.elements) | LIST.unpackaged <= words()


def test_every_typelib_that_the_code_imports_is_on_the_list() -> None:
    imported = set()
    for path in CODE:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module == "gi.repository":
                imported |= {alias.name for alias in node.names}
    assert imported
    assert imported <= set(LIST.typelibs)


def test_every_package_that_the_code_and_the_pages_name_is_on_the_list() -> None:
    listed = {package for purpose in LIST.purposes.values() for package in purpose.packages} | BUILD_TOOLS
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md"), ROOT / "scripts" / "install-test-tools"]
    everything = [text for path in CODE for text in texts(path)] + [path.read_text(encoding="utf-8") for path in pages]
    named = {name for text in everything for name in PACKAGE.findall(text)}
    assert "gstreamer1.0-libav" in named
    assert named <= listed


@pytest.mark.parametrize(
    ("administrator", "line"),
    [
        ("sudo", "sudo apt-get update && sudo apt-get install --yes --no-install-recommends a-b c-d"),
        ("su", "su -c 'apt-get update && apt-get install --yes --no-install-recommends a-b c-d'"),
        ("", "apt-get update && apt-get install --yes --no-install-recommends a-b c-d"),
    ],
)
def test_one_line_installs(administrator: str, line: str) -> None:
    assert apt.install_line(["a-b", "c-d"], administrator) == line


def test_a_machine_is_found_by_its_os_release() -> None:
    found = LIST.distribution({"ID": "debian", "VERSION_ID": "13", "NAME": "Debian GNU/Linux"})
    assert found is not None
    assert found.name == "Debian 13"
    assert LIST.distribution({"ID": "debian"}) is None  # testing has no VERSION_ID


def test_a_missing_element_is_named_by_its_package() -> None:
    ubuntu = LIST.distribution({"ID": "ubuntu", "VERSION_ID": "22.04"})
    assert LIST.bringing(["textoverlay", "x264enc", "dav1ddec"]) == ("gstreamer1.0-plugins-ugly", "gstreamer1.0-x")
    assert LIST.bringing(["avdec_av1"]) == ()
    assert LIST.bringing(["videoconvertscale"]) == ("gstreamer1.0-plugins-base",)
    assert LIST.bringing(["videoconvertscale"], ubuntu) == ()
    assert LIST.bringing(["avdec_av1"], ubuntu) == ("gstreamer1.0-libav",)


def change(text: str, old: str, new: str) -> str:
    assert old in text
    return text.replace(old, new, 1)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('"gstreamer1.0-x", ', '"gstreamer1.0-xx", ', "no purpose has gstreamer1.0-x"),
        ('packages = ["python3-venv"]', 'packages = ["python3-venv; reboot"]', "is not a package name"),
        ('"mpeg2dec", ', '"mpeg2dec", "jpegdec", ', "listed twice"),
        ('["avdec_av1"', '["jpegdec", "avdec_av1"', "jpegdec cannot be packed and unpackaged"),
    ],
)
def test_a_list_that_is_not_whole_is_refused(tmp_path: Path, old: Any, new: Any, reason: str) -> None:
    text = (ROOT / "azdacli" / "data" / "system_packages.toml").read_text(encoding="utf-8")
    broken = tmp_path / "list.toml"
    broken.write_text(change(text, old, new), encoding="utf-8")
    with pytest.raises(SpecError, match=reason):
        system_packages.load(broken)


def test_the_page_names_what_simulate_needs() -> None:
    page = (ROOT / "docs" / "simulate.md").read_text(encoding="utf-8").replace("\\\n", " ")
    (line,) = re.findall(r"^sudo apt-get install --yes --no-install-recommends (.*)$", page, re.MULTILINE)
    assert sorted(line.split()) == list(LIST.packages(system_packages.VENV, system_packages.SIMULATE))
