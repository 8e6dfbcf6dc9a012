"""`azdacli publish`."""

import sys
import threading
from typing import Annotated, Any

import typer

from azdacli.cli import console, options
from azdacli.errors import AzdaError, SpecError

EXAMPLES = (
    'azdacli publish --base registry.io/byom:1 --add "./custom-assets /custom-assets" --image registry.io/byom:2',
    "azdacli publish --base registry.io/runtime:2 --rebase registry.io/byom:1 --image registry.io/byom:2",
)


def publish(
    base: Annotated[
        str,
        typer.Option("--base", metavar="IMAGE", help="The runtime image to put the assets on; oci:DIR for a layout."),
    ],
    image: Annotated[
        str,
        typer.Option("--image", metavar="IMAGE", help="The image to make, with its registry; oci:DIR for a layout."),
    ],
    *,
    rebase: Annotated[
        str,
        typer.Option(metavar="IMAGE", help="Move the assets of this published image to the base, instead of --add."),
    ] = "",
    platform: Annotated[
        str | None,
        typer.Option(
            metavar="PLATFORM",
            help="Which image of a base for several: linux/arm64 or linux/amd64.",
            autocompletion=options.one_of(options.PLATFORMS),
        ),
    ] = None,
    add: options.Add = None,
    build_dir: options.BuildDir = None,
    label: options.Label = None,
    run: Annotated[list[str] | None, typer.Option("--run", hidden=True)] = None,
    username: options.Username = "",
    password_stdin: options.PasswordStdin = False,
    auth: options.Auth = "auto",
    base_auth: options.BaseAuth = "auto",
    ca_bundle: options.CaBundle = None,
    insecure: options.Insecure = False,
    no_validate: options.NoValidate = False,
    verify: Annotated[
        bool,
        typer.Option(
            "--verify", rich_help_panel=options.CHECKS, help="Read every file, also those known from earlier runs."
        ),
    ] = False,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run", rich_help_panel=options.CHECKS, help="Print what would be sent and what exists; write nothing."
        ),
    ] = False,
    sbom: options.Sbom = None,
    as_json: options.Json = False,
) -> None:
    """Add a new model or parser to an image in a registry, without a container engine."""
    from azdacli.cli import publish_flow  # heavy: `--help` must not wait for it
    from azdacli.publish import child_process  # heavy: `--help` must not wait for it

    if dry_run and sbom:
        raise SpecError("--dry-run makes no image that --sbom could describe", hint="Leave out one of them.")
    typed = publish_flow.PublishOptions(
        base=base,
        image=image,
        add=tuple(add or ()),
        rebase=rebase,
        run=tuple(run or ()),
        build_folder=build_dir,
        platform=platform,
        labels=tuple(label or ()),
        verify=verify,
        validate=not no_validate,
        username=username,
        read_stdin=sys.stdin.readline if password_stdin else None,
        ask=console.ask_password if sys.stdin.isatty() else None,
        auth=auth,
        base_auth=base_auth,
        ca_bundle=ca_bundle,
        insecure=insecure,
        sbom=sbom,
    )
    publication = publish_flow.Publication(typed)
    if dry_run:
        would = publication.rehearse()
        if as_json:
            console.result_json(would.as_json())
        else:
            console.result(would.as_text())
        return
    if not publication.is_remote:
        _answer(publication, threading.Event(), as_json=as_json)
        return
    code = child_process.run(
        lambda over: _reported(publication, over, as_json=as_json),
        lambda: console.note("ending what is under way, so that another run can go on; interrupt again to end at once"),
    )
    if code:
        raise typer.Exit(code)


def _reported(publication: Any, over: threading.Event, *, as_json: bool) -> int:
    try:
        _answer(publication, over, as_json=as_json)
    except AzdaError as error:
        console.failure(error, as_json=as_json)
        return error.exit_code
    return 0


def _answer(publication: Any, over: threading.Event, *, as_json: bool) -> None:
    answer = publication.publish(over)
    if as_json:
        console.result_json(answer.as_json())
    else:
        console.result(answer.pinned)
