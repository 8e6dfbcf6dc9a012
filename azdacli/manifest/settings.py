"""The pipeline's configuration, as the runtime itself reads it.

The runtime has the one implementation. It runs in a process of its own; what arrives here is its report.
"""

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from azdacli.manifest.images import ImageFacts
from azdacli.manifest.problems import Path, Problem
from azdacli.manifest.rules import found
from azdacli.manifest.view import CONTENT, DESIRED, View

CONFIGURATION = "azdaConfiguration"
_RECORDING = ("outputVideoLength", "autoStopRecordingTime")
_CONTROLLER = "controllermodule"
_PIPELINE = "ai-pipeline"
# What NVIDIA's base image brings; the list of assets names only the user's files.
_BASE_FOLDERS = ("/opt/nvidia/", "/opt/tritonserver/", "/usr/", "/opt/azda/")
_STEP = re.compile(r"\[(?P<index>[0-9]+)\]|\['(?P<quoted>(?:\\.|[^'\\])*)'\]|\.?(?P<word>[^.\[\]]+)")


@dataclass(frozen=True, kw_only=True, slots=True)
class NamedPath:
    """A path that the configuration names.

    Attributes:
        place: Where it stands in the configuration, as JSONPath.
        value: The path itself.
        kind: What the runtime reads there.
        in_archive: Whether it is looked for in a downloaded archive first, which nobody can look into from here.
    """

    place: str
    value: str
    kind: str
    in_archive: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class SettingsReport:
    """What the runtime said about one configuration.

    Attributes:
        problems: Place, message, hint and severity of each.
        paths: Every path that the configuration names.
    """

    problems: tuple[tuple[str, str, str, str], ...]
    paths: tuple[NamedPath, ...]


class SettingsReader(Protocol):
    """Hands something of a module's twin to the runtime."""

    def __call__(self, configuration: Any, *, twin: bool = False) -> SettingsReport:
        """Have one azdaConfiguration read, or what desired properties say about recordings."""


def check(view: View, reader: SettingsReader, facts: Mapping[str, ImageFacts]) -> Iterator[Problem]:
    """Have every configuration read by the runtime, and look for the paths that it names in the image.

    Args:
        view: The manifest.
        reader: Hands a configuration to the runtime.
        facts: What is known about images, by the name that stands in the manifest.
    """
    for name, _, twin in view.twins():
        if not isinstance(twin, Mapping):
            continue
        yield from _recording((CONTENT, name, DESIRED), twin, reader)
        if CONFIGURATION not in twin:
            continue
        base: Path = (CONTENT, name, DESIRED, CONFIGURATION)
        report = reader(twin[CONFIGURATION])
        for place, message, hint, severity in report.problems:
            rule = "settings" if severity == "error" else "settings-doubt"
            yield found(rule, (*base, *steps(place)), message, hint)
        image = _pipeline_image(view, name)
        known = facts.get(image) if image is not None else None
        if image is None or known is None or known.assets is None:
            continue
        for named in report.paths:
            yield from _asset((*base, *steps(named.place)), named, image, known.assets)


def _recording(base: Path, twin: Mapping[str, Any], reader: SettingsReader) -> Iterator[Problem]:
    options = {key: twin[key] for key in _RECORDING if key in twin}
    if options:
        for place, message, hint, _ in reader(options, twin=True).problems:
            yield found("recording", (*base, *steps(place)), message, hint)


def steps(place: str) -> Path:
    """Read a JSONPath of the runtime as keys and positions; `$` is the configuration."""
    found_steps: list[str | int] = []
    for match in _STEP.finditer(place.removeprefix("$")):
        if match["index"] is not None:
            found_steps.append(int(match["index"]))
        elif match["quoted"] is not None:
            found_steps.append(re.sub(r"\\(.)", r"\1", match["quoted"]))
        else:
            found_steps.append(match["word"])
    return tuple(found_steps)


def _pipeline_image(view: View, name: str) -> str | None:
    """The image that will read the configuration; a controller hands it on to the pipeline."""
    images = {module.name: module.image for module in view.user_modules()}
    return images.get(_PIPELINE if name == _CONTROLLER else name)


def _asset(path: Path, named: NamedPath, image: str, assets: tuple[str, ...]) -> Iterator[Problem]:
    value = named.value
    if named.in_archive or value.startswith(_BASE_FOLDERS) or _holds(assets, value):
        return
    same_name = [asset for asset in assets if asset.endswith(f"/{value.rsplit('/', 1)[-1]}")]
    close = same_name or difflib.get_close_matches(value, assets, n=1, cutoff=0.6)
    hint = f"Did you mean '{close[0]}'?" if close else "Add it with --add when the image is made."
    if not value.startswith("/"):
        yield found("asset-path", path, f"'{value}' is a relative path, and the pipeline has no archive", hint)
        return
    surely = any(asset.split("/")[1:2] == [value.split("/")[1]] for asset in assets)
    rule = "asset-path" if surely else "asset-path-doubt"
    yield found(rule, path, f"'{value}' is not among the files of '{image}'", hint)


def _holds(assets: tuple[str, ...], value: str) -> bool:
    folder = value.rstrip("/") + "/"
    return value in assets or any(asset.startswith(folder) for asset in assets)
