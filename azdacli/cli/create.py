"""`azdacli create`."""

from pathlib import Path
from typing import Annotated

import typer


def create(
    device_type: Annotated[str, typer.Option("--device-type", help="dGPU, Jetson or CPU.")],
    tag: Annotated[str, typer.Option("--tag", "-t", help="Name of the image; needed to build.")] = "",
    *,
    add: Annotated[
        list[str] | None,
        typer.Option("--add", metavar='"SOURCE TARGET"', help="A file or folder to put into the image; repeatable."),
    ] = None,
    run: Annotated[
        list[str] | None,
        typer.Option("--run", metavar="COMMAND", help="A shell command to run in the build; repeatable."),
    ] = None,
    build_dir: Annotated[
        Path | None,
        typer.Option(help="The docker-build folder; what --add names is also looked for beside and in it."),
    ] = None,
    deepstream: Annotated[
        str,
        typer.Option(
            envvar="AZDA_DEEPSTREAM", metavar="RELEASE", help="DeepStream release, 6.4 to 9.1; 7.1 without it."
        ),
    ] = "",
    deepstream_image_type: Annotated[
        str | None, typer.Option(metavar="VARIANT", help="NVIDIA's image: samples, triton, gc-triton-devel.")
    ] = None,
    backend: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="A Triton backend to copy onto the samples image; repeatable. Without it all are there.",
        ),
    ] = None,
    build_image: Annotated[
        bool, typer.Option("--build-image/--no-build-image", help="Build, or print the Dockerfile alone.")
    ] = True,
    builder: Annotated[
        str, typer.Option(envvar="AZDA_BUILDER", help="auto, sdk (classic builder) or buildx (BuildKit).")
    ] = "auto",
    no_cache: Annotated[bool, typer.Option("--no-cache", help="Run every step again.")] = False,
    network: Annotated[
        str | None, typer.Option(envvar="AZDA_NETWORK", help="Network of the build's commands, as docker names it.")
    ] = None,
    label: Annotated[list[str] | None, typer.Option(metavar="NAME=VALUE", help="A label; repeatable.")] = None,
    base_image: Annotated[str | None, typer.Option(help="Build on this image instead of NVIDIA's.")] = None,
    base_registry: Annotated[
        str | None, typer.Option(envvar="AZDA_BASE_REGISTRY", help="A mirror to take NVIDIA's images from.")
    ] = None,
    ca_bundle: Annotated[
        Path | None,
        typer.Option(
            envvar="AZDA_CA_BUNDLE", help="Certificates (PEM) that the build trusts; they do not get into the image."
        ),
    ] = None,
    pip_index_url: Annotated[
        str | None, typer.Option(envvar="AZDA_PIP_INDEX_URL", help="Where pip looks during the build.")
    ] = None,
    pyds_wheel: Annotated[
        Path | None,
        typer.Option(
            envvar="AZDA_PYDS_WHEEL", help="DeepStream's Python bindings as a file, for sites without GitHub."
        ),
    ] = None,
    no_validate: Annotated[
        bool, typer.Option("--no-validate", help="Do not check the parsers and configurations among the assets.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of the image's id.")] = False,
) -> None:
    """Build an image from a model, its configuration and its parser."""
    from azdacli.cli import build_flow, check_flow  # noqa: PLC0415 # heavy: `--help` must not wait for them
    from azdacli.image import assets  # noqa: PLC0415 # heavy: `--help` must not wait for them
    from azdacli.image import request as image_request  # noqa: PLC0415 # same

    words = image_request.Words(
        device_type=device_type,
        release=deepstream,
        variant=deepstream_image_type,
        backends=tuple(backend or ()),
        run=tuple(run or ()),
        add=tuple(add or ()),
        build_folder=build_dir,
        labels=tuple(label or ()),
        base_image=base_image,
        base_registry=base_registry,
        ca_bundle=ca_bundle,
        pip_index_url=pip_index_url,
        pyds_wheel=pyds_wheel,
    )
    added = assets.find(words.add, build_dir)
    if not no_validate:
        check_flow.validate(added, release=words.release, device_type=device_type, runs=words.run)
    request = image_request.read(words, added)
    build_flow.tell(request.notes, request.warnings)
    if not build_image:
        build_flow.answer_dockerfile(request.context.dockerfile, as_json=json)
        return
    options = build_flow.options(tag, platform=request.spec.platform, no_cache=no_cache, network=network)
    built = build_flow.build(request.context.stream(), request.context.size, options, builder=builder)
    build_flow.answer(built, as_json=json)
