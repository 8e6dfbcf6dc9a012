"""Routes: read as edgeHub's grammar reads them, and followed to where they lead."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from azdacli.manifest.checks.shape import SYSTEM_NAMES, near
from azdacli.manifest.problems import Path, Problem
from azdacli.manifest.rules import found
from azdacli.manifest.view import HUB_PATH, View

PIPELINE = "ai-pipeline"
_SYSTEM = frozenset(name.lower() for name in SYSTEM_NAMES)
# The runtime's own inputs and outputs, in lower case: edgeHub compares names without case.
INPUTS = {"controller": "Controller", "recordinginput": "recordingInput"}
OUTPUTS = {"inference": "inference"}

_LONGEST = 4096
_ITEM = r"[^()<>@,;:\\\"/\[\]?={}\s]+"
_ROUTE = re.compile(
    rf"""\s*(?:SELECT\s+\*\s+)?
    FROM\s+(?P<source>(?:/{_ITEM})+)
    (?:\s+WHERE\s+(?P<condition>\S.*?))?
    \s+INTO\s+
    (?P<sink>\$upstream | BrokeredEndpoint\(\s*(?P<quote>["'])(?P<endpoint>[^"']*)(?P=quote)\s*\))\s*""",
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_ENDPOINT = re.compile(rf"/modules/(?P<module>{_ITEM})/inputs/(?P<name>{_ITEM})", re.IGNORECASE)
_SOURCE = re.compile(
    rf"""/\* | /twinChangeNotifications(?:/\*)? | /messages(?:/\*)? | /messages/modules(?:/\*)?
    | /messages/modules/(?P<module>{_ITEM})(?:/\* | /outputs(?:/(?P<output>{_ITEM})(?:/\*)?)?)?""",
    re.VERBOSE | re.IGNORECASE,
)
_FORM = (
    "Write it as: FROM /messages/modules/NAME/outputs/* INTO $upstream, "
    'or INTO BrokeredEndpoint("/modules/NAME/inputs/INPUT").'
)
_STRING = re.compile(r"\"[^\"]*\"|'[^']*'")


def check(view: View) -> Iterator[Problem]:
    """Read every route and look for what it names."""
    for _, path, route in view.routes():
        yield from _route(view, path, route)
    yield from _versions(view)


def _versions(view: View) -> Iterator[Problem]:
    hub = view.hub
    old = hub.get("schemaVersion") == "1.0"
    routes = hub.get("routes")
    for name, value in routes.items() if isinstance(routes, Mapping) else ():
        if old and isinstance(value, Mapping):
            yield found("route-object", (*HUB_PATH, "routes", name), "is an object, and the schema version is 1.0")
    if hub and not old and "storeAndForwardConfiguration" not in hub:
        yield found(
            "time-to-live",
            HUB_PATH,
            "has no 'storeAndForwardConfiguration'",
            'Add "storeAndForwardConfiguration": {"timeToLiveSecs": 7200}.',
        )
    if "mqttBroker" in hub:
        yield found("mqtt-broker", (*HUB_PATH, "mqttBroker"), "is read by no supported edgeHub", "Leave it out.")


def _route(view: View, path: Path, route: str) -> Iterator[Problem]:
    match = _ROUTE.fullmatch(route) if len(route) <= _LONGEST else None
    if match is None:
        yield found("route-syntax", path, "is not a route", _FORM)
        return
    if match["condition"] is not None:
        yield from _condition(path, match["condition"])
    yield from _source(view, path, match["source"])
    if match["endpoint"] is not None:
        yield from _sink(view, path, match["endpoint"])


def _condition(path: Path, condition: str) -> Iterator[Problem]:
    bare = _STRING.sub("", condition)
    if any(quote in bare for quote in "\"'"):
        yield found("route-syntax", path, "opens a quote in its condition that is never closed")
    depth = 0
    for character in bare:
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth < 0:
            break
    if depth:
        yield found("route-syntax", path, "has an unbalanced parenthesis in its condition")
    if re.search(r"\$twin\b", bare, re.IGNORECASE):
        yield found("route-syntax", path, "asks for a twin in its condition, which edgeHub cannot do")


def _source(view: View, path: Path, source: str) -> Iterator[Problem]:
    match = _SOURCE.fullmatch(source)
    if match is None:
        yield found("route-source", path, f"comes from {source}, which matches no message", _FORM)
        return
    module, output = match["module"], match["output"]
    if module is None or module == "*":
        return
    yield from _deployed(view, path, "route-silent", module)
    if output is not None and output != "*":
        yield from _endpoint(view, path, module, (output, "output", OUTPUTS))


def _sink(view: View, path: Path, endpoint: str) -> Iterator[Problem]:
    match = _ENDPOINT.fullmatch(endpoint)
    if match is None:
        yield found("route-sink", path, f"leads to '{endpoint}', which is not an input of a module", _FORM)
        return
    yield from _deployed(view, path, "route-sink", match["module"])
    yield from _endpoint(view, path, match["module"], (match["name"], "input", INPUTS))


def _deployed(view: View, path: Path, rule: str, module: str) -> Iterator[Problem]:
    if not view.layer and module.lower() not in view.user_names and module.lower() not in _SYSTEM:
        names = {m.name for m in view.user_modules()} | set(SYSTEM_NAMES)
        yield found(rule, path, f"names the module '{module}', which is not deployed", near(module, names))


def _endpoint(view: View, path: Path, module: str, end: tuple[str, str, Mapping[str, Any]]) -> Iterator[Problem]:
    """The runtime has a fixed set of ends. Only a module that is surely the runtime is held to it as an error."""
    name, kind, known = end
    if module.lower() != PIPELINE or name.lower() in known:
        return
    sure = "azdaConfiguration" in view.twin(PIPELINE)
    rule = "route-endpoint" if sure else "route-endpoint-unknown"
    listed = ", ".join(known.values())
    yield found(
        rule, path, f"names the {kind} '{name}', which the pipeline runtime does not have", f"It has: {listed}."
    )
