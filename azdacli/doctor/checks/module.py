"""What an image and a running module show of themselves."""

from collections.abc import Sequence

from azdacli.doctor.facts.device import ImageFacts, ModuleFacts, Trial
from azdacli.doctor.finding import Finding, failed, passed, unknown
from azdacli.errors import ManifestError

IMAGE, MODULE = "image", "module"
_CODE = ManifestError.exit_code
# What the runtime writes when a thing is wrong, what it means, and the command that shows or cures it.
_SAYINGS = (
    ("Permission denied", "it was denied permission for something", "docker exec {name} id"),
    (
        "edgeHub does not take the reported properties",
        "edgeHub does not take what it reports",
        "docker logs --tail 100 edgeHub",
    ),
    ("edgeHub cannot be reached", "it does not reach edgeHub", "docker logs --tail 100 edgeHub"),
)
_CONNECTED = "Connected to edgeHub"


def check_image(image: ImageFacts, trials: Sequence[Trial]) -> Finding:
    """Whether an image passes the checks that it brings, with the GPU that it was made for."""
    details = {"labels": dict(image.labels), "trials": {trial.words: trial.problem or "ok" for trial in trials}}
    if image.problem:
        return failed(IMAGE, image.problem, f"docker pull {image.name}", _CODE)
    for trial in trials:
        if trial.problem:
            return failed(IMAGE, f"{image.name}: {trial.asks}: {trial.problem}", trial.words, _CODE, **details)
    return passed(IMAGE, f"{image.name}: {', '.join(trial.asks for trial in trials)}", **details)


def check_module(module: ModuleFacts, target: str) -> Finding:
    """Whether the running module is healthy, has its GPU, may write, and is connected.

    Args:
        module: What the engine says of its container.
        target: `jetson`, `dgpu` or `cpu`; empty when nobody knows.
    """
    name = module.name
    if not module.document:
        return unknown(MODULE, f"there is no container '{name}'", "docker ps --all    # then: --module NAME")
    details = {"health": module.health, "status": str(module.state.get("Status", "?")), "gpu": module.has_gpu}
    if not module.state.get("Running"):
        return failed(
            MODULE, f"{name} does not run ({details['status']})", f"docker logs --tail 100 {name}", _CODE, **details
        )
    if module.health == "unhealthy":
        cure = f"docker exec {name} python3 -m azda_runtime health"
        return failed(MODULE, f"{name} is unhealthy", cure, _CODE, **details)
    if target in ("jetson", "dgpu") and not module.has_gpu:
        cure = f"azdacli gen-manifest --device-type {'Jetson' if target == 'jetson' else 'dGPU'}"
        return failed(MODULE, f"{name} was started without the GPU", cure, _CODE, **details)
    for trial in module.trials:
        if trial.problem:
            return failed(MODULE, f"{name}: {trial.asks}: {trial.problem}", trial.words, _CODE, **details)
    return _heard(module, details)


def _heard(module: ModuleFacts, details: dict[str, object]) -> Finding:
    """Judge by what it wrote since it was last connected; what stood before that is over."""
    recent = module.log.rpartition(_CONNECTED)[2]
    for words, meaning, cure in _SAYINGS:
        if words in recent:
            line = next(line for line in reversed(recent.splitlines()) if words in line)
            return failed(
                MODULE,
                f"{module.name}: {meaning}: {line.strip()[:200]}",
                cure.format(name=module.name),
                _CODE,
                **details,
            )
    connected = ", connected to edgeHub" if _CONNECTED in module.log else ""
    return passed(MODULE, f"{module.name} runs ({module.health or 'no health check'}){connected}", **details)
