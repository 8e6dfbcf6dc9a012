"""From a manifest with the predecessor's controller to one in which the pipeline reads its own twin.

The predecessor's controller, uploader and stream simulator are images that nobody can have any more. The runtime of our
images reads `azdaConfiguration` from its own twin, so the controller's goes there, and the modules and their routes go.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from azdacli.errors import ManifestError, SpecError
from azdacli.manifest import template
from azdacli.manifest.checks.images import is_gone
from azdacli.manifest.checks.routes import PIPELINE
from azdacli.manifest.settings import CONFIGURATION, CONTROLLER
from azdacli.manifest.stream_options import Stream
from azdacli.manifest.view import AGENT, CONTENT, DESIRED, HUB, View

_MODULE = re.compile(r"/modules/([^/\s\"')]+)", re.IGNORECASE)
_UPLOADER = "uploader"


@dataclass(frozen=True, kw_only=True, slots=True)
class Conversion:
    """A template or manifest without the predecessor's modules.

    Attributes:
        document: The new one.
        notes: What was changed.
        warnings: What the user still has to decide.
    """

    document: dict[str, Any]
    notes: tuple[str, ...]
    warnings: tuple[str, ...]


def convert(document: Mapping[str, Any], *, streams: Sequence[Stream] = (), uploader: str = "") -> Conversion:
    """Put the controller's configuration on the pipeline's own twin, and drop what nobody can have.

    Args:
        document: A template or a manifest; it is not changed.
        streams: New addresses of the configuration's sensors, by their names.
        uploader: An image that takes the uploader's place; without one that module is dropped.

    Raises:
        ManifestError: There is no controller or no pipeline, or the pipeline has another configuration already.
        SpecError: A stream is none of the configuration's sensors.
    """
    whole = deepcopy(template.unwrapped(document))
    view = View(document=whole)
    modules = {module.name: module for module in view.user_modules()}
    controller = next((name for name in modules if _is_controller(view, name)), None)
    if controller is None:
        raise ManifestError(
            "there is no controller whose azdaConfiguration could move to the pipeline",
            hint="Leave --own-twin out.",
        )
    if PIPELINE not in modules:
        raise ManifestError(
            f"there is no module '{PIPELINE}' that could take the configuration of '{controller}'",
            hint=f"Call the module that runs the pipeline '{PIPELINE}'.",
        )
    notes = [_moved(whole[CONTENT], controller)]
    renewed = [name for name in modules if uploader and _UPLOADER in _last(modules[name].image)]
    for name in renewed:
        whole[CONTENT][AGENT][DESIRED]["modules"][name]["settings"]["image"] = uploader
        notes.append(f"'{name}' has the image {uploader}")
    gone = [controller, *(n for n, m in modules.items() if n not in {controller, *renewed} and is_gone(m.image or ""))]
    gone = [name for name in gone if name != PIPELINE]
    unheard = list(_unheard(view, controller, gone))  # before the routes go
    notes += _dropped(whole[CONTENT], gone)
    warnings = [*_readdressed(whole[CONTENT], streams, gone), *unheard]
    return Conversion(document=whole, notes=tuple(notes), warnings=tuple(warnings))


def _is_controller(view: View, name: str) -> bool:
    return (
        name != PIPELINE
        and CONFIGURATION in view.twin(name)
        and (name == CONTROLLER or any(is_gone(m.image or "") for m in view.user_modules() if m.name == name))
    )


def _last(image: str | None) -> str:
    return (image or "").lower().rpartition("/")[2]


def _moved(content: dict[str, Any], controller: str) -> str:
    own = content.setdefault(PIPELINE, {}).setdefault(DESIRED, {})
    moving = content[controller][DESIRED][CONFIGURATION]
    if own.get(CONFIGURATION, moving) != moving:
        raise ManifestError(
            f"'{PIPELINE}' and '{controller}' both have an azdaConfiguration, and they differ",
            hint=f"Keep one: the runtime reads that of '{PIPELINE}'.",
        )
    own[CONFIGURATION] = moving
    return f"azdaConfiguration is now in the twin of '{PIPELINE}', no longer in that of '{controller}'"


def _dropped(content: dict[str, Any], gone: Sequence[str]) -> Iterator[str]:
    for name in gone:
        del content[AGENT][DESIRED]["modules"][name]
        content.pop(name, None)
        yield f"the module '{name}' is dropped"
    lower = {name.lower() for name in gone}
    hub = content.get(HUB)
    desired = hub.get(DESIRED) if isinstance(hub, dict) else None
    routes = desired.get("routes") if isinstance(desired, dict) else None
    for name, value in list(routes.items()) if isinstance(routes, dict) else ():
        text = value.get("route") if isinstance(value, Mapping) else value
        if (
            isinstance(routes, dict)
            and isinstance(text, str)
            and {found.lower() for found in _MODULE.findall(text)} & lower
        ):
            del routes[name]
            yield f"the route '{name}' is dropped"


def _readdressed(content: dict[str, Any], streams: Sequence[Stream], gone: Sequence[str]) -> list[str]:
    """Give sensors their new addresses; say which still have that of a module that is gone."""
    configuration = content[PIPELINE][DESIRED][CONFIGURATION]
    components = configuration.get("components") if isinstance(configuration, dict) else None
    sensors = components.get("sensors") if isinstance(components, dict) else None
    known = {s.get("name"): s for s in sensors if isinstance(s, dict)} if isinstance(sensors, list) else {}
    for stream in streams:
        if stream.name not in known:
            raise SpecError(
                f"--stream names '{stream.name}', which is not a sensor of the configuration",
                hint=f"There is: {', '.join(map(str, known)) or 'none'}.",
            )
        sensor = known[stream.name]
        sensor.update({"kind": {"type": "vision", "subtype": stream.kind}, "endpoint": stream.address})
        _login(components or {}, stream)
    lost = {name.lower() for name in gone}
    return [
        f"the sensor '{name}' has its video from the module '{host}', which is dropped; give it a camera or a file: "
        f"--stream {name}=rtsp://CAMERA/PATH"
        for name, sensor in known.items()
        if (host := _host(sensor.get("endpoint"))) and host.lower() in lost
    ]


def _login(components: Mapping[str, Any], stream: Stream) -> None:
    deepstream = components.get("deepStream")
    entries = deepstream.get("streams") if isinstance(deepstream, Mapping) else None
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, dict) and entry.get("name") == stream.name:
            entry.update({"uname": stream.username, "password": stream.password})


def _host(endpoint: object) -> str:
    try:
        return urlsplit(endpoint).hostname or "" if isinstance(endpoint, str) else ""
    except ValueError:
        return ""


def _unheard(view: View, controller: str, gone: Sequence[str]) -> Iterator[str]:
    """The modules that the controller spoke to besides the pipeline."""
    own = {name.lower() for name in (controller, PIPELINE, *gone)}
    for _, _, route in view.routes():
        source, _, sink = route.partition(" INTO ")
        names = [name.lower() for name in _MODULE.findall(source)]
        for heard in _MODULE.findall(sink) if controller.lower() in names else ():
            if heard.lower() not in own:
                yield (
                    f"'{heard}' no longer hears the configuration from '{controller}': "
                    "give it what it needs in its own twin"
                )
