"""BuildKit, as docker's command line has it."""

import re
from collections.abc import Mapping

from azdacli.doctor.facts.engine import BuilderFacts
from azdacli.doctor.probes import programs

_VERSION = re.compile(r"v?(\d+\.\d+\.\d+\S*)")
_ERROR = re.compile(r"^Error:\s+(.+)$", re.MULTILINE)


def look(environment: Mapping[str, str]) -> BuilderFacts:
    """Say which builder `docker buildx build` would use."""
    if programs.find("docker", environment) is None:
        return BuilderFacts(docker=False)
    version = programs.ask(["docker", "buildx", "version"], environment)
    match = _VERSION.search(version.output)
    if not version.ok or match is None:
        return BuilderFacts(docker=True)
    inspected = programs.ask(["docker", "buildx", "inspect"], environment)
    fields = _fields(inspected.output)
    error = _ERROR.search(inspected.output)
    return BuilderFacts(
        docker=True,
        buildx=match[1],
        name=fields.get("Name", "?"),
        driver=fields.get("Driver", "?"),
        platforms=tuple(each.strip(" *") for each in fields.get("Platforms", "").split(",") if each.strip()),
        problem=(error[1] if error else "") if inspected.ok else inspected.complaint,
    )


def _fields(text: str) -> dict[str, str]:
    """Read `Name: value` lines; the builder's own name comes before its nodes'."""
    fields: dict[str, str] = {}
    for line in text.splitlines():
        name, colon, value = line.partition(":")
        if colon and value.strip():
            fields.setdefault(name.strip(), value.strip())
    return fields
