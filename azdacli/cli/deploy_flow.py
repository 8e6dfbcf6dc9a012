"""What `deploy` does: to which devices, the checks before, the call, the answer."""

from dataclasses import dataclass
from pathlib import Path

import typer

from azdacli.cli import console, manifest_flow
from azdacli.edge import automatic_deployment, hub_call, iot_hub
from azdacli.edge.automatic_deployment import AutomaticDeployment
from azdacli.manifest.options import ManifestOptions


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """What was typed about many devices.

    Attributes:
        condition: Which devices.
        priority: Of several deployments the highest is taken.
        id: The deployment's id.
        labels: Each NAME=VALUE.
        update: Whether the deployment exists.
    """

    condition: str | None = None
    priority: int | None = None
    id: str | None = None
    labels: tuple[str, ...] = ()
    update: bool = False

    def typed(self) -> str | None:
        """The first option that only a condition gives a meaning."""
        given = {
            "--priority": self.priority is not None,
            "--id": self.id is not None,
            "--deployment-label": bool(self.labels),
            "--update": self.update,
        }
        return next((name for name, is_given in given.items() if is_given), None)


def target(device: str | None, group: Group) -> str | Group:
    """Which of the two was meant: one device, or all that meet a condition.

    Raises:
        BadParameter: Both, or none.
    """
    if device is not None and group.condition is not None:
        raise typer.BadParameter(
            "goes without --device: name one device, or a condition", param_hint="--target-condition"
        )
    if group.condition is not None:
        return group
    if device is None:
        raise typer.BadParameter(
            "missing; name one device, or with --target-condition all that meet a condition", param_hint="--device"
        )
    if name := group.typed():
        raise typer.BadParameter("goes with --target-condition, not with --device", param_hint=name)
    return device


def run(
    wanted: str | Group,
    manifest: Path,
    hub: str,
    *,
    dry_run: bool,
    ca_bundle: Path | None,
    strict: bool,
    as_json: bool,
) -> None:
    """Check the manifest, then make the call or show it."""
    work = manifest_flow.Work(options=ManifestOptions(), strict=strict, as_json=as_json)
    document = manifest_flow.read(manifest)
    host = hub_call.host(hub)
    call: hub_call.Call
    if isinstance(wanted, Group):
        call = AutomaticDeployment(
            hub=host,
            content=document,
            id=wanted.id or automatic_deployment.default_id(manifest.name, document),
            condition=wanted.condition or "",
            priority=wanted.priority or 0,
            labels=automatic_deployment.labels_of(wanted.labels),
            update=wanted.update,
        )
    else:
        call = hub_call.Deployment(hub=host, device=wanted, content=document)
    work.check_document(document, str(manifest), layers=isinstance(wanted, Group))
    reported = {**call.target, "hub": call.hub, "dryRun": dry_run}
    if dry_run:
        console.result_json({"ok": True, **reported, **call.shown()}) if as_json else console.result(call.as_text())
        return
    iot_hub.deploy(call, token=iot_hub.entra_token, ca_bundle=ca_bundle)
    console.note(f"{call.hub} took the deployment {call.about}; {_FOLLOWS[isinstance(wanted, Group)]}")
    answer = next(iter(call.target.values()))
    console.result_json({"ok": True, **reported}) if as_json else console.result(str(answer))


_FOLLOWS = {
    False: "the device follows when it is connected",
    True: "each device that meets the condition follows when it is connected",
}
