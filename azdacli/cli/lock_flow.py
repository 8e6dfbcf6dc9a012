"""`create --lock FILE`: hold to what the file says, or resolve it and write it after the build."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from azdacli.cli import console
from azdacli.cli.image_lookup_flow import Inspection, Registries
from azdacli.errors import RegistryError, SpecError
from azdacli.image import catalog, dockerfile
from azdacli.image.lock import Lock
from azdacli.image.spec import ImageSpec, Target
from azdacli.oci.reference import Reference
from azdacli.oci.registry import failures, limits
from azdacli.oci.registry.answer import Arriving
from azdacli.oci.registry.transport import session
from azdacli.util import files

_LARGEST_WHEEL = 200 << 20
_SECONDS = (10, 60)
_OK = 200


def held(path: Path, spec: ImageSpec, build_folder: Path) -> Lock | None:
    """Read the lock of an image; None where there is no file yet.

    Raises:
        SpecError: It is no lock, or another image's, or made with other Python packages.
    """
    if not files.exists(path):
        return None
    lock = Lock.loads(files.read_text(path), str(path))
    if lock.made_for != made_for(spec):
        raise SpecError(
            f"'{path}' is the lock of another image: {lock.made_for}, and this is {made_for(spec)}",
            hint="Name another file, or delete it to have it made anew by the next build.",
        )
    if lock.requirements != requirements(spec, build_folder):
        raise SpecError(
            f"'{path}' was made with other Python packages than this version of azdacli has",
            hint="Use the version that made it, or delete the file to have it made anew by the next build.",
        )
    console.note(f"holding to {path}: {lock.base}")
    return lock


def check_build(path: Path, *, build_image: bool) -> None:
    """Refuse to make a lock without a build, which alone says the versions of the distribution's packages."""
    if not build_image:
        raise SpecError(
            f"there is no '{path}', and a build makes it", hint="Leave --no-build-image out the first time."
        )


def resolved(spec: ImageSpec, build_folder: Path, *, ca_bundle: Path | None) -> Lock:
    """Ask the registries for the digests, and where pyds is published for its hash.

    Raises:
        RegistryError: A registry is away, or has no such image.
    """
    known = catalog.load()
    registries = Registries(Inspection(choice="registry", ca_bundle=ca_bundle), {})
    wheel = None if spec.pyds_wheel else dockerfile.wheel(spec, known)
    triton = dockerfile.triton_image(spec, known)
    return Lock(
        made_for=made_for(spec),
        base=_pinned(dockerfile.base_image(spec, known), registries),
        triton=_pinned(triton, registries) if triton else "",
        wheel="" if wheel is None else wheel.sha256 or _hash(wheel.url, ca_bundle),
        requirements=requirements(spec, build_folder),
    )


def write(path: Path, lock: Lock, spec: ImageSpec, installed: Callable[[list[str]], dict[str, str]]) -> None:
    """Write the lock of an image that was built, with the versions that it has.

    Args:
        path: The file.
        lock: What was resolved, or held to.
        spec: The image.
        installed: Says which versions of some packages the image has.
    """
    whole = replace(lock, packages={**installed(dockerfile.packages(spec, catalog.load())), **lock.packages})
    if files.exists(path) and files.read_text(path) == whole.dumps():
        return
    files.replace(path, whole.dumps().encode())
    console.note(f"wrote {path}: {whole.base}, {len(whole.packages)} packages of the distribution")


def made_for(spec: ImageSpec) -> str:
    """What distinguishes images with different locks."""
    parts = [spec.release, spec.target.value, spec.platform, spec.variant, *spec.backends]
    return " ".join([*parts, *([spec.base_image] if spec.base_image else [])])


def requirements(spec: ImageSpec, build_folder: Path) -> str:
    """The SHA-256 of the lists of Python packages."""
    names = ["requirements.txt", *(["simulator/requirements.txt"] if spec.target is Target.CPU else [])]
    return hashlib.sha256("".join(files.read_text(build_folder / name) for name in names).encode()).hexdigest()


def _pinned(image: str, registries: Registries) -> str:
    reference = Reference.parse(image)
    if reference.digest:
        return str(reference)
    found = registries.repository(reference).manifest(reference.selector)
    if found is None:
        raise RegistryError(
            f"{reference.registry} has no {image}, so its digest cannot be held",
            hint="Check the name; a base that only this machine has cannot be locked.",
        )
    return f"{reference}@{found.digest}"


def _hash(url: str, ca_bundle: Path | None) -> str:
    host = url.split("/")[2]
    digest = hashlib.sha256()
    with session(ca_bundle, limits.Pace()) as connection, failures.translated(host):
        answer = Arriving(connection.get(url, stream=True, timeout=_SECONDS))
        try:
            if answer.status_code != _OK:
                raise RegistryError(
                    f"{host} does not give {url.rpartition('/')[2]} ({answer.status_code})",
                    hint="Give the wheel as a file: --pyds-wheel FILE.",
                )
            for piece in answer.pieces(_LARGEST_WHEEL):
                digest.update(piece)
        finally:
            answer.close()
    return digest.hexdigest()
