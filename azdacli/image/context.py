"""The build context: the Dockerfile, the runtime and the named assets, as one reproducible stream, and nothing else."""

import hashlib
import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from azdacli.errors import SpecError
from azdacli.image import assets, dockerfile, labels
from azdacli.image.catalog import MACHINES, Catalog
from azdacli.image.spec import Asset, ImageSpec, Target
from azdacli.util import resources, tarball

_PACKAGES = ("azda_runtime", "dsconfig")
_SIMULATOR = "simulator"
_CODE_FILES = (".py", ".json", ".typed", ".toml", ".yml")


@dataclass(frozen=True, kw_only=True, slots=True)
class Context:
    """Everything that the engine is sent.

    Attributes:
        dockerfile: The text of the Dockerfile.
        entries: The archive's entries, without the Dockerfile; made anew each time they are gone through.
        files: The assets: path in the image, size and digest of each.
    """

    dockerfile: str
    entries: Iterable[tarball.Entry]
    files: Sequence[Mapping[str, Any]] = ()

    @property
    def size(self) -> int:
        """Bytes of all files in the archive, without headers and padding."""
        return tarball.size(self.entries)

    def stream(self) -> Iterator[bytes]:
        """Yield the archive."""
        text = tarball.Blob(name="Dockerfile", data=self.dockerfile.encode())
        return tarball.stream(itertools.chain([text], self.entries))


@dataclass(frozen=True, kw_only=True, slots=True)
class Extras:
    """Files that a build needs and an image does not hold."""

    ca_bundle: Path | None = None
    pyds_wheel: Path | None = None


def gather(
    spec: ImageSpec,
    added: Sequence[Asset],
    catalog: Catalog,
    *,
    build_folder: Path = resources.DOCKER_BUILD,
    extras: Extras = Extras(),
) -> Context:
    """Describe the context of an image; reads the assets once, to name their digests in a label.

    Raises:
        SpecError: Something cannot be read, or the combination does not exist.
    """
    scanned = [assets.scan(asset) for asset in added]
    parts = [part for group in scanned for part in group]
    placed = [
        dockerfile.PlacedPart(context=f"assets/{number}-{part.name}", root=part.root)
        for number, group in enumerate(scanned)
        for part in group
    ]
    listing = labels.Listing(files=assets.digests(parts), targets=labels.targets(added))
    index = labels.document(
        listing, release=spec.release, target=spec.target.value, python=catalog.python(spec.release, spec.target)
    )
    text = dockerfile.render(spec, catalog, parts=placed, labels=labels.labels(listing, index))
    own = (
        *_build_files(build_folder, extras, simulator=spec.target is Target.CPU),
        tarball.Blob(name="build/assets.json", data=index),
    )
    folders = [
        assets.Placed(part=part, prefix=PurePosixPath(location.context))
        for part, location in zip(parts, placed, strict=True)
    ]
    return Context(dockerfile=text, entries=_Entries(groups=(own, *folders)), files=listing.files)


def wheel_name(path: Path, spec: ImageSpec, catalog: Catalog) -> tuple[str, str]:
    """Check that a wheel holds pyds for the image's Python and machine; return its name and sha256.

    The name follows PEP 427: `pyds-VERSION-PYTHON-ABI-PLATFORM.whl`.

    Raises:
        SpecError: It is another package, or made for another Python or machine.
    """
    python = catalog.python(spec.release, spec.target)
    tag, machine = f"cp{python.replace('.', '')}", MACHINES[spec.platform]
    match = re.match(r"^pyds-[0-9][\w.]*-(?P<python>\w+)-\w+-linux_(?P<machine>\w+)\.whl$", path.name)
    if not match:
        raise SpecError(f"'{path.name}' is not the name of a pyds wheel", hint="Keep the name that it was built with.")
    if match["python"] not in (tag, "py3") or match["machine"] != machine:
        raise SpecError(
            f"'{path.name}' does not fit DeepStream {spec.release} for {spec.target.label}",
            hint=f"It needs a wheel for Python {python} ({tag} or py3) on linux_{machine}.",
        )
    digest = hashlib.sha256()
    for chunk in tarball.chunks(path):
        digest.update(chunk)
    return path.name, digest.hexdigest()


def _build_files(folder: Path, extras: Extras, *, simulator: bool) -> Iterator[tarball.Entry]:
    yield _file(folder / "requirements.txt", "requirements.txt")
    for name in _PACKAGES:
        yield from _code(folder, name)
    if simulator:
        yield _file(folder / _SIMULATOR / "requirements.txt", f"{_SIMULATOR}/requirements.txt")
        yield from _code(folder, _SIMULATOR)
    if extras.ca_bundle:
        yield _file(extras.ca_bundle, "build/ca-bundle.pem")
        yield _file(folder / "build" / "changes.py", "build/changes.py")
    if extras.pyds_wheel:
        yield _file(extras.pyds_wheel, f"build/{extras.pyds_wheel.name}")


def runtime_files(folder: Path, *, simulator: bool) -> Iterator[str]:
    """Name the files that a build copies into `/opt/azda`, relative to it; the list of assets among them."""
    yield "assets.json"
    for name in (*_PACKAGES, *([_SIMULATOR] if simulator else [])):
        yield from (entry.name for entry in _code(folder, name))


def _code(folder: Path, name: str) -> Iterator[tarball.Entry]:
    for path in sorted((folder / name).rglob("*")):
        if path.suffix in _CODE_FILES and "__pycache__" not in path.parts:
            yield _file(path, path.relative_to(folder).as_posix())


def _file(source: Path, name: str) -> tarball.File:
    try:
        return tarball.File(name=name, source=source, size=source.stat().st_size)
    except OSError as error:
        raise SpecError(f"cannot read '{source}': {error.strerror}") from error


@dataclass(frozen=True, kw_only=True, slots=True)
class _Entries:
    """The entries of several groups one after the other, without folders that stand in the archive already."""

    groups: tuple[Iterable[tarball.Entry], ...]

    def __iter__(self) -> Iterator[tarball.Entry]:
        seen: set[str] = set()
        for entry in itertools.chain.from_iterable(self.groups):
            if not isinstance(entry, tarball.Folder):
                yield entry
            elif entry.name not in seen:
                seen.add(entry.name)
                yield entry
