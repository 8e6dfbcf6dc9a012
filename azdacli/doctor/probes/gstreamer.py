"""GStreamer as the simulator would find it: asked in a child process, in the interpreters that `simulate` tries."""

import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from azdacli.doctor.facts.gstreamer import GStreamerFacts
from azdacli.doctor.probes import programs

_SECONDS = 90  # the first start writes the list of plugins, and loads numpy and ONNX Runtime for it
_REPORT = Path(__file__).with_name("gstreamer_report.py")


def look(
    interpreters: Iterable[str],
    environment: Mapping[str, str],
    *,
    preflight: Path,
    elements: Iterable[str],
    typelibs: Iterable[str],
) -> tuple[GStreamerFacts, ...]:
    """Ask interpreters until one has everything, the first of them first."""
    asked = json.dumps({"preflight": str(preflight), "elements": list(elements), "typelibs": list(typelibs)})
    found = []
    for interpreter in dict.fromkeys(interpreters):
        found.append(_ask(interpreter, asked, environment))
        if found[-1].has_binding and not found[-1].lacking_packages:
            break
    return tuple(found)


def _ask(interpreter: str, asked: str, environment: Mapping[str, str]) -> GStreamerFacts:
    answer = programs.ask([interpreter, str(_REPORT), asked], environment, seconds=_SECONDS)
    try:
        found = json.loads(answer.output.strip().rpartition("\n")[2])
        return GStreamerFacts(
            interpreter=interpreter,
            python=found["python"],
            binding=found["binding"],
            version=found.get("gstreamer", ""),
            packages=found["packages"],
            elements=found.get("elements", {}),
            required=tuple(found["required"]),
            typelibs=found.get("typelibs", {}),
        )
    except (ValueError, KeyError, TypeError):
        return GStreamerFacts(interpreter=interpreter, problem=answer.complaint or "it gave no report")


def candidates(system_python: Path) -> tuple[str, ...]:
    """The interpreters that `simulate` tries: the running one, then the distribution's."""
    return (sys.executable, str(system_python))
