"""The catalog of releases."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from azdacli.errors import SpecError
from azdacli.image import catalog
from azdacli.image.dockerfile import render, unverified
from azdacli.image.spec import ImageSpec, Target
from azdacli.util import resources

DATA = (resources.DATA / "releases.toml").read_text(encoding="utf-8")


def load_changed(folder: Path, old: str, new: str) -> catalog.Catalog:
    assert old in DATA
    path = folder / "releases.toml"
    path.write_text(DATA.replace(old, new, 1), encoding="utf-8")
    return catalog.load(path)


def test_the_supported_releases_are_those_of_the_design() -> None:
    known = catalog.load()
    assert list(known.releases) == ["6.4", "7.0", "7.1", "8.0", "9.0", "9.1", "9.2"]
    assert known.default == "7.1"


def test_an_older_release_is_an_error_that_lists_each_release_with_its_jetpack() -> None:
    with pytest.raises(SpecError, match=r"DeepStream 6\.2 is not supported") as caught:
        catalog.load().release("6.2")
    for text in ("7.1 for JetPack 6.1 (Orin)", "8.0 for JetPack 7.0 (Thor)", "9.1 for JetPack 7.2 GA (Thor and Orin)"):
        assert text in str(caught.value.hint)


def test_what_no_source_states_of_a_release_is_left_out_and_said() -> None:
    known = catalog.load()
    assert known.release("9.2").jetpack == "a JetPack that no source states (Thor and Orin)"
    for version, target, text in (
        ("9.2", Target.JETSON, "which JetPack DeepStream 9.2 needs"),
        ("9.2", Target.DGPU, "that NVIDIA has ghcr.io/nvidia/deepstream:9.2-samples-multiarch"),
        ("9.2", Target.DGPU, "Python 3.12"),
    ):
        spec = ImageSpec(release=version, target=target, platform=known.hardware(version, target).platform)
        assert any(text in sentence for sentence in unverified(spec, known))
        assert "io.azda.jetpack" not in render(spec, known)
        assert not any("NVIDIA has" in one for one in unverified(replace(spec, base_image="ghcr.io/a/b:1"), known))
    spec = ImageSpec(release="9.1", target=Target.JETSON, platform="linux/arm64")
    assert not unverified(spec, known)


def test_every_release_has_bindings_for_both_machines_or_a_source() -> None:
    for release in catalog.load().releases.values():
        wheels = release.bindings.wheels
        assert set(wheels) == set(catalog.MACHINES.values()) or release.bindings.source


def test_a_wheel_without_stable_abi_is_made_for_the_python_of_its_release() -> None:
    for release in catalog.load().releases.values():
        for wheel in release.bindings.wheels.values():
            tag = wheel.url.rsplit("/", 1)[1].split("-")[2]
            assert tag in ("py3", f"cp{release.python.replace('.', '')}")


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('python = "3.10"', 'python = "3"', "'3' is not a Python version"),
        ('ubuntu = "22.04"\n', "", "has no 'ubuntu'"),
        (":6.4-samples-multiarch", ":latest", "is not a pinned image"),
        ('url = "https://', 'url = "http://', "is not an https wheel"),
        ('platform = "linux/amd64"', 'platform = "linux/riscv64"', "is not a platform"),
        ('default = "7.1"', 'default = "5.0"', "default release 5.0 has no row"),
        ('version = "7.0"', 'version = "6.4"', "appears twice"),
        ('commit = "6fdeefb71"', 'commit = "master"', "is not a commit"),
        ('unverified = ["images", "backends", "slimming"]', 'unverified = ["image"]', "'unverified' may name backends"),
        ("images.samples", "images.sample", "no 'samples' image"),
        ('_x86_64.whl" }', '_x86_64.whl", sha256 = "12" }', "is not a sha256"),
        ('ubuntu."24.04" = []\n', "", "an Ubuntu release of the rows is missing"),
        ("debian:12-slim", "debian:latest", "is not pinned"),
    ],
)
def test_a_row_that_is_not_whole_is_refused(tmp_path: Path, old: str, new: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=re.escape(complaint)):
        load_changed(tmp_path, old, new)


def test_a_wheel_takes_a_hash_when_somebody_has_one(tmp_path: Path) -> None:
    known = load_changed(tmp_path, '_x86_64.whl" }', f'_x86_64.whl", sha256 = "{"ab" * 32}" }}')
    assert known.release("6.4").bindings.wheels["x86_64"].sha256 == "ab" * 32


def test_an_image_takes_a_digest_when_somebody_has_one(tmp_path: Path) -> None:
    old = 'images.samples = "nvcr.io/nvidia/deepstream:6.4-samples-multiarch'
    known = load_changed(tmp_path, old, f"{old}@sha256:{'0' * 64}")
    assert known.image("6.4", Target.DGPU, "samples").endswith(f"@sha256:{'0' * 64}")
