"""What a device must have before a module runs on it."""

from collections.abc import Mapping, Sequence

from azdacli.doctor.checks import packages
from azdacli.doctor.facts.device import USER, Port, Volume
from azdacli.doctor.facts.machine import Entry, Host
from azdacli.doctor.finding import Finding, failed, passed, unknown
from azdacli.errors import ManifestError

PORTS, VOLUMES, IOT_EDGE, EDGE_IMAGES = "ports", "volumes", "iot-edge", "edge-images"
_CODE = ManifestError.exit_code
_OWNER_WRITES, _GROUP_WRITES, _ALL_WRITE = 0o200, 0o020, 0o002


def check_ports(ports: Sequence[Port]) -> Finding:
    """Whether nobody else has the ports that the device serves."""
    details = {"ports": {str(port.number): port.container or ("free" if port.free else "taken") for port in ports}}
    for port in ports:
        if port.free is False and not port.ours:
            who = f"the container {port.container}" if port.container else "another program"
            cure = f"docker stop {port.container}" if port.container else f"sudo ss -ltnp 'sport = :{port.number}'"
            return failed(PORTS, f"port {port.number} ({port.serves}) is taken by {who}", cure, _CODE, **details)
    hidden = [str(port.number) for port in ports if port.free is None]
    if hidden:
        return unknown(
            PORTS, f"only root can say who has {', '.join(hidden)}", "sudo azdacli doctor --device", **details
        )
    shown = ", ".join(f"{port.number} ({port.serves}) {port.container or 'free'}" for port in ports)
    return passed(PORTS, shown, **details)


def check_volumes(volumes: Sequence[Volume]) -> Finding:
    """Whether the image's user may write to the volumes."""
    details = {"volumes": {each.target: {"path": each.entry.path, "owner": each.entry.owner} for each in volumes}}
    for volume in volumes:
        entry = volume.entry
        if entry.exists and not _writable(entry):
            owner = f"belongs to user {entry.owner}, and the runtime is user {USER}"
            return failed(
                VOLUMES,
                f"{volume.target}: the folder {entry.path} {owner}",
                f"sudo chown -R {USER}:{USER} {entry.path}",
                _CODE,
                **details,
            )
    if hidden := [each.target for each in volumes if each.entry.exists is None]:
        cure = "sudo azdacli doctor --device"
        return unknown(VOLUMES, f"only root can look at the folders of {', '.join(hidden)}", cure, **details)
    there = [each.target for each in volumes if each.entry.exists]
    if not there:
        return passed(VOLUMES, "none is there yet; the engine makes them with the image's owner", **details)
    return passed(VOLUMES, f"user {USER} may write to {', '.join(there)}", **details)


def check_edge_images(held: Mapping[str, bool | None]) -> Finding:
    """Whether the images of IoT Edge's own modules are there, or can be pulled.

    Args:
        held: The images that a manifest names, and whether they exist; None when nobody could be asked.
    """
    details = {"images": dict(held)}
    missing = [image for image, exists in held.items() if exists is False]
    if missing:
        cure = f"docker pull {missing[0]}\nor name another with gen-manifest --template"
        return failed(EDGE_IMAGES, f"there is no image {missing[0]}", cure, _CODE, **details)
    if unasked := [image for image, exists in held.items() if exists is None]:
        sentence = f"neither the engine holds {', '.join(unasked)} nor does the registry answer"
        return unknown(EDGE_IMAGES, sentence, f"docker pull {unasked[0]}", **details)
    return passed(EDGE_IMAGES, ", ".join(held), **details)


def _writable(entry: Entry) -> bool:
    return bool(
        entry.mode & _ALL_WRITE
        or (entry.owner == USER and entry.mode & _OWNER_WRITES)
        or (entry.group == USER and entry.mode & _GROUP_WRITES)
    )


def check_iot_edge(sockets: Sequence[Entry], running: Mapping[str, bool], *, installed: bool, host: Host) -> Finding:
    """Whether IoT Edge's daemon listens where modules look for it, and its own modules run.

    Args:
        sockets: Of the daemon.
        running: Its own modules, and whether they run; empty when the engine could not be asked.
        installed: Whether IoT Edge is there at all.
        host: The machine.
    """
    details = {"sockets": {entry.path: entry.exists for entry in sockets}}
    if not installed:
        return failed(
            IOT_EDGE,
            "IoT Edge is not installed",
            packages.iot_edge(host),
            _CODE,
            **details,
        )
    for entry in sockets:
        if entry.exists is False:
            cure = f"{host.sudo}iotedge config apply\n{host.sudo}iotedge system restart && {host.sudo}iotedge check"
            return failed(IOT_EDGE, f"IoT Edge's socket {entry.path} is not there", cure, _CODE, **details)
        if entry.exists and not entry.is_socket:
            cure = f"{host.sudo}rm -r {entry.path}\n{host.sudo}iotedge system restart"
            return failed(
                IOT_EDGE,
                f"{entry.path} is not a socket: the engine made a folder for a bind whose source was missing",
                cure,
                _CODE,
                **details,
            )
    for name, runs in running.items():
        if not runs:
            cure = f"{host.sudo}iotedge list && {host.sudo}iotedge check && {host.sudo}iotedge logs {name}"
            return failed(IOT_EDGE, f"IoT Edge's module {name} does not run", cure, _CODE, **details)
    return passed(IOT_EDGE, f"listens at {', '.join(entry.path for entry in sockets)}", **details)
