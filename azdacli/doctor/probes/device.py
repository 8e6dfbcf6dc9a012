"""The device: NVIDIA's parts, IoT Edge's sockets, the module's container and what it writes to."""

import contextlib
import http.client
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from azdacli.doctor.facts.device import DeviceFacts, ImageFacts, ModuleFacts, Port, Trial, Volume
from azdacli.doctor.facts.machine import Entry
from azdacli.doctor.probes import host, programs
from azdacli.doctor.probes.engine import EngineApi
from azdacli.image import labels as image_labels

Environment = Mapping[str, str]
_TEGRA = Path("/etc/nv_tegra_release")
# IoT Edge's own defaults (Azure/iotedge, edgelet/edgelet-settings; doc "Workload Sockets").
SOCKETS = ("/run/iotedge/mgmt.sock", "/run/iotedge/workload.sock")
CONFIGURATION = "/etc/aziot/config.toml"
# What edgeHub binds on the device (templates/deployment/base.template.json), and the module's pictures.
_HUB_PORTS = ((443, "edgeHub"), (5671, "edgeHub"), (8883, "edgeHub"))
_RTSP_PORT = 8554
# The volumes of the deployment templates: name, and where the module sees it.
_VOLUMES = (("azda-state", "/var/lib/azda"), ("VideoUploaderCache", "/tmp/VideoUploaderCache"))  # noqa: S108 # a path in the image
_TRIAL_SECONDS = 120
_ANSI = re.compile(r"\x1b\[[0-9;]*m")


def look(environment: Environment, tegra: Path = _TEGRA) -> DeviceFacts:
    """Say which device this is."""
    line = ""
    with contextlib.suppress(OSError):
        line = tegra.read_text(encoding="utf-8", errors="replace").partition("\n")[0]
    jetpack = programs.ask(["dpkg-query", "-W", "-f", "${Version}", "nvidia-jetpack"], environment) if line else None
    query = ["nvidia-smi", "--query-gpu=name,driver_version", "--format=csv,noheader"]
    smi = programs.ask(query, environment)
    rows = [row.rpartition(",") for row in smi.output.splitlines() if "," in row] if smi.ok else []
    return DeviceFacts(
        tegra=line,
        jetpack=jetpack.output if jetpack and jetpack.ok else "",
        gpus=tuple((name.strip(), driver.strip()) for name, _, driver in rows),
        driver_problem="" if rows else smi.complaint,
        has_hook=any(
            programs.find(name, environment) for name in ("nvidia-container-runtime-hook", "nvidia-container-toolkit")
        ),
    )


def image(api: EngineApi, name: str, facts_of: Callable[[str], tuple[str, str]]) -> ImageFacts:
    """Look an image up.

    Args:
        api: The engine.
        name: The image's name.
        facts_of: From a release to the L4T and the driver that it was made for.
    """
    found = _get(api, f"/images/{quote(name, safe='/:@')}/json")
    if not found:
        return ImageFacts(name=name, problem=f"the engine does not hold the image {name}")
    labels = (found.get("Config") or {}).get("Labels") or {}
    l4t, driver = facts_of(labels.get(image_labels.RELEASE, ""))
    return ImageFacts(name=name, architecture=str(found.get("Architecture")), labels=labels, l4t=l4t, driver=driver)


def try_image(facts: ImageFacts, environment: Environment) -> tuple[Trial, ...]:
    """Run what docs/on-hardware.md asks of an image."""
    gpu = {"jetson": ["--runtime", "nvidia"], "dgpu": ["--gpus", "all"]}.get(facts.target, [])
    run = ["docker", "run", "--rm", "--network", "none", *gpu]
    trials = [([*run, facts.name, "check"], "its own check passes")]
    code = "import pyds; print(pyds.__file__)"
    trials.append(([*run, "--entrypoint", "python3", facts.name, "-c", code], "pyds imports"))
    if facts.target != "cpu":
        trials.append(([*run, "--entrypoint", "gst-inspect-1.0", facts.name, "nvinfer"], "nvinfer loads"))
    if facts.labels.get(image_labels.BACKENDS):
        server = "/opt/tritonserver/bin/tritonserver"
        trials.append(([*run, "--entrypoint", server, facts.name, "--help"], "Triton's server starts"))
    return tuple(_trial(words, asks, environment) for words, asks in trials)


def container(api: EngineApi, name: str) -> Mapping[str, Any]:
    """What the engine says of a container; empty when there is none."""
    found = _get(api, f"/containers/{quote(name)}/json")
    return found if isinstance(found, dict) else {}


def has_iot_edge(environment: Environment) -> bool:
    """Whether IoT Edge's own program is there."""
    return programs.find("iotedge", environment) is not None


def module(api: EngineApi, name: str, environment: Environment) -> ModuleFacts:
    """Look at the module's container, and ask it whether it may write where it must."""
    document = container(api, name)
    if not (document.get("State") or {}).get("Running"):
        return ModuleFacts(name=name, document=document)
    log = programs.ask(["docker", "logs", "--tail", "2000", name], environment)
    trials = [
        _trial(["docker", "exec", name, "test", "-w", target], f"it may write to {target}", environment)
        for _, target in _VOLUMES
    ]
    return ModuleFacts(name=name, document=document, log=_ANSI.sub("", log.output + log.errors), trials=tuple(trials))


def _trial(words: Sequence[str], asks: str, environment: Environment) -> Trial:
    answer = programs.ask(words, environment, seconds=_TRIAL_SECONDS)
    shown = " ".join(f"'{word}'" if re.search(r"[ ;(]", word) else word for word in words)
    return Trial(words=shown, asks=asks, problem="" if answer.ok else answer.complaint)


def ports(api: EngineApi, module_name: str, *, with_hub: bool) -> tuple[Port, ...]:
    """Say who has the ports that the device serves."""
    owners = _published(api)
    wanted = [(_RTSP_PORT, "pictures", module_name)]
    wanted += [(number, serves, "edgeHub") for number, serves in _HUB_PORTS] if with_hub else []
    return tuple(
        Port(
            number=number,
            serves=serves,
            free=False if number in owners else host.port_is_free(number),
            container=owners.get(number, ""),
            ours=owners.get(number) == owner,
        )
        for number, serves, owner in wanted
    )


def _published(api: EngineApi) -> dict[int, str]:
    found = _get(api, "/containers/json")
    rows = found if isinstance(found, list) else []
    return {
        int(port["PublicPort"]): str((row.get("Names") or ["?"])[0]).lstrip("/")
        for row in rows
        for port in row.get("Ports") or []
        if "PublicPort" in port
    }


def volumes(api: EngineApi, document: Mapping[str, Any]) -> tuple[Volume, ...]:
    """Find the folders behind what the module writes to: those of its container, else the templates' volumes."""
    mounts = {str(m.get("Destination")): m for m in document.get("Mounts") or []}
    found = []
    for name, target in _VOLUMES:
        source = str((mounts.get(target) or {}).get("Source") or "")
        if not source and not document:
            source = str(_get(api, f"/volumes/{quote(name)}").get("Mountpoint") or "")
        entry = host.entries([source])[0] if source else Entry(path=name, exists=False)
        found.append(Volume(name=name, target=target, entry=entry))
    return tuple(found)


def _get(api: EngineApi, path: str) -> Any:
    try:
        return api.get(path)[1] or {}
    except (OSError, http.client.HTTPException, LookupError, ValueError):
        return {}
