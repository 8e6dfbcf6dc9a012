"""What the other homes take from a manifest: its containers, the pipelines' settings, and what stays behind."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from azdacli.errors import ManifestError, SpecError
from azdacli.manifest.kinds.container import Container, read
from azdacli.manifest.settings import CONFIGURATION, CONTROLLER
from azdacli.manifest.view import View
from dsconfig.redaction import is_secret_name, secrets_in

KINDS = ("iot-edge", "compose", "kubernetes")
SETTINGS_FILE = "/etc/azda/settings.json"
_PLAIN = ("AZDA_MQTT", "AZDA_MQTT_NAME")


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """A checked manifest, to be said otherwise.

    Attributes:
        view: The manifest.
        kind: How, as `--kind` calls it.
        broker: The MQTT broker's URL; empty for the kind's own.
        refused: Keys of HostConfig that cannot be said there.
    """

    view: View
    kind: str
    broker: str = ""
    refused: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what has no module to run.

        Raises:
            ManifestError: No module has a configuration of pipelines.
            SpecError: The broker's URL is none, or has a password in it.
        """
        if CONFIGURATION not in json.dumps([self.view.twin(m.name) for m in self.view.user_modules()]):
            raise ManifestError(
                f"no module has an {CONFIGURATION}, and --kind {self.kind} runs pipelines",
                hint="With a controller in the template add --own-twin.",
            )
        if self.broker and not self.broker.startswith(("mqtt://", "mqtts://")):
            raise SpecError(f"--mqtt {self.broker} is not a broker", hint="Write mqtts://HOST or mqtts://HOST:PORT.")
        if "@" in self.broker:
            raise SpecError("--mqtt has a user in it", hint="The user and the password are given to the containers.")

    def containers(self) -> Iterator[tuple[Container, Mapping[str, Any] | None]]:
        """Each module, and its settings where it runs pipelines."""
        for module in self.view.user_modules():
            if module.name == CONTROLLER:
                continue
            twin = self.view.twin(module.name)
            yield read(module, kind=self.kind, refused=self.refused), twin if CONFIGURATION in twin else None

    def warnings(self) -> list[str]:
        """What IoT Edge does and this home does not."""
        found = []
        for name, _, route in self.view.routes():
            if "$upstream" in route.lower():
                found.append(f"The route {name} leads to IoT Hub; here messages stay at the MQTT broker.")
        others = [m for m in self.view.user_modules() if CONFIGURATION not in self.view.twin(m.name)]
        given = " and ".join(_PLAIN)
        found += [
            f"'{each.name}' has no edgeHub here: what it does there it has to do by MQTT. It is given {given}."
            for each in others
            if each.name != CONTROLLER
        ]
        if any(True for _ in self.view.credentials()):
            found.append("Credentials of registries are left out; see docs/manifests.md for how they are given here.")
        return found


def settings_text(twin: Mapping[str, Any]) -> str:
    """A settings file of the runtime."""
    return json.dumps(dict(twin), indent=2, ensure_ascii=False) + "\n"


def holds_secrets(twin: Mapping[str, Any]) -> bool:
    """Whether a camera's password or the like stands in it."""
    return any(secret.sure for secret in secrets_in(dict(twin)))


def secret_variables(env: Mapping[str, str]) -> Sequence[str]:
    """Variables whose values are not written down."""
    return [name for name, value in env.items() if value and is_secret_name(name)]
