"""GStreamer as the simulator would find it: asked in a child process, in the interpreters that `simulate` tries."""

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from azdacli.doctor.facts.gstreamer import GStreamerFacts
from azdacli.doctor.probes import programs

_SECONDS = 90  # the first start writes the list of plugins, and loads numpy and ONNX Runtime for it
_REPORT = Path(__file__).with_name("gstreamer_report.py")


def look(
    interpreters: Mapping[str, Mapping[str, str]],
    *,
    preflight: Path,
    elements: Iterable[str],
    typelibs: Iterable[str],
    forget: Callable[[Mapping[str, str]], None],
) -> tuple[GStreamerFacts, ...]:
    """Ask interpreters until one has everything.

    Args:
        interpreters: Each with the environment that the simulator would give it, the first of them first.
        preflight: The simulator's own list of what it needs.
        elements: Elements to look for besides.
        typelibs: Typelibs to look for.
        forget: Removes the list of plugins that GStreamer made in an environment where something is missing.
    """
    asked = json.dumps({"preflight": str(preflight), "elements": list(elements), "typelibs": list(typelibs)})
    found = []
    for interpreter, environment in interpreters.items():
        found.append(_ask(interpreter, asked, environment))
        if found[-1].is_whole:
            break
        forget(environment)
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
            loader=found.get("loader", True),
            is_managed=found["managed"],
            plugins=environment["GST_REGISTRY"],
        )
    except (ValueError, KeyError, TypeError):
        return GStreamerFacts(interpreter=interpreter, problem=answer.complaint or "it gave no report")
