"""What a Dockerfile of ours brings into an image, for its bill of materials."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from azdacli.image import dockerfile, pins
from azdacli.image.catalog import Catalog
from azdacli.image.sbom import Materials
from azdacli.image.spec import ImageSpec, Target
from azdacli.util import files as on_disk


def of(  # noqa: PLR0913 # what an image is made of
    spec: ImageSpec,
    catalog: Catalog,
    *,
    name: str,
    files: Sequence[Mapping[str, Any]],
    build_folder: Path,
    versions: Mapping[str, str],
) -> Materials:
    """Gather what goes into an image.

    Args:
        spec: What decides its Dockerfile.
        catalog: The releases.
        name: What the image is called.
        files: The assets: path, size and digest of each.
        build_folder: The docker-build that is used.
        versions: The distribution's packages with their versions, as far as they are known.
    """
    release = catalog.release(spec.release)
    cpu = spec.target is Target.CPU
    lists = ["requirements.txt", *(["simulator/requirements.txt"] if cpu else [])]
    python = catalog.python(spec.release, spec.target)
    pinned = [pin for each in lists for pin in pins.read(on_disk.read_text(build_folder / each), python=python)]
    return Materials(
        name=name,
        base=dockerfile.base_image(spec, catalog),
        python=list(dict.fromkeys(pinned)),
        distribution={each: versions.get(each, "") for each in dockerfile.packages(spec, catalog)},
        ubuntu="debian-12" if cpu else f"ubuntu-{release.ubuntu}",
        bindings=None if cpu else _bindings(spec, catalog),
        files=files,
        commands=spec.run,
    )


def installed(status: bytes, names: Sequence[str]) -> dict[str, str]:
    """The versions of some packages, from the distribution's own list (`/var/lib/dpkg/status`)."""
    found: dict[str, str] = {}
    for block in status.decode("utf-8", errors="replace").split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line and line[:1].isalpha())
        if fields.get("Package") in names and fields.get("Status", "").endswith(" installed"):
            found[fields["Package"]] = fields.get("Version", "")
    return found


def _bindings(spec: ImageSpec, catalog: Catalog) -> tuple[str, str]:
    bindings = catalog.release(spec.release).bindings
    wheel = dockerfile.wheel(spec, catalog)
    if spec.pyds_wheel:
        return spec.pyds_wheel[0].split("-")[1], ""
    if wheel is not None:
        return bindings.version, wheel.url
    return bindings.version, bindings.source.repository if bindings.source else ""
