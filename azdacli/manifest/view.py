"""A manifest as modules, routes and twins, whatever state the document is in.

Every check reads through this view, so that a document of the wrong shape is reported once, by the check of shapes,
and no other check stumbles over it.
"""

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from azdacli.manifest.problems import Path

AGENT = "$edgeAgent"
HUB = "$edgeHub"
DESIRED = "properties.desired"
CONTENT = "modulesContent"

AGENT_PATH: Path = (CONTENT, AGENT, DESIRED)
HUB_PATH: Path = (CONTENT, HUB, DESIRED)


@dataclass(frozen=True, kw_only=True, slots=True)
class Module:
    """One module of the agent's desired properties.

    Attributes:
        name: Its key.
        path: Where it stands.
        body: What it says, an empty mapping where it is not an object.
        system: Whether it is edgeAgent or edgeHub.
    """

    name: str
    path: Path
    body: Mapping[str, Any]
    system: bool

    @property
    def settings(self) -> Mapping[str, Any]:
        """The `settings` object."""
        return _mapping(self.body.get("settings"))

    @property
    def image(self) -> str | None:
        """The image's name; None where it is not text."""
        image = self.settings.get("image")
        return image if isinstance(image, str) else None

    @property
    def image_path(self) -> Path:
        """Where the image's name stands."""
        return (*self.path, "settings", "image")


@dataclass(frozen=True, kw_only=True)
class View:
    """A document seen as a manifest; what checks ask for again and again is looked up once.

    Attributes:
        document: The manifest.
        layer: Whether other deployments bring modules, routes and credentials, too.
    """

    document: Mapping[str, Any]
    layer: bool = False

    @property
    def content(self) -> Mapping[str, Any]:
        """All sections by module name."""
        return _mapping(self.document.get(CONTENT))

    @property
    def agent(self) -> Mapping[str, Any]:
        """The desired properties of edgeAgent."""
        return self.twin(AGENT)

    @property
    def hub(self) -> Mapping[str, Any]:
        """The desired properties of edgeHub."""
        return self.twin(HUB)

    def twin(self, name: str) -> Mapping[str, Any]:
        """The desired properties of one section, empty where it has none."""
        return _mapping(_mapping(self.content.get(name)).get(DESIRED))

    def twins(self) -> Iterator[tuple[str, Path, Any]]:
        """Every section's desired properties with their place."""
        for name, section in self.content.items():
            if isinstance(section, Mapping) and DESIRED in section:
                yield name, (CONTENT, name, DESIRED), section[DESIRED]

    def modules(self) -> Sequence[Module]:
        """System modules first, then the user's."""
        return self._modules

    def user_modules(self) -> Sequence[Module]:
        """The modules that are not edgeAgent and edgeHub."""
        return self._user_modules

    def routes(self) -> Iterator[tuple[str, Path, str]]:
        """Every route that is text, on its own or in an object."""
        for name, value in _mapping(self.hub.get("routes")).items():
            path: Path = (*HUB_PATH, "routes", name)
            if isinstance(value, str):
                yield name, path, value
            elif isinstance(value, Mapping) and isinstance(value.get("route"), str):
                yield name, (*path, "route"), value["route"]

    def credentials(self) -> Iterator[tuple[str, Path, Mapping[str, Any]]]:
        """Every registry credential that is an object."""
        settings = _mapping(_mapping(self.agent.get("runtime")).get("settings"))
        for name, value in _mapping(settings.get("registryCredentials")).items():
            if isinstance(value, Mapping):
                yield name, (*AGENT_PATH, "runtime", "settings", "registryCredentials", name), value

    @functools.cached_property
    def _modules(self) -> tuple[Module, ...]:
        return (*self._group("systemModules", system=True), *self._group("modules", system=False))

    @functools.cached_property
    def _user_modules(self) -> tuple[Module, ...]:
        return tuple(module for module in self._modules if not module.system)

    @functools.cached_property
    def user_names(self) -> frozenset[str]:
        """The names of the user's modules in lower case, as edgeHub compares them."""
        return frozenset(module.name.lower() for module in self._user_modules)

    def _group(self, key: str, *, system: bool) -> Iterator[Module]:
        for name, body in _mapping(self.agent.get(key)).items():
            yield Module(name=name, path=(*AGENT_PATH, key, name), body=_mapping(body), system=system)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
