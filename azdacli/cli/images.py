"""`azdacli images`."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from azdacli.cli import console, options

EXAMPLES = (
    "azdacli images myregistry.azurecr.io/pose --manifest config/deployment.default.arm64.json",
    "azdacli images myregistry.azurecr.io/pose --keep 5 --delete-untagged",
)
REMOVAL = "Deleting and locking"


def images(
    repository: Annotated[
        str,
        typer.Argument(
            metavar="[REGISTRY/REPOSITORY]",
            help="The repository; without it the one of the pipeline's image in --manifest or on --device.",
        ),
    ] = "",
    *,
    manifest: Annotated[
        Path | None, typer.Option("--manifest", metavar="FILE", help="Say which version a deployment manifest names.")
    ] = None,
    device: Annotated[
        str, typer.Option("--device", "-d", metavar="ID", help="Say which version a device runs; with --hub.")
    ] = "",
    hub: Annotated[str, typer.Option("--hub", metavar="HUB", help="The IoT hub: its name, or its host.")] = "",
    delete_untagged: Annotated[
        bool,
        typer.Option("--delete-untagged", rich_help_panel=REMOVAL, help="Delete the versions without a tag (Azure)."),
    ] = False,
    keep: Annotated[
        int | None,
        typer.Option(
            "--keep", min=1, metavar="N", rich_help_panel=REMOVAL, help="Delete all tagged versions but the newest N."
        ),
    ] = None,
    lock: Annotated[
        list[str] | None,
        typer.Option(
            "--lock",
            metavar="TAG",
            rich_help_panel=REMOVAL,
            help="Forbid that a version is deleted or changed (Azure); repeatable.",
        ),
    ] = None,
    unlock: Annotated[
        list[str] | None,
        typer.Option("--unlock", metavar="TAG", rich_help_panel=REMOVAL, help="Allow it again; repeatable."),
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", rich_help_panel=REMOVAL, help="Delete without asking; else it is shown.")
    ] = False,
    username: options.Username = "",
    password_stdin: options.PasswordStdin = False,
    auth: options.Auth = "auto",
    ca_bundle: options.CaBundle = None,
    insecure: options.Insecure = False,
    as_json: options.Json = False,
) -> None:
    """List the versions of an image in its registry, and delete or lock them."""
    from azdacli.auth import keychain  # heavy: not for `--help`
    from azdacli.cli import images_flow  # same

    used = images_flow.uses(manifest, device, hub, ca_bundle=ca_bundle)
    reference = images_flow.repository_of(repository, used)
    login = keychain.LoginOptions(
        registry=reference.registry if repository else "",
        auth=keychain.Auth.parse(auth),
        username=username,
        read_stdin=sys.stdin.readline if password_stdin else None,
        ask=console.ask_password if sys.stdin.isatty() else None,
        ca_bundle=ca_bundle,
        insecure=insecure,
    )
    login.check_named("Name the repository on the command line.", console.note)
    asked = images_flow.Asked(
        keep=keep, untagged=delete_untagged, lock=tuple(lock or ()), unlock=tuple(unlock or ()), yes=yes
    )
    with images_flow.opened(reference, login) as (inventory, versions):
        answer = images_flow.run(reference, inventory, versions, used, asked)
    console.result_json(answer.as_json()) if as_json else console.result(answer.as_text())
