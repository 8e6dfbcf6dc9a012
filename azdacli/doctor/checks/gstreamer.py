"""GStreamer, its Python binding, and its elements one by one."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from azdacli.doctor.facts.gstreamer import GStreamerFacts
from azdacli.doctor.facts.machine import Host
from azdacli.doctor.finding import Finding, failed, passed, unknown, warned
from azdacli.errors import SimulationError
from azdacli.util.system_packages import SystemPackages, install_line

BINDING, ELEMENTS, PACKAGES = "gstreamer", "elements", "python-packages"
_CODE = SimulationError.exit_code
_SIMULATE = "simulate"
_USUAL = (_SIMULATE, "rtsp")  # what the documentation has people install
_IMAGE = "azdacli create --device-type CPU --tag azda-cpu    # the CPU image runs the same pipeline in Docker"


def check(
    found: Sequence[GStreamerFacts], listed: SystemPackages, host: Host, pip_line: Callable[[str, Iterable[str]], str]
) -> tuple[Finding, ...]:
    """Judge the best of the interpreters.

    Args:
        found: What each of them has.
        listed: The distribution's packages.
        host: The machine.
        pip_line: What a user types to get packages for an interpreter.
    """
    best = next((facts for facts in found if facts.has_binding), None)
    if best is None:
        return (_no_binding(found, listed, host),)
    binding = passed(
        BINDING,
        f"{best.version}, bound to Python {best.python} ({best.interpreter})",
        interpreter=best.interpreter,
        version=best.version,
    )
    return (binding, _packages(best, pip_line), _elements(best, listed, host))


def _administrator(host: Host) -> str:
    return "" if host.root else "sudo"


def _no_binding(found: Sequence[GStreamerFacts], listed: SystemPackages, host: Host) -> Finding:
    reasons = "; ".join(f"{facts.interpreter}: {facts.problem or facts.binding}" for facts in found)
    if host.system != "Linux":
        return unknown(BINDING, f"`simulate` is unproven on {host.system}: {reasons}", _IMAGE)
    line = install_line(listed.packages(_SIMULATE), _administrator(host))
    return failed(BINDING, f"GStreamer's Python binding is missing ({reasons})", line, _CODE)


def _packages(facts: GStreamerFacts, pip_line: Callable[[str, Iterable[str]], str]) -> Finding:
    versions = dict(facts.packages)
    if facts.lacking_packages:
        return failed(
            PACKAGES,
            f"{facts.interpreter} cannot import {', '.join(facts.lacking_packages)}",
            pip_line(facts.interpreter, facts.lacking_packages),
            _CODE,
            packages=versions,
        )
    shown = ", ".join(f"{name} {version}" for name, version in versions.items())
    return passed(PACKAGES, shown, packages=versions)


def _elements(facts: GStreamerFacts, listed: SystemPackages, host: Host) -> Finding:
    table = {name: {"found": there, "package": listed.elements.get(name, "")} for name, there in facts.elements.items()}
    absent = [name for name, there in facts.elements.items() if not there and name not in listed.unpackaged]
    typelibs = [name for name, there in facts.typelibs.items() if not there]
    details: Mapping[str, object] = {"elements": table, "typelibs": dict(facts.typelibs)}
    if not absent and not typelibs:
        return passed(ELEMENTS, f"all {len(facts.elements)} elements are there", **details)
    required = [name for name in absent if name in facts.required]
    cure = _cure([*absent], typelibs, listed, host)
    sentence = f"GStreamer lacks {', '.join([*required, *(n for n in absent if n not in required), *typelibs])}"
    if required:
        return failed(ELEMENTS, sentence, cure, _CODE, **details)
    usual = set(listed.packages(*_USUAL))
    if not typelibs and not any(listed.elements.get(name) in usual for name in absent):
        there = f"all elements are there but {', '.join(absent)}, which few pipelines ask for"
        return passed(ELEMENTS, f"{there}: {cure}", **details)
    return warned(ELEMENTS, f"{sentence}; other pipelines run", cure, **details)


def _cure(elements: Iterable[str], typelibs: Iterable[str], listed: SystemPackages, host: Host) -> str:
    known = {*listed.bringing(elements), *(listed.typelibs[name] for name in typelibs if name in listed.typelibs)}
    if known:
        return install_line(sorted(known), _administrator(host))
    # Our own elements: they are absent when GStreamer's list of plugins was made while something was missing.
    return "rm -f ~/.cache/azdacli/gstreamer-*.bin"
