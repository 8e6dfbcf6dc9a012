"""From the options of a command line to everything that is known about an image before an engine is asked."""

import platform
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from azdacli.errors import SpecError
from azdacli.image import catalog, context, dockerfile, label_text
from azdacli.image.context import Context, Extras
from azdacli.image.lock import Lock
from azdacli.image.spec import Asset, ImageSpec, Target
from azdacli.util import files, resources

_ARM = ("aarch64", "arm64")
# What a docker-build has when it is one of ours, and of this version.
_BUILD_FILES = ("azda_runtime/__init__.py", "dsconfig/__init__.py", "requirements.txt")


@dataclass(frozen=True, kw_only=True, slots=True)
class CreateOptions:
    """The options of `create`, as typed."""

    device_type: str
    release: str = ""
    variant: str | None = None
    backends: tuple[str, ...] = ()
    run: tuple[str, ...] = ()
    add: tuple[str, ...] = ()
    build_folder: Path | None = None
    labels: tuple[str, ...] = ()
    base_image: str | None = None
    base_registry: str | None = None
    ca_bundle: Path | None = None
    pip_index_url: str | None = None
    pyds_wheel: Path | None = None
    lock: Lock | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ImagePlan:
    """An image as it will be built.

    Attributes:
        spec: What decides its Dockerfile.
        context: What the engine is sent.
        notes: What was decided on the user's behalf.
        warnings: What the user should look at.
        build_folder: The docker-build that is used.
    """

    spec: ImageSpec
    context: Context
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = field(default=())
    build_folder: Path = resources.DOCKER_BUILD


def read(options: CreateOptions, added: Sequence[Asset]) -> ImagePlan:
    """Find out what is asked for, down to the bytes.

    Raises:
        SpecError: It is impossible; the hint says what is possible.
    """
    known = catalog.load()
    spec, folder, notes = specified(options)
    extras = Extras(ca_bundle=options.ca_bundle, pyds_wheel=options.pyds_wheel)
    return ImagePlan(
        spec=spec,
        context=context.gather(spec, added, known, build_folder=folder, extras=extras),
        notes=(*notes, *(f"adding {asset.source} as {asset.target}" for asset in added)),
        warnings=(*_file_warnings(added), *_unverified(spec, known)),
        build_folder=folder,
    )


def specified(options: CreateOptions) -> tuple[ImageSpec, Path, tuple[str, ...]]:
    """Decide what an image is, before its assets are read.

    Returns:
        The image, the docker-build that is used, and what was decided about that.

    Raises:
        SpecError: It is impossible; the hint says what is possible.
    """
    known = catalog.load()
    release = known.release(options.release or known.default).version
    target = Target.parse(options.device_type)
    folder, notes = _build_folder(options.build_folder)
    spec = ImageSpec(
        release=release,
        target=target,
        platform=_platform(target, known, release),
        variant=_variant(options),
        backends=tuple(dict.fromkeys(options.backends)),
        run=options.run,
        base_image=options.base_image,
        base_registry=options.base_registry,
        labels=tuple(label_text.parse(text) for text in options.labels),
        pip_index_url=options.pip_index_url,
        ca_bundle=options.ca_bundle is not None,
        lock=options.lock,
    )
    if options.pyds_wheel:
        if target is Target.CPU:
            raise SpecError("a CPU image has no pyds wheel: the simulator brings its own", hint="Leave it out.")
        spec = spec.with_wheel(*context.wheel_name(options.pyds_wheel, spec, known))
    return spec, folder, notes


def _build_folder(given: Path | None) -> tuple[Path, tuple[str, ...]]:
    if given is None:
        return resources.DOCKER_BUILD, ()
    if not files.is_folder(given):
        raise SpecError(
            f"--build-dir '{given}' is not a folder", hint="Leave it out to use the docker-build that azdacli brings."
        )
    lacking = [name for name in _BUILD_FILES if not files.is_file(given / name)]
    if not lacking:
        return given, ()
    missing = lacking[0].partition("/")[0]
    return resources.DOCKER_BUILD, (f"'{given}' holds no {missing}: using the docker-build that azdacli brings",)


def _platform(target: Target, known: catalog.Catalog, release: str) -> str:
    if target is not Target.CPU:
        return known.hardware(release, target).platform
    return "linux/arm64" if platform.machine().lower() in _ARM else "linux/amd64"


def _variant(options: CreateOptions) -> str:
    if options.backends and options.variant not in (None, catalog.TRITON):
        raise SpecError(
            f"--backend goes with the triton images, not with '{options.variant}'",
            hint="Leave --deepstream-image-type out, or say triton.",
        )
    if options.backends:
        return catalog.TRITON
    return (options.variant or catalog.SAMPLES).lower()


def _file_warnings(added: Sequence[Asset]) -> list[str]:
    return [
        f"the file {asset.source} becomes the file {asset.target}; "
        f"write '{asset.target}/' to put it into a folder of that name"
        for asset in added
        if files.is_file(asset.source) and asset.source.suffix and "." not in asset.target.rpartition("/")[2]
        if not asset.target.endswith("/")
    ]


def _unverified(spec: ImageSpec, known: catalog.Catalog) -> list[str]:
    return [f"unverified: {what}; please report what you see" for what in dockerfile.unverified(spec, known)]
