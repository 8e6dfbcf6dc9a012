"""Pipelines that belong to each other: those that share a camera run in one runtime, which opens it once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from azdacli.manifest.settings import CONFIGURATION


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """Some pipelines of a configuration.

    Attributes:
        ids: Their ids.
        twin: The settings with these pipelines alone.
    """

    ids: tuple[str, ...]
    twin: dict[str, Any]


def groups(twin: Mapping[str, Any]) -> list[Group]:
    """Part the settings of a module into those of groups; one group where they cannot be parted."""
    configuration = twin.get(CONFIGURATION)
    components = _object(_object(configuration).get("components"))
    deepstream = _object(components.get("deepStream"))
    pipelines, streams = _objects(deepstream.get("pipelineConfigs")), _objects(deepstream.get("streams"))
    ids = [str(each.get("id")) for each in pipelines]
    if len(pipelines) <= 1 or not streams or {str(each.get("configId")) for each in streams} != set(ids):
        return [Group(ids=tuple(ids), twin=dict(twin))]
    return [_part(twin, members) for members in _connected(ids, streams)]


def _connected(ids: list[str], streams: list[Mapping[str, Any]]) -> list[list[str]]:
    names = {each: {str(s.get("name")) for s in streams if str(s.get("configId")) == each} for each in ids}
    found: list[tuple[list[str], set[str]]] = []
    for each in ids:
        sharing = [group for group in found if group[1] & names[each]]
        members = [member for group in sharing for member in group[0]]
        found = [group for group in found if group not in sharing]
        found.append(([*members, each], names[each].union(*(group[1] for group in sharing))))
    order = sorted(found, key=lambda group: min(ids.index(member) for member in group[0]))
    return [sorted(members, key=ids.index) for members, _ in order]


def _part(twin: Mapping[str, Any], members: list[str]) -> Group:
    configuration = _object(twin[CONFIGURATION])
    components = _object(configuration["components"])
    deepstream = _object(components["deepStream"])
    streams = [each for each in _objects(deepstream["streams"]) if str(each.get("configId")) in members]
    cameras = {str(each.get("name")) for each in streams}
    part = {
        **components,
        "sensors": [each for each in _objects(components.get("sensors")) if str(each.get("name")) in cameras],
        "deepStream": {
            **deepstream,
            "pipelineConfigs": [e for e in _objects(deepstream["pipelineConfigs"]) if str(e.get("id")) in members],
            "streams": streams,
        },
    }
    regions = components.get("regionsOfInterest")
    if isinstance(regions, list):
        part["regionsOfInterest"] = [each for each in _objects(regions) if str(each.get("sensor")) in cameras]
    return Group(ids=tuple(members), twin={**twin, CONFIGURATION: {**configuration, "components": part}})


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _objects(value: Any) -> list[Mapping[str, Any]]:
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []
