"""The checks of a machine that builds, publishes and simulates."""

import dataclasses
import sys
from collections.abc import Callable, Mapping
from datetime import datetime, timezone

from azdacli.doctor.checks import engine as engine_checks
from azdacli.doctor.checks import machine as machine_checks
from azdacli.doctor.checks import network as network_checks
from azdacli.doctor.checks import registry as registry_checks
from azdacli.doctor.facts.gstreamer import GStreamerFacts
from azdacli.doctor.finding import Finding, unknown
from azdacli.doctor.machine import Machine, engine_folder
from azdacli.doctor.probes import gstreamer, host, network, packages

_NO_ENGINE = "the engine does not answer, so this cannot be checked"


def _python(machine: Machine) -> tuple[Finding, ...]:
    from azdacli.simulation import own_package  # nothing is imported before it is needed

    absent = packages.absent()
    pip = f"{sys.executable or 'python3'} -m pip install --force-reinstall {own_package.itself()}" if absent else ""
    return (machine_checks.check_python(machine.host, absent, pip),)


def _proxies(machine: Machine) -> tuple[Finding, ...]:
    return (network_checks.check_proxies(machine.environment),)


def _network(machine: Machine) -> tuple[Finding, ...]:
    base = "" if machine.options.device else machine.base_host()
    found = network_checks.check_reach(machine.visits, base)
    return found or (unknown("network", "no registry was given", "azdacli doctor --container-registry HOST"),)


def _certificates(machine: Machine) -> tuple[Finding, ...]:
    bundles = network.bundles(machine.environment, str(machine.options.ca_bundle or ""))
    broken = network.broken_bundles(machine.environment, str(machine.options.ca_bundle or ""))
    insecure = machine.options.insecure
    return (network_checks.check_certificates(machine.visits, broken, bundles, insecure=insecure),)


def _clock(machine: Machine) -> tuple[Finding, ...]:
    now = datetime.now(timezone.utc)
    seen = next((visit for visit in machine.visits if visit.ahead is not None), None)
    engine_time = "" if seen else str(machine.engine.info.get("SystemTime", ""))
    ahead, source = (seen.ahead, f"{seen.host}'s") if seen else (None, "")
    return (machine_checks.check_clock(ahead, source, engine_time, now, machine.host),)


def _context(machine: Machine) -> tuple[Finding, ...]:
    return (engine_checks.check_context(machine.endpoint),)


def _engine(machine: Machine) -> tuple[Finding, ...]:
    return (engine_checks.check_engine(machine.engine, machine.host),)


def _builder(machine: Machine) -> tuple[Finding, ...]:
    if machine.engine.trouble is not None:
        return (unknown(engine_checks.BUILDER, _NO_ENGINE),)
    return (engine_checks.check_builder(machine.builder, machine.engine, machine.host),)


def _disk(machine: Machine) -> tuple[Finding, ...]:
    if machine.engine.trouble is not None:
        return (unknown(machine_checks.DISK, _NO_ENGINE),)
    from azdacli.doctor.probes import registry  # what it stands on may be what is broken

    reachable = any(visit.host == machine.base_host() and visit.answered for visit in machine.visits)
    size = None
    if reachable:
        size = registry.compressed_size(
            machine.base.name,
            machine.base.platform,
            ca_bundle=machine.options.ca_bundle,
            insecure=machine.options.insecure,
        )
    folder = engine_folder(machine.engine)
    free = host.free_bytes(folder) if folder else None
    base = dataclasses.replace(machine.base, compressed=size)
    return (machine_checks.check_disk(machine.engine, free, base),)


def _emulation(machine: Machine) -> tuple[Finding, ...]:
    if machine.engine.trouble is not None:
        return (unknown(machine_checks.EMULATION, _NO_ENGINE),)
    found = machine_checks.check_emulation(
        machine.engine, machine.base, host.arm64_emulators(), machine.builder.platforms, machine.host
    )
    return (found,)


def _registry(machine: Machine) -> tuple[Finding, ...]:
    options = machine.options
    if not options.registries:
        cure = "azdacli doctor --container-registry NAME.azurecr.io"
        return (unknown(registry_checks.SIGN_IN, "no registry was given", cure),)
    from azdacli.doctor.probes import registry  # what it stands on may be what is broken

    return tuple(
        registry_checks.check_sign_in(
            registry.sign_in(
                each,
                machine.environment,
                ca_bundle=options.ca_bundle,
                insecure=options.insecure,
            )
        )
        for each in options.registries
    )


def _gstreamer(machine: Machine) -> tuple[Finding, ...]:
    from azdacli.doctor.checks import gstreamer as checks  # what they stand on may be broken
    from azdacli.simulation import environment, interpreter  # same
    from azdacli.util import system_packages  # same

    listed = system_packages.load()
    candidates = dict.fromkeys((sys.executable, str(interpreter.SYSTEM_PYTHON)))
    found = gstreamer.look(
        {each: environment.environment(each, machine.environment) for each in candidates},
        preflight=environment.SIMULATOR / "preflight.py",
        elements=listed.elements,
        typelibs=listed.typelibs,
        forget=environment.forget_plugins,
    )

    def bringing(facts: GStreamerFacts) -> str:
        if facts.is_managed:
            return interpreter.venv_line()
        return interpreter.pip_line(facts.interpreter, facts.lacking_packages)

    return checks.check(found, listed, machine.host, bringing)


CHECKS: Mapping[str, Callable[[Machine], tuple[Finding, ...]]] = {
    "python": _python,
    "proxies": _proxies,
    "network": _network,
    "certificates": _certificates,
    "clock": _clock,
    "context": _context,
    "engine": _engine,
    "builder": _builder,
    "disk": _disk,
    "emulation": _emulation,
    "registry": _registry,
    "gstreamer": _gstreamer,
}
