"""The pipeline's configuration, as the runtime itself reads it.

The runtime has the one implementation. It runs in a process of its own; what arrives here is its report.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from azdacli.image.spec import Target
from azdacli.manifest import asset_paths
from azdacli.manifest.asset_paths import NamedPath
from azdacli.manifest.images import ImageFacts
from azdacli.manifest.problems import Path, Problem
from azdacli.manifest.rules import found
from azdacli.manifest.view import CONTENT, DESIRED, View
from dsconfig.base_image import BaseImage

CONFIGURATION = "azdaConfiguration"
_RECORDING = ("outputVideoLength", "autoStopRecordingTime")
CONTROLLER = "controllermodule"
_PIPELINE = "ai-pipeline"
_STEP = re.compile(r"\[(?P<index>[0-9]+)\]|\['(?P<quoted>(?:\\.|[^'\\])*)'\]|\.?(?P<word>[^.\[\]]+)")


@dataclass(frozen=True, kw_only=True, slots=True)
class SettingsReport:
    """What the runtime said about one configuration.

    Attributes:
        problems: Place, message, hint and severity of each.
        paths: Every path that the configuration names.
    """

    problems: tuple[tuple[str, str, str, str], ...]
    paths: tuple[NamedPath, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """What the runtime is to read.

    Attributes:
        value: One `azdaConfiguration`, or what a module's desired properties say about recordings.
        twin: Whether it is the latter.
    """

    value: Any
    twin: bool = False


class SettingsReader(Protocol):
    """Hands parts of modules' twins to the runtime, all at once: it starts a process for them."""

    def __call__(self, questions: Sequence[Question]) -> Sequence[SettingsReport]:
        """Have everything read; the answers come in the order of the questions."""


def check(view: View, reader: SettingsReader, facts: Mapping[str, ImageFacts]) -> Iterator[Problem]:
    """Have every configuration read by the runtime, and look for the paths that it names in the image.

    Args:
        view: The manifest.
        reader: Hands a configuration to the runtime.
        facts: What is known about images, by the name that stands in the manifest.
    """
    questions = list(_questions(view))
    reports = reader([question for _, question in questions]) if questions else ()
    images = {module.name: module.image for module in view.user_modules()}
    files = dict(_listed(images.values(), facts))
    for (name, question), report in zip(questions, reports, strict=True):
        if question.twin:
            yield from _recording((CONTENT, name, DESIRED), report)
            continue
        base: Path = (CONTENT, name, DESIRED, CONFIGURATION)
        for location, message, hint, severity in report.problems:
            rule = "settings" if severity == "error" else "settings-doubt"
            yield found(rule, (*base, *steps(location)), message, hint)
        # A controller hands its configuration on to the pipeline, whose image reads it.
        image = images.get(_PIPELINE if name == CONTROLLER else name)
        if image in files:
            for named in report.paths:
                yield from files[image].check((*base, *steps(named.location)), named)


def _questions(view: View) -> Iterator[tuple[str, Question]]:
    for name, _, twin in view.twins():
        if not isinstance(twin, Mapping):
            continue
        options = {key: twin[key] for key in _RECORDING if key in twin}
        if options:
            yield name, Question(value=options, twin=True)
        if CONFIGURATION in twin:
            yield name, Question(value=twin[CONFIGURATION])


def _listed(images: Iterable[str | None], facts: Mapping[str, ImageFacts]) -> Iterator[tuple[str, asset_paths.Files]]:
    """The images whose list of assets is known."""
    for image in dict.fromkeys(images):
        known = facts.get(image) if image is not None else None
        if image is not None and known is not None and known.assets is not None:
            base = BaseImage(release=known.release or "", deepstream=known.target != Target.CPU.value)
            yield image, asset_paths.Files(image, known.assets, known.folders, base)


def _recording(base: Path, report: SettingsReport) -> Iterator[Problem]:
    for location, message, hint, _ in report.problems:
        yield found("recording", (*base, *steps(location)), message, hint)


def steps(location: str) -> Path:
    """Read a JSONPath of the runtime as keys and positions; `$` is the configuration."""
    found_steps: list[str | int] = []
    for match in _STEP.finditer(location.removeprefix("$")):
        if match["index"] is not None:
            found_steps.append(int(match["index"]))
        elif match["quoted"] is not None:
            found_steps.append(re.sub(r"\\(.)", r"\1", match["quoted"]))
        else:
            found_steps.append(match["word"])
    return tuple(found_steps)
