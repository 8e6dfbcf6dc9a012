"""`azdacli push`."""

import contextlib
import sys
from pathlib import Path
from typing import Annotated

import typer

from azdacli.cli import console, options

EXAMPLES = (
    "azdacli push --image-name azda-byom-example --container-registry myregistry.azurecr.io --username me",
    "azdacli push --image-name azda-byom-example --container-registry myregistry.azurecr.io --env-file .env",
)


def push(
    image_name: Annotated[str, typer.Option("--image-name", metavar="NAME", help="The image, as `create` named it.")],
    container_registry: Annotated[
        str | None, typer.Option(metavar="HOST", help="Where it goes, for example myregistry.azurecr.io.")
    ] = None,
    *,
    username: options.Username = "",
    password_stdin: options.PasswordStdin = False,
    auth: options.Auth = "auto",
    ca_bundle: options.CaBundle = None,
    insecure: options.Insecure = False,
    env_file: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            rich_help_panel=options.OUTPUT,
            help="Write the image's name into this .env, as DS_AI_PIPELINE_IMAGE_URI; as BUSINESS_LOGIC_IMAGE_URI "
            "where azdacli did not make the image.",
        ),
    ] = None,
    env_name: Annotated[
        str | None,
        typer.Option(metavar="VARIABLE", rich_help_panel=options.OUTPUT, help="With --env-file: the variable to set."),
    ] = None,
    sbom: options.Sbom = None,
    as_json: options.Json = False,
) -> None:
    """Push an image to a registry, and print its name with its digest."""
    from azdacli.auth import keychain  # heavy: not for `--help`
    from azdacli.cli import confirm_flow, push_flow  # heavy: not for `--help`
    from azdacli.oci import registry as oci_registry  # heavy: not for `--help`
    from azdacli.util import env_file as env  # same

    if env_name is not None:
        push_flow.check_variable(env_name, env_file)
    to = push_flow.destination(image_name, container_registry)
    bill = None
    if sbom is not None:
        from azdacli.cli import sbom_flow  # slow to import, and only --sbom needs it

        bill = sbom_flow.read(sbom)
    options = keychain.LoginOptions(
        registry=to.registry,
        auth=keychain.Auth.parse(auth),
        username=username,
        read_stdin=sys.stdin.readline if password_stdin else None,
        ask=console.ask_password if sys.stdin.isatty() else None,
        ca_bundle=ca_bundle,
        insecure=insecure,
    )
    login = keychain.find(to.registry, to.repository, options, log=console.note)
    registry = oci_registry.connect(to.registry, login, ca_bundle=ca_bundle, insecure=insecure, log=console.note)
    attached = None
    with contextlib.closing(registry):
        pushed = push_flow.push(image_name, to, login, lambda reference: oci_registry.digest_of(registry, reference))
        confirm_flow.confirm(to, pushed.digest, login, ca_bundle=ca_bundle)
        if bill is not None:
            attached = sbom_flow.attach(registry.repository(to.repository, push=True), pushed.digest, bill)
    if env_file:
        variable = env_name or pushed.variable
        env.set_variable(env_file, variable, str(to))
        why = "" if env_name or pushed.is_pipeline else ": azdacli did not make this image; --env-name chooses another"
        console.note(f"wrote {variable} to {env_file}{why}")
    if as_json:
        console.result_json(
            {"ok": True, "image": str(to), "digest": pushed.digest, "pinned": pushed.pinned, "sbom": attached}
        )
    else:
        console.result(pushed.pinned)
