"""GStreamer, its Python binding, and its elements one by one."""

import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from azdacli.doctor.facts.gstreamer import GStreamerFacts
from azdacli.doctor.facts.machine import Host
from azdacli.doctor.finding import Finding, failed, passed, unknown, warned
from azdacli.errors import SimulationError
from azdacli.util.apt import install_line
from azdacli.util.system_packages import LOADER, SystemPackages

Bringing = Callable[[GStreamerFacts], str]

BINDING, ELEMENTS, PACKAGES = "gstreamer", "elements", "python-packages"
_CODE = SimulationError.exit_code
_SIMULATE = "simulate"
_USUAL = (_SIMULATE, "rtsp")  # what the documentation has people install
_IMAGE = "azdacli create --device-type CPU --tag azda-cpu    # the CPU image runs the same pipeline in Docker"


def check(
    found: Sequence[GStreamerFacts], listed: SystemPackages, host: Host, bringing: Bringing
) -> tuple[Finding, ...]:
    """Judge the best of the interpreters.

    Args:
        found: What each of them has.
        listed: The distribution's packages.
        host: The machine.
        bringing: Says what a user types to get the Python packages that an interpreter lacks.
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
    return (binding, _packages(best, bringing), _elements(best, listed, host, bringing))


def _administrator(host: Host) -> str:
    return "" if host.root else "sudo"


def _no_binding(found: Sequence[GStreamerFacts], listed: SystemPackages, host: Host) -> Finding:
    reasons = "; ".join(f"{facts.interpreter}: {facts.problem or facts.binding}" for facts in found)
    if host.system != "Linux":
        return unknown(BINDING, f"`simulate` is unproven on {host.system}: {reasons}", _IMAGE)
    line = install_line(listed.packages(_SIMULATE), _administrator(host))
    return failed(BINDING, f"GStreamer's Python binding is missing ({reasons})", line, _CODE)


def _packages(facts: GStreamerFacts, bringing: Bringing) -> Finding:
    versions = dict(facts.packages)
    if facts.lacking_packages:
        return failed(
            PACKAGES,
            f"{facts.interpreter} cannot import {', '.join(facts.lacking_packages)}",
            bringing(facts),
            _CODE,
            packages=versions,
        )
    shown = ", ".join(f"{name} {version}" for name, version in versions.items())
    return passed(PACKAGES, shown, packages=versions)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Absent:
    """The elements that an interpreter lacks, by where they come from.

    Attributes:
        own: The simulator's: no package has them, they come through GStreamer's Python loader.
        needed: Those that are required, or that come with what the documentation has people install.
        rare: All others of the distribution's.
    """

    own: tuple[str, ...]
    needed: tuple[str, ...]
    rare: tuple[str, ...]

    @classmethod
    def of(cls, facts: GStreamerFacts, packages: Mapping[str, str], listed: SystemPackages) -> "_Absent":
        """Sort them.

        Args:
            facts: What the interpreter has.
            packages: Element -> the package that brings it on this machine; empty where none does.
            listed: The distributions' packages.
        """
        absent = [name for name, there in facts.elements.items() if not there]
        usual = set(listed.packages(*_USUAL))
        packed = [name for name in absent if packages.get(name)]
        needed = [name for name in packed if name in facts.required or packages[name] in usual]
        return cls(
            own=tuple(name for name in absent if name in facts.required and not packages.get(name)),
            needed=tuple(sorted(needed, key=lambda name: name not in facts.required)),
            rare=tuple(name for name in packed if name not in needed),
        )


def _packages_here(facts: GStreamerFacts, listed: SystemPackages, host: Host) -> dict[str, str]:
    """Element -> the package that brings it on this machine, empty where none does; the simulator's are left out."""
    distribution = listed.distribution({"ID": host.distribution, "VERSION_ID": host.release})
    known = [name for name in facts.elements if name in listed.elements or name in listed.unpackaged]
    return {name: "".join(listed.bringing([name], distribution)) for name in known}


def _elements(facts: GStreamerFacts, listed: SystemPackages, host: Host, bringing: Bringing) -> Finding:
    packages = _packages_here(facts, listed, host)
    table = {name: {"found": there, "package": packages.get(name, "")} for name, there in facts.elements.items()}
    details: Mapping[str, object] = {"elements": table, "typelibs": dict(facts.typelibs), "loader": facts.loader}
    absent = _Absent.of(facts, packages, listed)
    typelibs = [name for name, there in facts.typelibs.items() if not there]
    wanted = {packages[name] for name in absent.needed} | {listed.typelibs.get(name, "") for name in typelibs}
    if absent.own and not facts.loader:
        wanted.add(LOADER)
    wanted.discard("")
    lacking = [*absent.needed, *typelibs]
    sentences = [f"GStreamer lacks {', '.join(lacking)}"] if lacking else []
    cures = [install_line(sorted(wanted), _administrator(host))] if wanted else []
    if absent.own:
        sentences.append(f"the simulator's {', '.join(absent.own)} cannot be made{_reason(facts)}")
        cures += [bringing(facts)] if facts.lacking_packages else []
        # They are also absent when GStreamer's list of plugins was made while something was missing.
        cures = cures if facts.lacking_packages or wanted else [f"rm -f {shlex.quote(facts.plugins)}"]
    sentence, cure = "; ".join(sentences), "\n".join(cures)
    if absent.own or any(name in facts.required for name in absent.needed):
        return failed(ELEMENTS, sentence, cure, _CODE, **details)
    if lacking:
        return warned(ELEMENTS, f"{sentence}; other pipelines run", cure, **details)
    if absent.rare:
        there = f"all elements are there but {', '.join(absent.rare)}, which few pipelines ask for"
        rare = install_line(sorted({packages[name] for name in absent.rare}), _administrator(host))
        return passed(ELEMENTS, f"{there}: {rare}", **details)
    return passed(ELEMENTS, f"all {len(facts.elements)} elements are there", **details)


def _reason(facts: GStreamerFacts) -> str:
    """Why the simulator's elements are absent; empty where nothing that they stand on is missing."""
    missing = ([] if facts.loader else ["GStreamer's Python loader"]) + list(facts.lacking_packages)
    return f" without {', '.join(missing)}" if missing else ""
