"""`azdacli doctor`."""

import os
import platform
from pathlib import Path
from typing import Annotated

import typer

from azdacli import __version__
from azdacli.cli import console
from azdacli.doctor.options import Options


def doctor(
    checks: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[CHECK]...", help="The checks to make, such as `engine`; all without it.", show_default=False
        ),
    ] = None,
    *,
    device: Annotated[bool, typer.Option("--device", help="This machine is the device that a module runs on.")] = False,
    device_type: Annotated[
        str, typer.Option("--device-type", help="dGPU, Jetson or CPU: what is to be built here.", show_default=False)
    ] = "",
    deepstream: Annotated[
        str, typer.Option(envvar="AZDA_DEEPSTREAM", metavar="RELEASE", help="DeepStream release.", show_default=False)
    ] = "",
    deepstream_image_type: Annotated[
        str, typer.Option(metavar="VARIANT", help="NVIDIA's image: samples, triton, gc-triton-devel.")
    ] = "samples",
    base_image: Annotated[str, typer.Option(help="The image that is built on.", show_default=False)] = "",
    base_registry: Annotated[
        str,
        typer.Option(envvar="AZDA_BASE_REGISTRY", help="A mirror to take NVIDIA's images from.", show_default=False),
    ] = "",
    container_registry: Annotated[
        list[str] | None, typer.Option(help="A registry to sign in to; repeatable.", show_default=False)
    ] = None,
    ca_bundle: Annotated[
        Path | None, typer.Option(envvar="AZDA_CA_BUNDLE", help="Certificates (PEM) to trust besides the usual ones.")
    ] = None,
    insecure: Annotated[bool, typer.Option("--insecure", help="Allow plain http to registries.")] = False,
    image: Annotated[
        str, typer.Option(help="With --device: the image to try on this device.", show_default=False)
    ] = "",
    module: Annotated[str, typer.Option(help="With --device: the name of the module's container.")] = "ai-pipeline",
    json_output: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Look at this machine, and say what is wrong with it and what cures it."""
    options = Options(
        device=device,
        checks=tuple(checks or ()),
        device_type=device_type,
        release=deepstream,
        variant=deepstream_image_type,
        base_image=base_image,
        base_registry=base_registry,
        registries=tuple(container_registry or ()),
        ca_bundle=ca_bundle,
        insecure=insecure,
        image=image,
        module=module,
        environment=dict(os.environ),
    )
    from azdacli.doctor import examination  # noqa: PLC0415 # a wrong option costs nothing

    report = examination.examine(options)
    if json_output:
        kind = "device" if device else "workstation"
        console.result_json(report.as_json(version=__version__, machine=kind, system=platform.system()))
    else:
        console.result("\n".join(report.as_lines()))
    raise typer.Exit(report.exit_code)
