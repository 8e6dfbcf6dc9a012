"""What several checks ask for, looked at once: whoever comes first looks, the others wait."""

import os
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar

from azdacli.doctor.facts.base import Base
from azdacli.doctor.facts.device import ImageFacts
from azdacli.doctor.facts.engine import BuilderFacts, EngineFacts
from azdacli.doctor.facts.machine import Host, Visit
from azdacli.doctor.options import Options
from azdacli.doctor.probes import builder, device, engine, host, network
from azdacli.doctor.probes.engine import EngineApi
from azdacli.engine import endpoint
from azdacli.engine.endpoint import Endpoint
from azdacli.oci.reference import registry_host

T = TypeVar("T")
_HUB, _HUB_HOST = "docker.io", "registry-1.docker.io"


class Machine:
    """The machine that is looked at.

    Args:
        options: What the user asked for.
    """

    def __init__(self, options: Options) -> None:
        self.options = options
        self._found: dict[str, Future[Any]] = {}
        self._lock = threading.Lock()

    @property
    def environment(self) -> Mapping[str, str]:
        """Of the process."""
        return self.options.environment

    @property
    def host(self) -> Host:
        """The machine itself."""
        return self._once("host", host.look)

    @property
    def endpoint(self) -> Endpoint:
        """Where the engine is looked for."""
        return self._once("endpoint", lambda: endpoint.find(self.environment, self.host.system))

    @property
    def engine(self) -> EngineFacts:
        """What the engine says of itself."""
        return self._once("engine", lambda: engine.look(self.endpoint, self.environment))

    @property
    def api(self) -> EngineApi:
        """The engine's interface."""
        return EngineApi(self.endpoint)

    @property
    def builder(self) -> BuilderFacts:
        """BuildKit, as docker's command line has it."""
        return self._once("builder", lambda: builder.look(self.environment))

    @property
    def base(self) -> Base:
        """The image that a build would start from, without its size."""
        return self._once("base", self._base)

    @property
    def visits(self) -> tuple[Visit, ...]:
        """What came of a visit to each registry."""
        return self._once("visits", self._visits)

    @property
    def image(self) -> ImageFacts | None:
        """The image to hold against the device; None when none was named."""
        name = self.options.image
        return self._once("image", lambda: device.image(self.api, name, _made_for)) if name else None

    def base_host(self) -> str:
        """The host of the base image's registry."""
        first = self.base.name.partition("/")[0]
        return _HUB_HOST if first == _HUB or "." not in first else first

    def _visits(self) -> tuple[Visit, ...]:
        hosts = [] if self.options.device else [self.base_host()]
        hosts += [registry_host(each) for each in self.options.registries]
        bundle = str(self.options.ca_bundle or "")
        return tuple(network.visit(each, self.environment, bundle) for each in dict.fromkeys(hosts))

    def _base(self) -> Base:
        from azdacli.image import catalog  # what it stands on may be what is broken
        from azdacli.image.spec import ImageSpec, Target  # same

        known, options, variant = catalog.load(), self.options, self.options.variant.lower()
        release = known.release(options.release or known.default)
        if options.device_type:
            target = Target.parse(options.device_type)
        else:
            targets = (Target.JETSON, Target.DGPU)
            target = next((each for each in targets if variant in release.hardware[each].images), Target.JETSON)
        is_cpu = target is Target.CPU
        spec = ImageSpec(  # it refuses what is not a name
            release=release.version,
            target=target,
            platform=f"linux/{self.host.machine}" if is_cpu else release.hardware[target].platform,
            variant=variant,
            base_image=options.base_image or None,
            base_registry=options.base_registry or None,
        )
        image = known.cpu.image if is_cpu else known.image(release.version, target, variant)
        if options.base_registry and not is_cpu:
            image = f"{options.base_registry.rstrip('/')}/{image.split('/', 1)[1]}"
        return Base(
            name=options.base_image or image,
            platform=spec.platform,
            is_cpu=is_cpu,
            asked=bool(options.device_type),
        )

    def _once(self, name: str, look: Callable[[], T]) -> T:
        with self._lock:
            future = self._found.get(name)
            mine = future is None
            if future is None:
                future = self._found[name] = Future()
        if mine:
            try:
                future.set_result(look())
            except BaseException as error:  # noqa: BLE001 # every check that asks gets the same answer
                future.set_exception(error)
        found: T = future.result()
        return found


def _made_for(release: str) -> tuple[str, str]:
    """The L4T and the driver that a release was made for; empty where nobody says."""
    from azdacli.image import catalog  # what it stands on may be what is broken
    from azdacli.image.spec import Target  # same

    found = catalog.load().releases.get(release)
    if found is None:
        return "", ""
    return found.hardware[Target.JETSON].stack.get("l4t", ""), found.hardware[Target.DGPU].stack.get("driver", "")


def engine_folder(facts: EngineFacts) -> Path | None:
    """Where the engine keeps images on this machine; None when that is another machine's."""
    local = facts.endpoint.is_local and not facts.is_desktop and os.name == "posix"
    return Path(facts.folder) if local and facts.folder else None
