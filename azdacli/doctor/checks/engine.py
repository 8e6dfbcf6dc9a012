"""The engine, its context, and which builder `create` takes."""

import shlex

from azdacli.doctor.checks import packages
from azdacli.doctor.facts.engine import BuilderFacts, EngineFacts
from azdacli.doctor.facts.machine import Host, Trouble
from azdacli.doctor.finding import Finding, failed, passed, warned
from azdacli.engine.endpoint import Endpoint
from azdacli.errors import EngineError

ENGINE, CONTEXT, BUILDER = "engine", "context", "builder"
_CODE = EngineError.exit_code


def check_context(endpoint: Endpoint) -> Finding:
    """Which context docker is in, and whether it can be read."""
    if endpoint.problem:
        return failed(CONTEXT, endpoint.problem, endpoint.cure, _CODE, context=endpoint.context)
    if endpoint.source == "DOCKER_HOST" and endpoint.context != "default":
        return warned(
            CONTEXT,
            f"DOCKER_HOST overrides the context '{endpoint.context}'",
            "unset DOCKER_HOST",
            context=endpoint.context,
            address=endpoint.address,
        )
    return passed(
        CONTEXT,
        f"{endpoint.context}: {endpoint.address} ({endpoint.source})",
        context=endpoint.context,
        address=endpoint.address,
    )


def check_engine(facts: EngineFacts, host: Host) -> Finding:
    """Whether the engine answers."""
    endpoint = facts.endpoint
    if facts.trouble is not None:
        sentence, cure = _trouble(facts, host)
        return failed(ENGINE, sentence, cure, _CODE, address=endpoint.address, trouble=facts.trouble.value)
    name = (
        "Podman" if facts.is_podman else str(facts.info.get("OperatingSystem") or "") if facts.is_desktop else "Docker"
    )
    version = str(facts.version.get("Version", "?"))
    storage = str(facts.info.get("Driver", "?"))
    return passed(
        ENGINE,
        f"{name} {version} answers at {endpoint.address} ({facts.architecture or '?'}, storage {storage})",
        name=name,
        version=version,
        architecture=facts.architecture,
        storage=storage,
        address=endpoint.address,
    )


def _trouble(facts: EngineFacts, host: Host) -> tuple[str, str]:
    address, detail = facts.endpoint.address or facts.endpoint.source, facts.detail
    if facts.trouble is Trouble.DENIED:
        return (
            f"this user may not use the engine at {address}: {detail}",
            'sudo usermod -aG docker "$USER"\nand log in again',
        )
    if facts.trouble is Trouble.UNREADABLE and facts.endpoint.problem:
        return f"there is no engine to ask: {facts.endpoint.problem}", facts.endpoint.cure
    if facts.trouble is Trouble.UNREADABLE:
        return f"what answers at {address} is not a container engine: {detail}", facts.endpoint.cure
    if facts.trouble is Trouble.UNTRUSTED:
        authority = shlex.quote(f"{facts.endpoint.tls or '.'}/ca.pem")
        return (
            f"the engine at {address} shows a certificate that is not trusted: {detail}",
            f"openssl x509 -in {authority} -noout -subject -enddate    # is it who signed the engine's certificate?",
        )
    if facts.trouble is Trouble.UNRESOLVED:
        return f"the host of {address} has no address: {detail}", facts.endpoint.cure
    return f"no container engine answers at {address}: {detail}", _start(facts, host)


def _start(facts: EngineFacts, host: Host) -> str:
    """How an engine is installed or started on this machine."""
    if facts.endpoint.source == "DOCKER_HOST" or not facts.endpoint.is_local:
        return f"start the engine at {facts.endpoint.address}, or: unset DOCKER_HOST"
    if host.system == "Darwin":
        return "open -a Docker"
    if host.system == "Windows":
        return 'start "" "C:\\Program Files\\Docker\\Docker\\Docker Desktop.exe"'
    start = f"{host.sudo}systemctl start docker"
    if facts.trouble is Trouble.REFUSED or not packages.is_debian(host):
        return start
    return f"{packages.engine(host)} && {start}"


def check_builder(builder: BuilderFacts, facts: EngineFacts, host: Host) -> Finding:
    """Which builder `create --builder auto` takes."""
    details = dict(builder.as_details())
    if facts.prefers_buildkit and builder.buildx and builder.problem:
        return failed(
            BUILDER,
            f"the builder '{builder.name}' does not start: {builder.problem}",
            "docker buildx use default\nor build with --builder sdk",
            _CODE,
            **details,
        )
    if facts.prefers_buildkit and builder.buildx:
        return passed(
            BUILDER, f"BuildKit: buildx {builder.buildx}, builder '{builder.name}' ({builder.driver})", **details
        )
    if facts.is_podman or not facts.prefers_buildkit:
        return passed(BUILDER, "the classic builder; this engine does not prefer BuildKit", **details)
    return warned(
        BUILDER,
        "the engine prefers BuildKit, but docker's buildx plugin is missing: the classic builder is taken",
        packages.buildx(host),
        **details,
    )
