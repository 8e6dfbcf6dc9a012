"""What azdacli puts into an image, as a bill of materials (CycloneDX 1.6).

It lists what is added to the base, and names the base: what NVIDIA or Debian put into that is theirs to say. The same
image gives the same bytes, so there is no time in it, and its serial number comes from its contents.
"""

import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from cyclonedx.model import ExternalReference, ExternalReferenceType, HashAlgorithm, HashType, Property, XsUri
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from azdacli import __version__
from azdacli.image.pins import Pin

MEDIA_TYPE = "application/vnd.cyclonedx+json"
_NAMESPACE = uuid.UUID("6ba7b811-9dad-11d1-80b4-00c04fd430c8")  # RFC 4122's for URLs
_MODELS = frozenset({".onnx", ".engine", ".plan", ".etlt"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Materials:
    """What goes into an image.

    Attributes:
        name: What the image is called.
        base: The image below, with its tag or digest.
        base_digest: Its digest; empty where nobody asked.
        python: The Python packages.
        distribution: The distribution's packages that are installed by name, and their versions where they are known.
        ubuntu: The distribution's name and release, as `ubuntu-22.04`.
        bindings: pyds: its version, and where it comes from.
        files: The assets: path, size and digest of each.
        commands: What `--run` got.
    """

    name: str
    base: str
    base_digest: str = ""
    python: Sequence[Pin] = ()
    distribution: Mapping[str, str] | None = None
    ubuntu: str = ""
    bindings: tuple[str, str] | None = None
    files: Iterable[Mapping[str, Any]] = ()
    commands: Sequence[str] = ()


def render(materials: Materials) -> bytes:
    """Write the bill of materials as JSON."""
    image = Component(name=materials.name, type=ComponentType.CONTAINER, bom_ref="image")
    tool = Component(name="azdacli", type=ComponentType.APPLICATION, version=__version__, bom_ref="azdacli")
    metadata = BomMetaData(component=image, properties=_properties(materials))
    metadata.tools.components.add(tool)
    components = [*_software(materials), *_assets(materials)]
    bom = Bom(components=components, metadata=metadata, serial_number=uuid.UUID(int=0))
    bom.register_dependency(image, components)
    found = json.loads(JsonV1Dot6(bom).output_as_string())
    del found["metadata"]["timestamp"], found["serialNumber"]
    serial = uuid.uuid5(_NAMESPACE, json.dumps(found, sort_keys=True))
    return (json.dumps({**found, "serialNumber": f"urn:uuid:{serial}"}, indent=2, ensure_ascii=False) + "\n").encode()


def _software(materials: Materials) -> list[Component]:
    digest = materials.base_digest or materials.base.partition("@")[2]
    base = Component(
        name=materials.base,
        type=ComponentType.CONTAINER,
        bom_ref="base",
        hashes=[_hash(digest)] if digest else [],
    )
    runtime = Component(
        name="azda-runtime", type=ComponentType.APPLICATION, version=__version__, bom_ref="azda-runtime"
    )
    python = [
        _package(pin.name, pin.version, PackageURL("pypi", name=pin.name, version=pin.version))
        for pin in materials.python
    ]
    release = materials.ubuntu or "debian"
    distribution = [
        _package(
            name,
            version,
            PackageURL("deb", release.partition("-")[0], name, version or None, qualifiers={"distro": release}),
        )
        for name, version in sorted((materials.distribution or {}).items())
    ]
    return [base, *([runtime] if python else []), *_bindings(materials), *python, *distribution]


def _hash(digest: str) -> HashType:
    return HashType(alg=HashAlgorithm.SHA_256, content=digest.removeprefix("sha256:"))


def _package(name: str, version: str, purl: PackageURL) -> Component:
    return Component(name=name, version=version or None, purl=purl, bom_ref=str(purl))


def _bindings(materials: Materials) -> list[Component]:
    if materials.bindings is None:
        return []
    version, source = materials.bindings
    where = [ExternalReference(type=ExternalReferenceType.DISTRIBUTION, url=XsUri(source))] if source else []
    return [Component(name="pyds", version=version, bom_ref="pyds", external_references=where)]


def _assets(materials: Materials) -> list[Component]:
    return [
        Component(
            name=str(file["path"]),
            type=ComponentType.MACHINE_LEARNING_MODEL
            if PurePosixPath(str(file["path"])).suffix.lower() in _MODELS
            else ComponentType.FILE,
            bom_ref=f"file:{file['path']}",
            hashes=[_hash(str(file["digest"]))],
            properties=[Property(name="azdacli:size", value=str(file["size"]))],
        )
        for file in materials.files
    ]


def _properties(materials: Materials) -> list[Property]:
    return [Property(name="azdacli:run", value=command) for command in materials.commands]
