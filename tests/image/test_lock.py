"""`create --lock FILE`: what the first build resolved is what later ones take."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from azdacli.cli import lock_flow
from azdacli.cli.app import app
from azdacli.errors import RegistryError, SpecError
from azdacli.image import catalog
from azdacli.image.dockerfile import base_image, render
from azdacli.image.lock import Lock
from azdacli.image.spec import ImageSpec, Target
from azdacli.util import resources
from tests.fakes.registry import serving

CATALOG = catalog.load()
HASH = "ab" * 32
BASE = f"nvcr.io/nvidia/deepstream:7.1-samples-multiarch@sha256:{HASH}"
SPEC = ImageSpec(release="7.1", target=Target.JETSON, platform="linux/arm64")
CPU = ImageSpec(release="7.1", target=Target.CPU, platform="linux/amd64")


def lock(**more: Any) -> Lock:
    known = {"made_for": lock_flow.made_for(SPEC), "base": BASE, "requirements": HASH, "wheel": "cd" * 32}
    return Lock(**{**known, "packages": {"wget": "1.21.2-2ubuntu1", "python3": "3.10.6-1~22.04"}, **more})


def test_the_dockerfile_holds_to_the_lock() -> None:
    spec = replace(SPEC, lock=lock())
    text = render(spec, CATALOG)
    assert f"FROM {BASE} AS system" in text
    assert "install -y --no-install-recommends --allow-downgrades" in text
    assert "wget=1.21.2-2ubuntu1" in text
    assert "python3=3.10.6-1~22.04" in text
    assert f"#sha256={'cd' * 32}" in text
    assert f'org.opencontainers.image.base.digest="sha256:{HASH}"' in text
    assert 'org.opencontainers.image.base.name="nvcr.io/nvidia/deepstream:7.1-samples-multiarch"' in text
    assert "allow-downgrades" not in render(SPEC, CATALOG)


def test_single_backends_come_from_the_locked_image() -> None:
    triton = f"nvcr.io/nvidia/deepstream:7.1-triton-multiarch@sha256:{HASH}"
    spec = replace(SPEC, variant="triton", backends=("python",), lock=lock(triton=triton))
    assert f"FROM {triton} AS triton" in render(spec, CATALOG)


def test_a_lock_is_read_as_it_was_written() -> None:
    assert Lock.loads(lock().dumps(), "a") == lock()


@pytest.mark.parametrize(
    "change",
    [
        {"base": "nvcr.io/nvidia/deepstream:7.1"},
        {"base": f"a\nRUN evil@sha256:{HASH}"},
        {"base": 3},
        {"wheel": "x"},
        {"requirements": ""},
        {"packages": {"wget": "1 && evil"}},
        {"packages": {"wget evil": "1"}},
        {"packages": {"wget": None}},
        {"packages": []},
        {"version": 2},
        {"made_for": ""},
        {"more": 1},
    ],
)
def test_what_is_no_lock_is_refused(change: dict[str, Any]) -> None:
    text = json.dumps({**json.loads(lock().dumps()), **change})
    with pytest.raises(SpecError, match="lock of"):
        Lock.loads(text, "a.json")


def test_a_lock_that_is_no_json_is_refused() -> None:
    for text in ("", "[]", "null", "{}", "{" * 5000):
        with pytest.raises(SpecError, match="no lock"):
            Lock.loads(text, "a.json")


def test_the_lock_of_another_image_or_of_other_packages_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "lock.json"
    assert lock_flow.held(path, SPEC, resources.DOCKER_BUILD) is None
    path.write_text(lock().dumps())
    with pytest.raises(SpecError, match="other Python packages"):
        lock_flow.held(path, SPEC, resources.DOCKER_BUILD)
    with pytest.raises(SpecError, match="another image"):
        lock_flow.held(path, CPU, resources.DOCKER_BUILD)
    right = lock(requirements=lock_flow.requirements(SPEC, resources.DOCKER_BUILD))
    path.write_text(right.dumps())
    assert lock_flow.held(path, SPEC, resources.DOCKER_BUILD) == right


def test_digests_come_from_the_registry_and_versions_from_the_image(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    with serving() as fake:
        digest = fake.image("mirror/debian", "12-slim")
        spec = replace(CPU, base_image=f"{fake.host}/mirror/debian:12-slim")
        found = lock_flow.resolved(spec, resources.DOCKER_BUILD, ca_bundle=None)
        assert found.base == f"{fake.host}/mirror/debian:12-slim@{digest}"
        assert (found.triton, found.wheel) == ("", "")
        with pytest.raises(RegistryError, match="cannot be held"):
            lock_flow.resolved(
                replace(CPU, base_image=f"{fake.host}/mirror/debian:13"), resources.DOCKER_BUILD, ca_bundle=None
            )
    path = tmp_path / "lock.json"
    versions = {"wget": "1.21", "python3": "3.11"}
    lock_flow.write(path, found, spec, lambda names: {name: versions[name] for name in names if name in versions})
    written = lock_flow.held(path, spec, resources.DOCKER_BUILD)
    assert written is not None
    assert written.packages == versions
    assert base_image(replace(spec, lock=written), CATALOG) == found.base
    lock_flow.write(path, written, spec, lambda _: {"wget": "9"})
    assert lock_flow.held(path, spec, resources.DOCKER_BUILD) == written, "what is held stays held"


def test_the_hash_of_a_wheel_is_that_of_its_bytes() -> None:
    def intercept(handler: Any) -> bool:
        found = handler.path == "/pyds.whl"
        handler.reply(200 if found else 404, b"wheel" * 1000 if found else b"")
        return True

    with serving(intercept=intercept) as fake:
        expected = hashlib.sha256(b"wheel" * 1000).hexdigest()
        assert lock_flow._hash(f"http://{fake.host}/pyds.whl", None) == expected
        with pytest.raises(RegistryError, match=r"does not give other\.whl"):
            lock_flow._hash(f"http://{fake.host}/other.whl", None)


def test_the_command_prints_the_dockerfile_of_a_lock(tmp_path: Path) -> None:
    path = tmp_path / "lock.json"
    words = ["create", "--device-type", "Jetson", "--no-build-image", "--lock", str(path)]
    missing = CliRunner().invoke(app, words)
    assert missing.exit_code == 3
    assert "a build makes it" in missing.stderr
    path.write_text(lock(requirements=lock_flow.requirements(SPEC, resources.DOCKER_BUILD)).dumps())
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.stderr
    assert f"FROM {BASE} AS system" in done.stdout
