"""What `create` and `build` share: find the engine and the builder, build, show it, answer."""

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass

from azdacli.cli import console, progress
from azdacli.engine import docker, select
from azdacli.engine.base import BuildOptions
from azdacli.errors import SpecError
from azdacli.oci.reference import Reference


@dataclass(frozen=True, kw_only=True, slots=True)
class Built:
    """An image that the engine now holds."""

    id: str
    tag: str
    platform: str | None
    builder: str


def options(
    tag: str, *, platform: str | None, no_cache: bool, network: str | None, dockerfile: str = "Dockerfile"
) -> BuildOptions:
    """Check the name and gather how to build.

    Raises:
        SpecError: There is no name, or it is none that an engine takes.
    """
    if not tag:
        raise SpecError("the image needs a name", hint="Write --tag azda-byom-example.")
    reference = Reference.parse(tag)
    if reference.digest:
        raise SpecError(f"'{tag}' names a digest, which is known only after the build", hint="Omit '@sha256:…'.")
    return BuildOptions(
        tag=reference.familiar, platform=platform, no_cache=no_cache, network=network, dockerfile=dockerfile
    )


def notify(notes: Iterable[str], warnings: Iterable[str]) -> None:
    """Say what was decided on the user's behalf."""
    for line in notes:
        console.note(line)
    for line in warnings:
        console.warning(line)


def build(context: Iterable[bytes], size: int, how: BuildOptions, *, builder: str) -> Built:
    """Build one image and return it.

    Raises:
        EngineError: No engine answers, or it refused.
        BuildError: A step failed.
    """
    with contextlib.closing(docker.connect()) as engine:
        chosen = select.choose(builder, engine)
        name = select.SDK if chosen is engine else select.BUILDX
        console.note(f"building {how.tag} with {'the classic builder' if name == select.SDK else 'BuildKit'}")
        with progress.shown() as listener:
            counted = progress.counted(context, size, listener, item="context")
            image = chosen.build(counted, how, listener)
    return Built(id=image, tag=how.tag, platform=how.platform, builder=name)


def answer(built: Built, *, as_json: bool) -> None:
    """Print the image's id, or the object of `data/schemas/create.json`."""
    if as_json:
        console.result_json(
            {"ok": True, "id": built.id, "tag": built.tag, "platform": built.platform, "builder": built.builder}
        )
    else:
        console.result(built.id)


def answer_dockerfile(text: str, *, as_json: bool) -> None:
    """Print a Dockerfile, or the object of `data/schemas/create.json`."""
    if as_json:
        console.result_json({"ok": True, "dockerfile": text})
    else:
        console.result(text)
