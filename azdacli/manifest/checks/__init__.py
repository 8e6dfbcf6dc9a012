"""The checks of a deployment manifest: each takes a view of it and yields what it finds."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from azdacli.manifest import settings
from azdacli.manifest.checks import create_options, hardening, images, limits, pipeline_image, routes, secrets, shape
from azdacli.manifest.images import ImageFacts
from azdacli.manifest.problems import Problem
from azdacli.manifest.view import View


@dataclass(frozen=True, kw_only=True, slots=True)
class Knowledge:
    """What is known beside the manifest.

    Attributes:
        reader: Hands a configuration to the runtime.
        facts: What is known about images, by the name that stands in the manifest.
        machine: The device's machine in Docker's words (`arm64`), None where nobody said.
        target: `jetson`, `dgpu` or `cpu`, None where nobody said.
        asked: Whether somebody was asked about images, so that one without facts is unknown.
        template: The template before its variables were filled in, where there was one.
    """

    reader: settings.SettingsReader
    facts: Mapping[str, ImageFacts] = field(default_factory=dict)
    machine: str | None = None
    target: str | None = None
    asked: bool = False
    template: Mapping[str, Any] | None = None


def run(view: View, known: Knowledge) -> list[Problem]:
    """Hold a manifest against every rule; the same finding stands once."""
    found: Iterable[Problem] = (
        *shape.check(view),
        *limits.check(view),
        *images.check(view, known.facts, machine=known.machine, target=known.target),
        *pipeline_image.check(view, known.facts),
        *(pipeline_image.unknown(view, known.facts) if known.asked else ()),
        *create_options.check(view),
        *hardening.check(view),
        *routes.check(view),
        *settings.check(view, known.reader, known.facts),
        *secrets.check(view, known.template),
    )
    return list(dict.fromkeys(found))
