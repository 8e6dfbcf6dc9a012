"""The bill of materials: what a second reader makes of it, and what is in it."""

import json
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.model.bom import Bom
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from azdacli.image import catalog, materials, pins, sbom
from azdacli.image.spec import ImageSpec, Target
from azdacli.util import resources

DIGEST = f"sha256:{'ab' * 32}"
FILES = [
    {"path": "/custom-assets/model.onnx", "size": 7, "digest": DIGEST},
    {"path": "/custom-assets/parser.py", "size": 3, "digest": DIGEST},
]
STATUS = b"""Package: wget
Status: install ok installed
Version: 1.21-1ubuntu1
Description: fetches
 files

Package: python3
Status: deinstall ok config-files
Version: 3.10

Package: other
Status: install ok installed
Version: 1
"""


def made(target: Target, **more: object) -> sbom.Materials:
    known = catalog.load()
    spec = ImageSpec(release="7.1", target=target, platform="linux/arm64", run=("pip install scipy",))
    found = {"name": "pose:1", "files": FILES, "versions": {"wget": "1.21"}, **more}
    return materials.of(spec, known, build_folder=resources.DOCKER_BUILD, **found)


@pytest.mark.parametrize("target", [Target.JETSON, Target.CPU])
def test_cyclonedxs_own_reader_takes_it(target: Target) -> None:
    found = json.loads(sbom.render(made(target)))
    reader: Any = Bom  # a decorator that has no types gives it its readers
    read = reader.from_json(found)
    names = {component.name: component for component in read.components}
    assert {"azure-iot-device", "wget", "/custom-assets/model.onnx", "azda-runtime"} <= set(names)
    assert ("pyds" in names, "onnxruntime" in names) == (target is Target.JETSON, target is Target.CPU)
    assert names["wget"].version == "1.21"
    assert names["wget"].purl.qualifiers["distro"] in ("ubuntu-22.04", "debian-12")
    assert names["/custom-assets/model.onnx"].type.value == "machine-learning-model"
    assert str(next(iter(names["/custom-assets/parser.py"].hashes)).content) == "ab" * 32
    assert [p.value for p in read.metadata.properties] == ["pip install scipy"]
    assert {d.ref.value for d in read.dependencies} >= {"image"}


@pytest.mark.parametrize("target", list(Target))
def test_cyclonedxs_schema_takes_it(target: Target) -> None:
    schema = JsonStrictValidator(SchemaVersion.V1_6)
    bare = sbom.Materials(name="pose:1", base=f"debian@{DIGEST}")
    for one in (made(target), made(target, versions={}, files=[]), bare):
        assert schema.validate_str(sbom.render(one).decode()) is None
    wrong = json.loads(sbom.render(bare))
    wrong["components"][0]["type"] = "image"
    assert schema.validate_str(json.dumps(wrong)) is not None


def test_the_same_image_gives_the_same_bytes_and_another_another_serial_number() -> None:
    one, again, other = (sbom.render(made(Target.JETSON, name=name)) for name in ("a:1", "a:1", "a:2"))
    assert one == again
    assert json.loads(one)["serialNumber"] != json.loads(other)["serialNumber"]
    assert "timestamp" not in json.loads(one)["metadata"]


def test_requirements_are_read_for_the_images_python() -> None:
    text = (Path(resources.DOCKER_BUILD) / "simulator" / "requirements.txt").read_text(encoding="utf-8")
    for python, version in (("3.10", "1.23.2"), ("3.11", "1.32.0"), ("3.12", "1.32.0")):
        found = {pin.name: pin.version for pin in pins.read(text, python=python)}
        assert found["onnxruntime"] == version
        assert "pyreadline3" not in found
        assert ("coloredlogs" in found) is (python == "3.10")


def test_versions_come_from_the_distributions_own_list() -> None:
    assert materials.installed(STATUS, ["wget", "python3", "curl"]) == {"wget": "1.21-1ubuntu1"}
    assert materials.installed(b"\xff\0", ["wget"]) == {}
