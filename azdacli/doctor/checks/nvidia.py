"""NVIDIA's part of a device: the GPU in containers, and the JetPack that an image was made for."""

from typing import Any

from azdacli.doctor.checks import packages
from azdacli.doctor.facts.device import DeviceFacts, ImageFacts
from azdacli.doctor.facts.engine import EngineFacts
from azdacli.doctor.facts.machine import Host
from azdacli.doctor.finding import Finding, failed, passed, unknown, warned
from azdacli.errors import EngineError, ManifestError

NVIDIA, JETPACK = "nvidia", "jetpack"
_CODE = ManifestError.exit_code


def check_nvidia(device: DeviceFacts, engine: EngineFacts, image: ImageFacts | None, host: Host) -> Finding:
    """Whether containers get the GPU."""
    if image is not None and image.target == "cpu":
        return passed(NVIDIA, f"{image.name} is a CPU image: it needs no GPU")
    runtimes = engine.info.get("Runtimes")
    names = sorted(runtimes) if isinstance(runtimes, dict) else []
    details = {"runtimes": names, "gpus": [list(gpu) for gpu in device.gpus]}
    if device.is_jetson:
        if "nvidia" in names:
            return passed(NVIDIA, "the engine has the runtime 'nvidia'", **details)
        cure = packages.toolkit(host, is_jetson=True)
        return failed(NVIDIA, "the engine has no runtime 'nvidia'", cure, EngineError.exit_code, **details)
    return _check_gpu(device, image, host, details)


def _check_gpu(device: DeviceFacts, image: ImageFacts | None, host: Host, details: dict[str, Any]) -> Finding:
    """Whether a PC's or a server's GPU gets into containers, with a driver that is new enough."""
    install = packages.driver(host)
    if not device.gpus:
        sentence = f"no NVIDIA GPU answers on this machine ({device.driver_problem})"
        return failed(NVIDIA, sentence, install, EngineError.exit_code, **details)
    if "nvidia" not in details["runtimes"] and not device.has_hook:
        sentence, cure = "NVIDIA's container toolkit is missing", packages.toolkit(host, is_jetson=False)
        return failed(NVIDIA, f"containers get no GPU: {sentence}", cure, EngineError.exit_code, **details)
    name, driver = device.gpus[0]
    if image is not None and image.driver and _numbers(driver) < _numbers(image.driver):
        sentence = f"the driver {driver} is older than {image.driver}, which {image.name} was made for"
        return failed(NVIDIA, sentence, install, _CODE, **details)
    return passed(NVIDIA, f"{name}, driver {driver}", **details)


def check_jetpack(device: DeviceFacts, image: ImageFacts | None) -> Finding:
    """Whether the image was made for this machine's JetPack; they go by the release of L4T."""
    if image is None:
        own = f"L4T {device.l4t or '?'}" if device.is_jetson else "no Jetson"
        return unknown(JETPACK, f"this is {own}; no image to hold it against", "azdacli doctor --device --image NAME")
    if image.problem:
        return failed(JETPACK, image.problem, f"docker pull {image.name}", EngineError.exit_code)
    details = {"l4t": device.l4t, "jetpack": device.jetpack, "image": image.name, "imageJetpack": image.jetpack}
    if image.target == "jetson" and device.is_jetson:
        return _compare(device, image, details)
    if image.target == "cpu" or (image.target == "dgpu" and not device.is_jetson):
        return passed(JETPACK, f"{image.name} is made for {image.target}: it needs no JetPack", **details)
    if not image.target:
        return unknown(JETPACK, f"{image.name} has no label that says what it was made for", _create(device), **details)
    where = f"a Jetson with L4T {device.l4t or '?'}" if device.is_jetson else "no Jetson"
    sentence = f"{image.name} is made for a {'Jetson' if image.target == 'jetson' else 'dGPU'}, and this is {where}"
    return failed(JETPACK, sentence, _create(device), _CODE, **details)


def _compare(device: DeviceFacts, image: ImageFacts, details: dict[str, Any]) -> Finding:
    if not image.l4t or not device.l4t:
        return unknown(JETPACK, f"the L4T of {image.name} or of this machine is not known", _create(device), **details)
    own, wanted = _numbers(device.l4t), _numbers(image.l4t)
    sentence = f"{image.name} is made for JetPack {image.jetpack} (L4T {image.l4t}), and this is L4T {device.l4t}"
    if own[0] != wanted[0]:
        return failed(JETPACK, sentence, _create(device), _CODE, **details)
    if own[: len(wanted)] != wanted:
        return warned(JETPACK, f"{sentence}: not a pair that NVIDIA names", _create(device), **details)
    return passed(JETPACK, sentence, **details)


def _create(device: DeviceFacts) -> str:
    target = "Jetson" if device.is_jetson else "dGPU"
    return f"azdacli create --device-type {target} --deepstream RELEASE    # docs/create.md: which JetPack takes which"


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())
