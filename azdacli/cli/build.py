"""`azdacli build`."""

from pathlib import Path
from typing import Annotated

import typer

from azdacli.cli import options

EXAMPLES = (
    "azdacli build --path ./business-logic --tag business-logic:1",
    "azdacli build --path ./business-logic --tag business-logic:1 --platform linux/arm64",
)


def build(
    path: Annotated[Path, typer.Option("--path", metavar="PATH", help="A Dockerfile, or the folder that holds it.")],
    tag: options.Tag,
    *,
    platform: options.Platform = None,
    builder: options.Builder = "auto",
    no_cache: options.NoCache = False,
    network: options.Network = None,
    as_json: options.Json = False,
) -> None:
    """Build any other Dockerfile, such as the business logic's."""
    from azdacli.cli import build_flow  # heavy: `--help` must not wait for them
    from azdacli.engine import dockerignore  # heavy: `--help` must not wait for them
    from azdacli.util import tarball  # heavy: `--help` must not wait for them

    folder, dockerfile = dockerignore.find(path)
    entries = dockerignore.entries(folder, dockerfile)
    how = build_flow.options(tag, platform=platform, no_cache=no_cache, network=network, dockerfile=dockerfile)
    built = build_flow.build(tarball.stream(entries), tarball.size(entries), how, builder=builder)
    build_flow.answer(built, as_json=as_json)
