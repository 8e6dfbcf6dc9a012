"""Bills of materials: written beside an image, and attached to it in its registry."""

from pathlib import Path

from azdacli.cli import console
from azdacli.engine import docker
from azdacli.errors import EngineError, SpecError
from azdacli.image import catalog, dockerfile, materials, sbom
from azdacli.image.request import ImagePlan
from azdacli.oci.registry import RegistryRepository, referrers
from azdacli.util import files, json_text

_STATUS = "/var/lib/dpkg/status"
_LARGEST = 64 << 20


def write(path: Path, plan: ImagePlan, *, name: str, image: str = "") -> None:
    """Write the bill of materials of an image that `create` makes.

    Args:
        path: The file.
        plan: What the image is made of.
        name: What it is called.
        image: What the engine holds it as, for the versions of the distribution's packages; empty when it is not built.

    Raises:
        SpecError: The file cannot be written.
    """
    known = catalog.load()
    versions = installed(image, dockerfile.packages(plan.spec, known)) if image else {}
    found = materials.of(
        plan.spec,
        known,
        name=name or "image",
        files=plan.context.files,
        build_folder=plan.build_folder,
        versions=versions,
    )
    save(path, sbom.render(found))


def installed(image: str, names: list[str]) -> dict[str, str]:
    """Ask the engine which versions of some packages an image has; none where it does not say."""
    engine = docker.connect()
    try:
        return materials.installed(engine.read_file(image, _STATUS), names)
    except EngineError as error:
        console.note(f"the versions of the distribution's packages are not known: {error}")
        return {}
    finally:
        engine.close()


def save(path: Path, data: bytes) -> None:
    """Write a bill of materials; SpecError when that is impossible."""
    files.replace(path, data)
    console.note(f"wrote the bill of materials to {path}")


def read(path: Path) -> bytes:
    """Read a bill of materials that is to be attached.

    Raises:
        SpecError: It cannot be read, or is not valid.
    """
    data = files.read_bytes(path, _LARGEST)
    try:
        form = json_text.read_object(data, most=_LARGEST, parts=5_000_000).get("bomFormat")
    except ValueError:
        form = None
    if form != "CycloneDX":
        raise SpecError(
            f"'{path}' is no bill of materials of CycloneDX's in JSON", hint="`azdacli create --sbom FILE` writes one."
        )
    return data


def attach(repository: RegistryRepository, digest: str, data: bytes) -> str:
    """Attach a bill of materials to an image in its registry, and return the artifact's digest.

    Raises:
        RegistryError: The registry is away or refuses.
    """
    artifact = referrers.attach(repository, digest, data, media_type=sbom.MEDIA_TYPE, name="sbom.cdx.json")
    console.note(f"attached the bill of materials to {repository.name}@{digest}")
    return artifact
