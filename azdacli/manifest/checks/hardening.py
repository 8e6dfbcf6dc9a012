"""What a pipeline's module may do that it does not need."""

from collections.abc import Iterator, Mapping
from typing import Any

from azdacli.manifest.checks import create_options, pipeline_image
from azdacli.manifest.problems import Problem
from azdacli.manifest.rules import found
from azdacli.manifest.view import View

_HINT = "`azdacli gen-manifest` without a template writes these; docs/manifests.md says what each needs."


def check(view: View) -> Iterator[Problem]:
    """Name what the createOptions of each pipeline leave open; one finding a module."""
    for module in pipeline_image.modules(view):
        options = create_options.of(module)
        host = {} if options is None else options.get("HostConfig", {})
        if options is None or not isinstance(host, Mapping):
            continue
        lacks = [*_lacks(options, host)]
        if lacks:
            path = (*module.path, "settings", create_options.KEY)
            yield found("hardening", path, f"gives the pipeline more rights than it needs: {', '.join(lacks)}", _HINT)


def _lacks(options: Mapping[str, Any], host: Mapping[str, Any]) -> Iterator[str]:
    if host.get("Privileged") is True:
        yield "Privileged is true"
    if str(options.get("User", "")).split(":")[0] in {"0", "root"}:
        yield "User is root"
    if not _names(host.get("CapDrop"), "all"):
        yield 'CapDrop is not ["ALL"]'
    if not _names(host.get("SecurityOpt"), "no-new-privileges", "no-new-privileges:true", "no-new-privileges=true"):
        yield "SecurityOpt has no no-new-privileges"
    if host.get("ReadonlyRootfs") is not True:
        yield "ReadonlyRootfs is not true"
    for key in ("Memory", "PidsLimit"):
        limit = host.get(key)
        if not isinstance(limit, int) or limit <= 0:  # 0 and less mean none (the Engine API's schema)
            yield f"{key} has no limit"


def _names(listed: Any, *wanted: str) -> bool:
    return isinstance(listed, list) and any(str(item).lower() in wanted for item in listed)
