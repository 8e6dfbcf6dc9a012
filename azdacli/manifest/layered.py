"""Layered deployments: modules and routes that are added to what other deployments bring.

A layer has keys such as ``properties.desired.modules.NAME`` in ``$edgeAgent`` and ``properties.desired.routes.NAME`` in
``$edgeHub``. To hold it against the rules of a manifest it is laid over the least that a device has to run; what is
found is then said at the layer's own keys.
(Microsoft, "Understand IoT Edge automatic deployments for single devices or at scale", section on layered deployments.)
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from azdacli.manifest.problems import Path, Problem
from azdacli.manifest.rules import found
from azdacli.manifest.view import AGENT, CONTENT, DESIRED, HUB, View

_PREFIX = f"{DESIRED}."
_GROUPS = {AGENT: "modules", HUB: "routes"}
_RUNNING = {"type": "docker", "status": "running", "restartPolicy": "always"}
_BASE: Mapping[str, Mapping[str, Any]] = {
    AGENT: {
        "schemaVersion": "1.1",
        "runtime": {"type": "docker", "settings": {}},
        "systemModules": {
            "edgeAgent": {"type": "docker", "settings": {"image": "mcr.microsoft.com/azureiotedge-agent:1.5"}},
            "edgeHub": {**_RUNNING, "settings": {"image": "mcr.microsoft.com/azureiotedge-hub:1.5"}},
        },
        "modules": {},
    },
    HUB: {"schemaVersion": "1.2", "routes": {}, "storeAndForwardConfiguration": {"timeToLiveSecs": 7200}},
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """One key of a layer.

    Attributes:
        section: The module whose twin it changes.
        key: The key as it stands.
        steps: The same as keys within the desired properties; empty where it is all of them.
        value: What it says.
    """

    section: str
    key: str
    steps: tuple[str, ...]
    value: Any

    @property
    def own(self) -> Path:
        """Where it stands in the layer."""
        return (CONTENT, self.section, self.key)

    @property
    def whole(self) -> Path:
        """Where it stands in a whole manifest."""
        return (CONTENT, self.section, DESIRED, *self.steps)


def is_layered(document: Mapping[str, Any]) -> bool:
    """Whether some section has a layer's key."""
    return any(part.steps for part in _parts(document))


def view_of(document: Mapping[str, Any]) -> View:
    """A layer as the manifest that it makes of the least that a device runs."""
    content: dict[str, Any] = {name: {DESIRED: _copied(base)} for name, base in _BASE.items()}
    for part in _parts(document):
        desired = content.setdefault(part.section, {DESIRED: {}})[DESIRED]
        if part.section in _GROUPS:
            if _fits(part):
                desired[_GROUPS[part.section]][part.steps[1]] = part.value
        elif len(part.steps) == 1:
            desired[part.steps[0]] = part.value
        elif not part.steps and isinstance(part.value, Mapping):
            desired.update(part.value)
    return View(document={CONTENT: content}, layer=True)


def misfits(document: Mapping[str, Any]) -> Iterator[Problem]:
    """What a layer cannot hold."""
    for part in _parts(document):
        group = _GROUPS.get(part.section)
        if group and not _fits(part):
            hint = f"A layer's keys are properties.desired.{group}.NAME; all else comes from the deployment below."
            yield found("layered", part.own, "is not a key of a layered deployment", hint)
    content = document.get(CONTENT)
    for name, section in content.items() if isinstance(content, Mapping) else ():
        if not isinstance(section, Mapping):
            yield found("shape", (CONTENT, name), "must be an object")
            continue
        for key in section:
            if key != DESIRED and not str(key).startswith(_PREFIX):
                yield found("shape", (CONTENT, name, key), "is not a key of a module's section")


def at_home(document: Mapping[str, Any], problems: list[Problem]) -> list[Problem]:
    """Findings about `view_of` at the layer's own keys; those about the device's base are left out."""
    parts = list(_parts(document))

    def moved(problem: Problem) -> Iterator[Problem]:
        for part in parts:
            if problem.path[: len(part.whole)] == part.whole:
                yield replace(problem, path=(*part.own, *problem.path[len(part.whole) :]))
                return
        section = problem.path[:2]
        if len(section) == len(("content", "name")) and section[1] not in _BASE:
            yield replace(problem, path=section)

    return [each for problem in problems for each in moved(problem)]


def with_values_of(document: Mapping[str, Any], whole: Mapping[str, Any]) -> dict[str, Any]:
    """A layer with the values that a whole manifest has at its keys: to show it without secrets."""
    content = {
        name: dict(section) if isinstance(section, Mapping) else section for name, section in _sections(document)
    }
    for part in _parts(document):
        if part.section in _GROUPS and _fits(part):
            value: Any = whole
            for step in part.whole:
                value = value[step]
            content[part.section][part.key] = value
    return {**document, CONTENT: content}


def _fits(part: Part) -> bool:
    return len(part.steps) == len(("modules", "name")) and part.steps[0] == _GROUPS[part.section]


def _sections(document: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    content = document.get(CONTENT)
    yield from content.items() if isinstance(content, Mapping) else ()


def _parts(document: Mapping[str, Any]) -> Iterator[Part]:
    for name, section in _sections(document):
        for key, value in section.items() if isinstance(section, Mapping) else ():
            if key == DESIRED:
                yield Part(section=name, key=key, steps=(), value=value)
            elif key.startswith(_PREFIX):
                yield Part(section=name, key=key, steps=tuple(key[len(_PREFIX) :].split(".")), value=value)


def _copied(base: Mapping[str, Any]) -> dict[str, Any]:
    return {key: dict(value) if isinstance(value, Mapping) else value for key, value in base.items()}
