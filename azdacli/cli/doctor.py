"""`azdacli doctor`."""

import os
import platform
from typing import Annotated

import typer

from azdacli import __version__
from azdacli.cli import console, options
from azdacli.doctor.options import DEVICE, WORKSTATION, Options

EXAMPLES = (
    "azdacli doctor --device-type Jetson --container-registry myregistry.azurecr.io",
    "azdacli doctor --device --image myregistry.azurecr.io/azda-byom-example:1.1",
)


def _names(incomplete: str) -> list[str]:
    return [name for name in dict.fromkeys((*WORKSTATION, *DEVICE)) if name.startswith(incomplete)]


def doctor(
    checks: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[CHECK]...",
            help="The checks to make, such as `engine`; all without it.",
            show_default=False,
            autocompletion=_names,
        ),
    ] = None,
    *,
    device: Annotated[bool, typer.Option("--device", help="This machine is the device that a module runs on.")] = False,
    device_type: options.DeviceType = "",
    deepstream: options.Release = "",
    deepstream_image_type: options.Variant = None,
    base_image: options.BaseImage = None,
    base_registry: options.BaseRegistry = None,
    container_registry: Annotated[
        list[str] | None,
        typer.Option(metavar="HOST", rich_help_panel=options.REGISTRY, help="A registry to sign in to; repeatable."),
    ] = None,
    ca_bundle: options.CaBundle = None,
    insecure: options.Insecure = False,
    image: Annotated[str, typer.Option(metavar="IMAGE", help="With --device: the image to try on this device.")] = "",
    module: Annotated[
        str, typer.Option(metavar="NAME", help="With --device: the name of the module's container.")
    ] = "ai-pipeline",
    as_json: options.Json = False,
) -> None:
    """Check this machine, and show the command that fixes each finding."""
    asked = Options(
        device=device,
        checks=tuple(checks or ()),
        device_type=device_type,
        release=deepstream,
        variant=deepstream_image_type or "samples",
        base_image=base_image or "",
        base_registry=base_registry or "",
        registries=tuple(container_registry or ()),
        ca_bundle=ca_bundle,
        insecure=insecure,
        image=image,
        module=module,
        environment=dict(os.environ),
    )
    from azdacli.doctor import examination  # a wrong option costs nothing

    report = examination.examine(asked)
    if as_json:
        kind = "device" if device else "workstation"
        console.result_json(report.as_json(version=__version__, machine=kind, system=platform.system()))
    else:
        console.result("\n".join(report.as_lines()))
    raise typer.Exit(report.exit_code)
