"""`azdacli publish`."""

import sys
import threading
from pathlib import Path
from typing import Annotated, Any

import typer

from azdacli.cli import console
from azdacli.errors import AzdaError


def publish(
    base: Annotated[str, typer.Option("--base", help="The runtime image to put the assets on; oci:DIR for a layout.")],
    image: Annotated[str, typer.Option("--image", help="The image to make, with its registry; oci:DIR for a layout.")],
    *,
    add: Annotated[
        list[str] | None,
        typer.Option("--add", metavar='"SOURCE TARGET"', help="A file or folder to put into the image; repeatable."),
    ] = None,
    rebase: Annotated[
        str,
        typer.Option(metavar="IMAGE", help="Move the assets of this published image to the base, instead of --add."),
    ] = "",
    run: Annotated[list[str] | None, typer.Option("--run", hidden=True)] = None,
    build_dir: Annotated[
        Path | None, typer.Option(help="The docker-build folder; what --add names is also looked for beside and in it.")
    ] = None,
    platform: Annotated[
        str | None, typer.Option(help="Which image of a base for several: linux/arm64 or linux/amd64.")
    ] = None,
    label: Annotated[list[str] | None, typer.Option(metavar="NAME=VALUE", help="A label; repeatable.")] = None,
    verify: Annotated[
        bool, typer.Option("--verify", help="Read every file, also those known from earlier runs.")
    ] = False,
    no_validate: Annotated[
        bool, typer.Option("--no-validate", help="Do not check the parsers and configurations among the assets.")
    ] = False,
    username: Annotated[str, typer.Option("--username", "-u", help="Who you are to the image's registry.")] = "",
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input.")
    ] = False,
    auth: Annotated[
        str, typer.Option(help="Where the login comes from: auto, docker, password, entra or anonymous.")
    ] = "auto",
    base_auth: Annotated[
        str,
        typer.Option(
            help="Where the login comes from for a --base or --rebase in another registry: auto (what docker has "
            "stored for it, or none), docker, entra or anonymous."
        ),
    ] = "auto",
    ca_bundle: Annotated[Path | None, typer.Option(help="Certificates (PEM) of the registry.")] = None,
    insecure: Annotated[bool, typer.Option("--insecure", help="Allow plain http to the registry.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of name@digest.")] = False,
) -> None:
    """Put a new model or parser on an image in a registry, without a container engine."""
    from azdacli.cli import publish_flow  # noqa: PLC0415 # heavy: `--help` must not wait for it
    from azdacli.publish import child_process  # noqa: PLC0415 # heavy: `--help` must not wait for it

    words = publish_flow.Words(
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
    )
    request = publish_flow.Request(words)
    if not request.is_remote:
        _answer(request, threading.Event(), as_json=json)
        return
    code = child_process.run(
        lambda over: _reported(request, over, as_json=json),
        lambda: console.note("ending what is under way, so that another run can go on; interrupt again to end at once"),
    )
    if code:
        raise typer.Exit(code)


def _reported(request: Any, over: threading.Event, *, as_json: bool) -> int:
    try:
        _answer(request, over, as_json=as_json)
    except AzdaError as error:
        console.failure(error)
        return error.exit_code
    return 0


def _answer(request: Any, over: threading.Event, *, as_json: bool) -> None:
    answer = request.publish(over)
    if as_json:
        console.result_json(answer.as_json())
    else:
        console.result(answer.pinned)
