"""`azdacli deploy`."""

from pathlib import Path
from typing import Annotated

import typer

from azdacli.cli import console, options

EXAMPLES = (
    "azdacli deploy --device my-jetson --hub my-hub config/deployment.default.arm64.json",
    "azdacli deploy --device my-jetson --hub my-hub --dry-run config/deployment.default.arm64.json",
)


def deploy(
    manifest: Annotated[Path, typer.Argument(help="The manifest, `-` for standard input.")],
    *,
    device: Annotated[str, typer.Option("--device", "-d", metavar="ID", help="The edge device's id.")],
    hub: Annotated[str, typer.Option("--hub", metavar="HUB", help="The IoT hub: its name, or its host.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the call and stop; no token is fetched.")] = False,
    ca_bundle: options.CaBundle = None,
    strict: options.Strict = False,
    as_json: options.Json = False,
) -> None:
    """Send a manifest to a device through its IoT hub.

    The device's modules become exactly those of the manifest: a module that is not in it is removed.
    """
    from azdacli.cli import manifest_flow  # heavy: `--help` must not wait for them
    from azdacli.edge import iot_hub  # heavy: `--help` must not wait for them
    from azdacli.manifest.options import ManifestOptions

    work = manifest_flow.Work(options=ManifestOptions(), strict=strict, as_json=as_json)
    document = manifest_flow.read(manifest)
    call = iot_hub.Deployment(hub=iot_hub.host(hub), device=device, content=document)
    work.check_document(document, str(manifest))
    reported = {"device": device, "hub": call.hub, "dryRun": dry_run}
    if dry_run:
        console.result_json({"ok": True, **reported, **call.shown()}) if as_json else console.result(call.as_text())
        return
    iot_hub.deploy(call, token=iot_hub.entra_token, ca_bundle=ca_bundle)
    console.note(f"{call.hub} took the deployment of '{device}'; the device follows when it is connected")
    console.result_json({"ok": True, **reported}) if as_json else console.result(device)
