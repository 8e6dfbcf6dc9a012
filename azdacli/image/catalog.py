"""Which DeepStream releases there are, and what an image of each is made from.

The facts stand in `data/releases.toml`, one row per release. A row that is not whole is refused when it is
read, so that nothing else has to ask.
"""

import functools
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from azdacli.errors import SpecError
from azdacli.image.spec import Target
from azdacli.util import resources

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

SAMPLES = "samples"
TRITON = "triton"

_IMAGE = re.compile(r"^[a-z0-9.-]+(:\d+)?(/[a-z0-9._-]+)+:[A-Za-z0-9._-]+(@sha256:[0-9a-f]{64})?$")
_PLATFORM = re.compile(r"^linux/(amd64|arm64)$")
_PYTHON = re.compile(r"^3\.\d+$")
_SHA256 = re.compile(r"^[0-9a-f]{64}$")
_COMMIT = re.compile(r"^[0-9a-f]{7,40}$")

# What `unverified` may name, of a release and of what it offers for a target.
_DOUBTFUL_OF_RELEASE = frozenset({"python", "pyds"})
_DOUBTFUL = frozenset({"backends", "images", "jetpack", "slimming"})

MACHINES: Mapping[str, str] = {"linux/amd64": "x86_64", "linux/arm64": "aarch64"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Wheel:
    """A published wheel; `sha256` is None where the hash is not known."""

    url: str
    sha256: str | None = None

    def __post_init__(self) -> None:
        _demand(self.url.startswith("https://") and self.url.endswith(".whl"), f"'{self.url}' is not an https wheel")
        _demand(self.sha256 is None or bool(_SHA256.match(self.sha256)), f"'{self.sha256}' is not a sha256")


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """A tagged git repository that bindings are built from; `commit` may be the first digits of the full one."""

    repository: str
    tag: str
    commit: str

    def __post_init__(self) -> None:
        _demand(self.repository.startswith("https://"), f"'{self.repository}' is not an https repository")
        _demand(bool(_COMMIT.match(self.commit)), f"'{self.commit}' is not a commit")


@dataclass(frozen=True, kw_only=True, slots=True)
class Bindings:
    """DeepStream's Python bindings (`pyds`) of one release: wheels by machine, or the source."""

    version: str
    wheels: Mapping[str, Wheel]
    source: Source | None

    def __post_init__(self) -> None:
        _demand(bool(self.wheels) != bool(self.source), f"pyds {self.version} needs wheels or a source, not both")
        _demand(set(self.wheels) <= set(MACHINES.values()), f"pyds {self.version} has wheels for unknown machines")


@dataclass(frozen=True, kw_only=True, slots=True)
class Hardware:
    """What one release offers for one target.

    Attributes:
        platform: Docker's name, `linux/amd64` or `linux/arm64`.
        images: Variant (`samples`, `triton`, ...) -> NVIDIA's image.
        backends: The Triton backends that the `triton` image carries.
        stack: Version facts (CUDA, TensorRT, Triton, driver, JetPack, L4T) for labels and messages.
        unverified: Names of the facts above that no source states.
    """

    platform: str
    images: Mapping[str, str]
    backends: tuple[str, ...]
    stack: Mapping[str, str]
    unverified: frozenset[str]

    def __post_init__(self) -> None:
        _demand(self.unverified <= _DOUBTFUL, f"'unverified' may name {', '.join(sorted(_DOUBTFUL))}")
        _demand(bool(_PLATFORM.match(self.platform)), f"'{self.platform}' is not a platform")
        _demand(SAMPLES in self.images, "there is no 'samples' image")
        for image in self.images.values():
            _demand(bool(_IMAGE.match(image)) and not image.endswith(":latest"), f"'{image}' is not a pinned image")


@dataclass(frozen=True, kw_only=True, slots=True)
class Release:
    """One DeepStream release."""

    version: str
    ubuntu: str
    python: str
    sdk: str
    codecs_script: str
    externally_managed_python: bool
    refused_model_formats: frozenset[str]
    bindings: Bindings
    hardware: Mapping[Target, Hardware]
    unverified: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        _demand(self.unverified <= _DOUBTFUL_OF_RELEASE, "'unverified' of a release may name python and pyds")
        _demand(bool(_PYTHON.match(self.python)), f"'{self.python}' is not a Python version")
        _demand(self.sdk.startswith("/") and self.codecs_script.startswith("/"), "paths in the image are absolute")

    @property
    def jetpack(self) -> str:
        """The JetPack that a Jetson needs for this release, with the boards it serves."""
        stack = self.hardware[Target.JETSON].stack
        name = f"JetPack {stack['jetpack']}" if "jetpack" in stack else "a JetPack that no source states"
        return f"{name} ({stack['boards']})"


@dataclass(frozen=True, kw_only=True, slots=True)
class Cpu:
    """The base of the CPU target."""

    image: str
    python: str
    platforms: tuple[str, ...]

    def __post_init__(self) -> None:
        _demand(bool(_IMAGE.match(self.image)) and not self.image.endswith(":latest"), f"'{self.image}' is not pinned")
        _demand(bool(_PYTHON.match(self.python)), f"'{self.python}' is not a Python version")


@dataclass(frozen=True, kw_only=True, slots=True)
class TritonPackages:
    """Distribution packages that Triton's server and its backends need on a samples image."""

    common: tuple[str, ...]
    ubuntu: Mapping[str, tuple[str, ...]]
    backend: Mapping[str, tuple[str, ...]]

    def needed(self, ubuntu: str, backends: Iterable[str]) -> tuple[str, ...]:
        """List the packages for some backends on a release of Ubuntu, sorted, each once."""
        names = {*self.common, *self.ubuntu[ubuntu]}
        names.update(package for backend in backends for package in self.backend.get(backend, ()))
        return tuple(sorted(names))


@dataclass(frozen=True, kw_only=True, slots=True)
class Catalog:
    """All releases, the default one, and the CPU base."""

    default: str
    cpu: Cpu
    triton: TritonPackages
    releases: Mapping[str, Release] = field(repr=False)

    def __post_init__(self) -> None:
        _demand(self.default in self.releases, f"the default release {self.default} has no row")

    def release(self, version: str) -> Release:
        """Look a release up; SpecError lists the supported ones and the JetPack that each serves."""
        found = self.releases.get(version)
        if found is None:
            known = ", ".join(f"{r.version} for {r.jetpack}" for r in self.releases.values())
            raise SpecError(
                f"DeepStream {version} is not supported",
                hint=f"Choose one of: {known}. The default is {self.default}.",
            )
        return found

    def hardware(self, version: str, target: Target) -> Hardware:
        """What a release offers for a target with NVIDIA hardware."""
        return self.release(version).hardware[target]

    def python(self, version: str, target: Target) -> str:
        """Name the Python that an image has, as `3.10`."""
        return self.cpu.python if target is Target.CPU else self.release(version).python

    def image(self, version: str, target: Target, variant: str) -> str:
        """NVIDIA's image for a combination; SpecError lists the variants that exist."""
        images = self.hardware(version, target).images
        if variant not in images:
            where = ", ".join(f"{r.version} ({', '.join(r.hardware[target].images)})" for r in self.releases.values())
            raise SpecError(
                f"DeepStream {version} for {target.label} has no '{variant}' image",
                hint=f"It has: {', '.join(images)}. All releases for {target.label}: {where}.",
            )
        return images[variant]


@functools.cache
def load(path: Path = resources.DATA / "releases.toml") -> Catalog:
    """Read the catalog.

    Raises:
        ValueError: A row is not whole; this is a mistake of ours, not of a user.
    """
    document = tomllib.loads(path.read_text(encoding="utf-8"))
    rows: dict[str, Release] = {}
    for row in document["release"]:
        release = _release(row)
        _demand(release.version not in rows, f"release {release.version} appears twice")
        rows[release.version] = release
    cpu, packages = document["cpu"], document["triton_packages"]
    _demand(
        {release.ubuntu for release in rows.values()} <= set(packages["ubuntu"]),
        "triton_packages: an Ubuntu release of the rows is missing",
    )
    return Catalog(
        default=document["default"],
        triton=TritonPackages(
            common=tuple(packages["common"]),
            ubuntu={name: tuple(names) for name, names in packages["ubuntu"].items()},
            backend={name: tuple(names) for name, names in packages["backend"].items()},
        ),
        cpu=Cpu(image=cpu["image"], python=cpu["python"], platforms=tuple(cpu["platforms"])),
        releases=rows,
    )


def _release(row: dict[str, Any]) -> Release:
    version = row.get("version", "without a version")
    try:
        return Release(
            version=row["version"],
            ubuntu=row["ubuntu"],
            python=row["python"],
            sdk=row["sdk"],
            codecs_script=row["codecs_script"],
            externally_managed_python=row["externally_managed_python"],
            refused_model_formats=frozenset(row["refused_model_formats"]),
            bindings=_bindings(row["pyds"]),
            unverified=frozenset(row.get("unverified", ())),
            hardware={target: _hardware(dict(row[target.value])) for target in (Target.DGPU, Target.JETSON)},
        )
    except KeyError as error:
        raise ValueError(f"releases.toml: release {version} has no {error}") from error
    except (ValueError, TypeError) as error:
        raise ValueError(f"releases.toml: release {version}: {error}") from error


def _bindings(row: dict[str, Any]) -> Bindings:
    return Bindings(
        version=row["version"],
        wheels={machine: Wheel(**wheel) for machine, wheel in row.get("wheels", {}).items()},
        source=Source(**row["source"]) if "source" in row else None,
    )


def _hardware(row: dict[str, Any]) -> Hardware:
    known = {name: row.pop(name) for name in ("platform", "images", "backends", "unverified")}
    return Hardware(
        platform=known["platform"],
        images=known["images"],
        backends=tuple(known["backends"]),
        stack=row,
        unverified=frozenset(known["unverified"]),
    )


def _demand(condition: bool, message: str) -> None:
    if not condition:
        raise ValueError(message)
