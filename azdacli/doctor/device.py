"""The checks of a device that a module runs on."""

from collections.abc import Callable, Mapping

from azdacli.doctor.checks import device as checks
from azdacli.doctor.checks import module as module_checks
from azdacli.doctor.checks import nvidia as nvidia_checks
from azdacli.doctor.finding import Finding, unknown
from azdacli.doctor.machine import Machine
from azdacli.doctor.probes import device, host
from azdacli.image import labels as image_labels

_NO_ENGINE = "the engine does not answer, so this cannot be checked"


def _nvidia(machine: Machine) -> tuple[Finding, ...]:
    if machine.engine.trouble is not None:
        return (unknown(nvidia_checks.NVIDIA, _NO_ENGINE),)
    found = device.look(machine.environment)
    return (nvidia_checks.check_nvidia(found, machine.engine, machine.image, machine.host),)


def _jetpack(machine: Machine) -> tuple[Finding, ...]:
    return (nvidia_checks.check_jetpack(device.look(machine.environment), machine.image),)


def _image(machine: Machine) -> tuple[Finding, ...]:
    image = machine.image
    if image is None:
        return (unknown(module_checks.IMAGE, "no image to try was given", "azdacli doctor --device --image NAME"),)
    trials = () if image.problem else device.try_image(image, machine.environment)
    return (module_checks.check_image(image, trials),)


def _ports(machine: Machine) -> tuple[Finding, ...]:
    hub = host.entries([device.CONFIGURATION])[0].exists is not False
    return (checks.check_ports(device.ports(machine.api, machine.options.module, with_hub=hub)),)


def _volumes(machine: Machine) -> tuple[Finding, ...]:
    if machine.engine.trouble is not None:
        return (unknown(checks.VOLUMES, _NO_ENGINE),)
    document = device.container(machine.api, machine.options.module)
    return (checks.check_volumes(device.volumes(machine.api, document)),)


def _iot_edge(machine: Machine) -> tuple[Finding, ...]:
    configuration = host.entries([device.CONFIGURATION])[0]
    installed = configuration.exists is not False or device.has_iot_edge(machine.environment)
    sockets = host.entries(device.SOCKETS)
    running: dict[str, bool] = {}
    if machine.engine.trouble is None:
        found = {name: device.container(machine.api, name) for name in ("edgeAgent", "edgeHub")}
        running = {name: bool((document.get("State") or {}).get("Running")) for name, document in found.items()}
    return (checks.check_iot_edge(sockets, running, installed=installed, host=machine.host),)


def _edge_images(machine: Machine) -> tuple[Finding, ...]:
    from azdacli.doctor.probes import edge_images  # what it stands on may be what is broken

    api = machine.api if machine.engine.trouble is None else None
    return (checks.check_edge_images(edge_images.look(api, machine.options.ca_bundle)),)


def _module(machine: Machine) -> tuple[Finding, ...]:
    if machine.engine.trouble is not None:
        return (unknown(module_checks.MODULE, _NO_ENGINE),)
    module = device.module(machine.api, machine.options.module, machine.environment)
    labels = (module.document.get("Config") or {}).get("Labels") or {}
    return (module_checks.check_module(module, str(labels.get(image_labels.TARGET, ""))),)


CHECKS: Mapping[str, Callable[[Machine], tuple[Finding, ...]]] = {
    "nvidia": _nvidia,
    "jetpack": _jetpack,
    "image": _image,
    "ports": _ports,
    "volumes": _volumes,
    "iot-edge": _iot_edge,
    "edge-images": _edge_images,
    "module": _module,
}
