"""The call to IoT Hub that deploys, before it is made: to one device here, to many in `automatic_deployment`."""

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import quote

from azdacli.errors import DeployError
from azdacli.manifest import text
from azdacli.manifest.redact import redacted
from azdacli.oci.registry.transport import is_loopback

API_VERSION = "2021-04-12"
_PUBLIC = ".azure-devices.net"
# Azure's clouds: the public one, China's and the US government's.
_AZURE = re.compile(r"[a-z0-9][a-z0-9-]*\.azure-devices\.(net|cn|us)")
_CHINA = ".azure-devices.cn"
REFUSALS: Mapping[int, tuple[str, str]] = {
    401: ("rejected your identity", "Log in with `az login` in the hub's tenant."),
    403: ("does not let you deploy", "Ask for the role 'IoT Hub Data Contributor' on the hub."),
    404: ("has no such edge device", "Look it up with `az iot hub device-identity list`."),
    412: ("reports that the deployment has changed in the meantime", "Run the command again."),
    413: ("rejected the manifest as too large", "Shorten it: see the rule twin-size."),
    429: ("is throttled", "Wait a minute and run the command again."),
}


@dataclass(frozen=True, kw_only=True)
class Call(ABC):
    """A call to a hub, before it is made.

    Attributes:
        hub: The hub's host, with a port where it is not 443.
        content: The manifest.
    """

    hub: str
    content: Mapping[str, Any]

    METHOD: ClassVar[str]
    DONE: ClassVar[tuple[int, ...]]

    @property
    @abstractmethod
    def path(self) -> str:
        """Where the call goes on the hub, quoted."""

    @property
    @abstractmethod
    def body(self) -> dict[str, Any]:
        """What is sent, as data."""

    @property
    @abstractmethod
    def about(self) -> str:
        """What the call is about, as in "for device 'd'"."""

    @property
    @abstractmethod
    def target(self) -> dict[str, Any]:
        """Where the manifest goes, as `--json` says it."""

    @property
    def refusals(self) -> Mapping[int, tuple[str, str]]:
        """What the hub means by a status, and what to do about it."""
        return REFUSALS

    @property
    def url(self) -> str:
        """Where the call goes."""
        return f"https://{self.hub}{self.path}?api-version={API_VERSION}"

    @property
    def scope(self) -> str:
        """What the token is asked for."""
        domain = "iothubs.chinacloudapi.cn" if self.hub.endswith(_CHINA) else "iothubs.azure.net"
        return f"https://{domain}/.default"

    @property
    def headers(self) -> dict[str, str]:
        """What is sent beside the token."""
        return {"Content-Type": "application/json"}

    def shown(self) -> dict[str, Any]:
        """The call as data, without the token and without the manifest's secrets."""
        headers = {"Authorization": "Bearer ***", **self.headers}
        return {"method": self.METHOD, "url": self.url, "headers": headers, "body": redacted(self.body)}

    def as_text(self) -> str:
        """The call as HTTP writes it, without the token and without the manifest's secrets."""
        call = self.shown()
        headers = [f"{name}: {value}" for name, value in call["headers"].items()]
        return "\n".join([f"{call['method']} {call['url']}", *headers, "", text.dumps(call["body"])])


@dataclass(frozen=True, kw_only=True)
class Deployment(Call):
    """The call that replaces what one device runs.

    Attributes:
        device: The device's id.
    """

    device: str

    METHOD: ClassVar[str] = "POST"
    DONE: ClassVar[tuple[int, ...]] = (204,)

    @property
    def path(self) -> str:
        """Where the call goes on the hub, quoted."""
        return f"/devices/{quote(self.device, safe='')}/applyConfigurationContent"

    @property
    def body(self) -> dict[str, Any]:
        """What is sent, as data."""
        return {"modulesContent": self.content["modulesContent"]}

    @property
    def about(self) -> str:
        """What the call is about."""
        return f"for device '{self.device}'"

    @property
    def target(self) -> dict[str, Any]:
        """Where the manifest goes, as `--json` says it."""
        return {"device": self.device}


def host(hub: str) -> str:
    """The hub's host from what a user typed: its name alone, or its host.

    Raises:
        DeployError: It is neither, or no hub of Azure's: a token goes to no other host but this machine.
    """
    name = hub.strip().removeprefix("https://").rstrip("/")
    if not name or any(c in name for c in "/@?# \t\r\n\\"):
        raise DeployError(f"'{hub}' is not the name of an IoT hub", hint=f"Write myhub or myhub{_PUBLIC}.")
    if "." not in name and ":" not in name:
        return f"{name}{_PUBLIC}"
    if not _AZURE.fullmatch(name.lower()) and not is_loopback(name):
        raise DeployError(
            f"'{hub}' is not a host of Azure IoT Hub, and an Entra ID token goes to no other",
            hint=f"Write the hub's name alone, or its host: myhub{_PUBLIC}.",
        )
    return name
