"""`azdacli build`."""

from pathlib import Path
from typing import Annotated

import typer


def build(
    path: Annotated[Path, typer.Option("--path", help="A Dockerfile, or the folder that holds it.")],
    tag: Annotated[str, typer.Option("--tag", "-t", help="Name of the image.")],
    *,
    platform: Annotated[
        str | None, typer.Option(help="linux/amd64 or linux/arm64; the engine's own without it.")
    ] = None,
    builder: Annotated[
        str, typer.Option(envvar="AZDA_BUILDER", help="auto, sdk (classic builder) or buildx (BuildKit).")
    ] = "auto",
    no_cache: Annotated[bool, typer.Option("--no-cache", help="Run every step again.")] = False,
    network: Annotated[
        str | None, typer.Option(envvar="AZDA_NETWORK", help="Network of the build's commands, as docker names it.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of the image's id.")] = False,
) -> None:
    """Build any other Dockerfile, such as the business logic's."""
    from azdacli.cli import build_flow  # noqa: PLC0415 # heavy: `--help` must not wait for them
    from azdacli.engine import dockerignore  # noqa: PLC0415 # heavy: `--help` must not wait for them
    from azdacli.util import tarball  # noqa: PLC0415 # heavy: `--help` must not wait for them

    folder, dockerfile = dockerignore.find(path)
    entries = dockerignore.entries(folder, dockerfile)
    options = build_flow.options(tag, platform=platform, no_cache=no_cache, network=network, dockerfile=dockerfile)
    built = build_flow.build(tarball.stream(entries), tarball.size(entries), options, builder=builder)
    build_flow.answer(built, as_json=json)
