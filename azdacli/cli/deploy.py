"""`azdacli deploy`."""

from pathlib import Path
from typing import Annotated

import typer

from azdacli.cli import options

EXAMPLES = (
    "azdacli deploy --device my-jetson --hub my-hub config/deployment.default.arm64.json",
    "azdacli deploy --target-condition \"tags.site='north'\" --priority 10 --hub my-hub config/deployment.json",
)
MANY = "Many devices"


def deploy(
    manifest: Annotated[Path, typer.Argument(help="The manifest, `-` for standard input.")],
    *,
    device: Annotated[str | None, typer.Option("--device", "-d", metavar="ID", help="The edge device's id.")] = None,
    hub: Annotated[str, typer.Option("--hub", metavar="HUB", help="The IoT hub: its name, or its host.")],
    target_condition: Annotated[
        str | None,
        typer.Option(
            metavar="CONDITION",
            help="Every device that meets it, now and later: tags.site='north'; '*' for all.",
            rich_help_panel=MANY,
        ),
    ] = None,
    priority: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            help="Of several deployments for a device the highest is taken. Default: 0.",
            rich_help_panel=MANY,
        ),
    ] = None,
    deployment_id: Annotated[
        str | None,
        typer.Option(
            "--id", metavar="ID", help="The deployment's id. Default: file name and digest.", rich_help_panel=MANY
        ),
    ] = None,
    label: Annotated[
        list[str] | None,
        typer.Option(
            "--deployment-label",
            metavar="NAME=VALUE",
            help="Describes the deployment. Repeatable.",
            rich_help_panel=MANY,
        ),
    ] = None,
    update: Annotated[
        bool,
        typer.Option(
            "--update",
            help="Change condition, priority and labels of the deployment that is there.",
            rich_help_panel=MANY,
        ),
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the call and stop; no token is fetched.")] = False,
    ca_bundle: options.CaBundle = None,
    strict: options.Strict = False,
    as_json: options.Json = False,
) -> None:
    """Send a manifest to a device, or to many, through IoT Hub.

    The device's modules become exactly those of the manifest: a module that is not in it is removed. With
    --target-condition the hub itself deploys to every device that meets it; layered deployments add modules and routes.
    """
    from azdacli.cli import deploy_flow  # heavy: `--help` must not wait for it

    group = deploy_flow.Group(
        condition=target_condition, priority=priority, id=deployment_id, labels=tuple(label or ()), update=update
    )
    deploy_flow.run(
        deploy_flow.target(device, group),
        manifest,
        hub,
        dry_run=dry_run,
        ca_bundle=ca_bundle,
        strict=strict,
        as_json=as_json,
    )
