"""The shape of a manifest: agent schema 1.1 and hub schema 1.2, as the agent and the hub read them."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from azdacli.manifest.checks import grammar as g
from azdacli.manifest.problems import Path, Problem
from azdacli.manifest.rules import found
from azdacli.manifest.view import AGENT, AGENT_PATH, CONTENT, DESIRED, HUB, HUB_PATH, View

_MOST_MODULES = 50
_DOUBTFUL_POLICIES = ("on-failure", "on-unhealthy")
_LARGEST_32_BIT = 4294967295
_LOWEST_PRIORITY = 9
_AGENT_VERSIONS = ("1.0", "1.1")
_HUB_VERSIONS = ("1.0", "1.1", "1.2")
_LAYERED = "Write whole sections, or send it to all devices that meet a condition: deploy --target-condition."
SYSTEM_NAMES = ("edgeAgent", "edgeHub")

# An engine wants a letter or digit first and two characters at least, and the module's name is the container's.
_MODULE_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_-]+")
_SECTION_NAME = re.compile(r"[a-zA-Z0-9_-]+")
_ENV_NAME = re.compile(r"[^+#$\s.]+")
_PLAIN_NAME = re.compile(r"[^.$# ]+")
_OPTIONS_KEY = re.compile(r"(createoptions|createOptions)[0-9]*", re.ASCII)


def _settings(path: Path, value: Any) -> Iterator[Problem]:
    if not isinstance(value, Mapping):
        yield from g.json_object(path, value)
        return
    options = {key: g.text for key in value if _OPTIONS_KEY.fullmatch(key)}
    yield from g.record({"image": g.text}, options)(path, value)


def _address(path: Path, value: Any) -> Iterator[Problem]:
    yield from g.text(path, value)
    if isinstance(value, str) and (not value or re.search(r"\s", value)):
        yield found("shape", path, "must be a host without blanks", "Write it as myregistry.azurecr.io.")


def _login(path: Path, value: Any) -> Iterator[Problem]:
    """Half a login: edgeAgent refuses its whole configuration for a blank one (RegistryCredentials.cs)."""
    yield from g.text(path, value)
    if isinstance(value, str) and not value.strip():
        yield found("shape", path, "must not be empty", "Set its variable, or leave the registry out if it is public.")


_ENV = g.names(
    _ENV_NAME,
    "env-name",
    "'{name}' is not a variable name that edgeAgent accepts",
    g.record({"value": g.scalar}, {}),
)
_POLICY = g.choice("never", "on-failure", "on-unhealthy", "always")
_ORDER = g.whole(0, _LARGEST_32_BIT)
_OPTIONAL = {"env": _ENV, "imagePullPolicy": g.choice("on-create", "never")}
_RUNNING = {
    "type": g.choice("docker"),
    "status": g.choice("running", "stopped"),
    "restartPolicy": _POLICY,
    "settings": _settings,
}
_CREDENTIALS = g.names(
    _PLAIN_NAME,
    "shape",
    "'{name}' holds a blank, '.', '$' or '#', which no name of credentials may",
    g.record({"username": _login, "password": _login, "address": _address}, {}),
)
_RUNTIME = g.record(
    {
        "type": g.choice("docker"),
        "settings": g.record(
            {}, {"minDockerVersion": g.text, "loggingOptions": g.text, "registryCredentials": _CREDENTIALS}
        ),
    },
    {},
)
_AGENT = g.record(
    {
        "schemaVersion": g.anything,
        "runtime": _RUNTIME,
        "systemModules": g.record(
            {
                "edgeAgent": g.record({"type": g.choice("docker"), "settings": _settings}, _OPTIONAL),
                "edgeHub": g.record(_RUNNING, {**_OPTIONAL, "startupOrder": _ORDER}),
            },
            {},
        ),
        "modules": g.names(
            _MODULE_NAME,
            "module-name",
            "'{name}' is not a valid module name: two or more of a-z, A-Z, 0-9, '_', '-', the first one no '_' or '-'",
            g.record(_RUNNING, {**_OPTIONAL, "startupOrder": _ORDER, "version": g.text}),
        ),
    },
    {},
)
_ROUTE_OBJECT = g.record(
    {"route": g.text}, {"priority": g.whole(0, _LOWEST_PRIORITY), "timeToLiveSecs": g.whole(0, _LARGEST_32_BIT)}
)


def _route(path: Path, value: Any) -> Iterator[Problem]:
    yield from g.text(path, value) if not isinstance(value, Mapping) else _ROUTE_OBJECT(path, value)


_HUB = g.record(
    {
        "schemaVersion": g.anything,
        "routes": g.names(_PLAIN_NAME, "route-name", "'{name}' holds a blank, '.', '$' or '#'", _route),
    },
    {
        "storeAndForwardConfiguration": g.record({"timeToLiveSecs": g.whole(-1, _LARGEST_32_BIT)}, {}),
        "mqttBroker": g.json_object,
    },
)


def check(view: View) -> Iterator[Problem]:
    """Hold the whole document against the two schemas."""
    yield from _top(view)
    yield from _sections(view)
    yield from _versions(view)
    modules = view.user_modules()
    if len(modules) > _MOST_MODULES:
        yield found(
            "module-count", (*AGENT_PATH, "modules"), f"has {len(modules)} modules of the 50 that a device takes"
        )
    for module in view.modules():
        policy = module.body.get("restartPolicy")
        if policy in _DOUBTFUL_POLICIES:
            yield found(
                "restart-policy", (*module.path, "restartPolicy"), f"'{policy}' may act as 'never'", "Use always."
            )
    for module in modules:
        if module.name.lower() in {name.lower() for name in SYSTEM_NAMES}:
            yield found("module-name", module.path, f"'{module.name}' is the name of a system module")


def _top(view: View) -> Iterator[Problem]:
    yield from g.record({CONTENT: g.json_object}, {})((), view.document)
    for name in (AGENT, HUB):
        if isinstance(view.document.get(CONTENT), Mapping) and name not in view.content:
            yield found("shape", (CONTENT,), f"has no '{name}'")


def _sections(view: View) -> Iterator[Problem]:
    deployed = {module.name for module in view.modules()}
    for name, section in view.content.items():
        path: Path = (CONTENT, name)
        layered = [key for key in section if key.startswith(f"{DESIRED}.")] if isinstance(section, Mapping) else []
        if layered:
            yield found("layered", (*path, layered[0]), "is a layered deployment's key", _LAYERED)
            continue
        inside = {AGENT: _AGENT, HUB: _HUB}.get(name, g.json_object)
        yield from g.record({DESIRED: inside}, {})(path, section)
        if name in (AGENT, HUB):
            continue
        if not _SECTION_NAME.fullmatch(name):
            yield found("module-name", path, f"'{name}' is not a valid name for a module's section")
        elif name not in deployed and not view.layer:
            yield found("module-section", path, f"no module '{name}' is deployed", near(name, deployed))


def _versions(view: View) -> Iterator[Problem]:
    for name, twin, path, allowed in (
        ("agent", view.agent, AGENT_PATH, _AGENT_VERSIONS),
        ("hub", view.hub, HUB_PATH, _HUB_VERSIONS),
    ):
        version = twin.get("schemaVersion")
        if "schemaVersion" in twin and not (isinstance(version, str) and version in allowed):
            yield found(
                f"{name}-schema-version",
                (*path, "schemaVersion"),
                f"must be one of {', '.join(allowed)}, as text, not {g.shown(version)}",
            )


def near(name: str, known: set[str]) -> str:
    """A hint that names what exists, the likeliest first."""
    import difflib  # only needed where something is wrong

    close = difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.6)
    if close:
        return f"Did you mean '{close[0]}'?"
    return f"There is: {', '.join(sorted(known))}." if known else ""
