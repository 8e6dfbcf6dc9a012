"""The one call to IoT Hub: a device's deployment is replaced by a manifest."""

import contextlib
import logging
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import requests
from requests.auth import AuthBase

from azdacli.errors import DeployError
from azdacli.manifest import text
from azdacli.manifest.checks import secrets
from azdacli.manifest.redact import redacted
from azdacli.manifest.view import View
from azdacli.oci.registry import limits
from azdacli.oci.registry.answer import Answer, Arriving
from azdacli.oci.registry.transport import is_loopback, session
from dsconfig import redaction

API_VERSION = "2021-04-12"
_PUBLIC = ".azure-devices.net"
# Azure's clouds: the public one, China's and the US government's.
_AZURE = re.compile(r"[a-z0-9][a-z0-9-]*\.azure-devices\.(net|cn|us)")
_CHINA = ".azure-devices.cn"
_SECONDS = (10, 60)
_LONGEST_ANSWER = 300
_DONE = 204
PACE = limits.Pace()
_REFUSALS: Mapping[int, tuple[str, str]] = {
    401: ("rejected your identity", "Log in with `az login` in the hub's tenant."),
    403: ("does not let you deploy", "Ask for the role 'IoT Hub Data Contributor' on the hub."),
    404: ("has no such edge device", "Look it up with `az iot hub device-identity list`."),
    412: ("reports that the deployment has changed in the meantime", "Run the command again."),
    413: ("rejected the manifest as too large", "Shorten it: see the rule twin-size."),
    429: ("is throttled", "Wait a minute and run the command again."),
}

_NO_ANSWER: tuple[type[Exception], ...] = (requests.exceptions.RequestException, *limits.BROKEN_OFF, OSError)

# Gets a token for a scope.
TokenSource = Callable[[str], str]
_UNAUTHORIZED = 401


@dataclass(frozen=True, kw_only=True, slots=True)
class Deployment:
    """The call, before it is made.

    Attributes:
        hub: The hub's host, with a port where it is not 443.
        device: The device's id.
        content: The manifest.
    """

    hub: str
    device: str
    content: Mapping[str, Any]

    @property
    def url(self) -> str:
        """Where the call goes."""
        device = quote(self.device, safe="")
        return f"https://{self.hub}/devices/{device}/applyConfigurationContent?api-version={API_VERSION}"

    @property
    def scope(self) -> str:
        """What the token is asked for."""
        domain = "iothubs.chinacloudapi.cn" if self.hub.endswith(_CHINA) else "iothubs.azure.net"
        return f"https://{domain}/.default"

    @property
    def body(self) -> dict[str, Any]:
        """What is sent, as data."""
        return {"modulesContent": self.content["modulesContent"]}

    def shown(self) -> dict[str, Any]:
        """The call as data, without the token and without the manifest's secrets."""
        headers = {"Authorization": "Bearer ***", "Content-Type": "application/json"}
        return {"method": "POST", "url": self.url, "headers": headers, "body": redacted(self.body)}

    def as_text(self) -> str:
        """The call as HTTP writes it, without the token and without the manifest's secrets."""
        call = self.shown()
        headers = [f"{name}: {value}" for name, value in call["headers"].items()]
        return "\n".join([f"{call['method']} {call['url']}", *headers, "", text.dumps(call["body"])])


class Bearer(AuthBase):
    """Sets the token on the request itself, so that no .netrc takes its place."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Set the header."""
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


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


def deploy(
    deployment: Deployment, *, token: TokenSource, ca_bundle: Path | None = None, pace: limits.Pace = PACE
) -> None:
    """Make the call. It is made once: a repeated call is harmless, but nobody should wait for minutes in silence.

    Args:
        deployment: The call.
        token: Gets the Entra ID token.
        ca_bundle: Certificates to trust besides the usual ones, for networks that open TLS.
        pace: How slowly the answer may come.

    Raises:
        SpecError: The certificates cannot be used.
        DeployError: The hub is away or refused. Neither token nor manifest is in the message.
    """
    bearer = token(deployment.scope)
    with session(ca_bundle, pace) as connection, translated(deployment.hub):
        answer = Arriving(
            connection.post(
                deployment.url,
                json=deployment.body,
                auth=Bearer(bearer),
                timeout=_SECONDS,
                allow_redirects=False,
                stream=True,
            )
        ).whole()
    if answer.status_code != _DONE:
        raise refusal(deployment, answer, bearer)


@contextlib.contextmanager
def translated(hub: str) -> Iterator[None]:
    """Make errors of ours of those that a hub that is away causes."""
    try:
        yield
    except requests.exceptions.SSLError as error:
        raise DeployError(
            f"the certificate of {hub} is not trusted",
            hint="Behind a proxy that opens TLS, name its certificates with --ca-bundle.",
        ) from error
    except limits.LimitError as error:
        raise DeployError(f"{hub} {error}", hint="Check the hub's name: this is not how an IoT hub answers.") from error
    except _NO_ANSWER as error:
        raise DeployError(
            f"no answer from {hub} ({type(error).__name__})", hint="Check the hub's name and the network."
        ) from error


def entra_token(scope: str) -> str:
    """Get a token with whatever the environment offers: `az login`, a service principal, a managed identity.

    Raises:
        DeployError: Nobody is logged in.
    """
    from azure.core.exceptions import AzureError  # slow to import, and only a real call needs it
    from azure.identity import DefaultAzureCredential

    # Its log would tell every way that was tried, on stderr, beside our one sentence.
    logging.getLogger("azure").addHandler(logging.NullHandler())
    try:
        with DefaultAzureCredential() as credential:
            return credential.get_token(scope).token
    except AzureError as error:
        raise DeployError(
            "there is no Entra ID login that IoT Hub would accept",
            hint="Run `az login`, or set AZURE_CLIENT_ID, AZURE_TENANT_ID and AZURE_CLIENT_SECRET.",
        ) from error


def refusal(deployment: Deployment, answer: Answer, bearer: str, *, doing: str = "let you deploy") -> DeployError:
    """Make the error of a hub's answer; its text never repeats the token nor a secret of the manifest."""
    what, hint = _REFUSALS.get(answer.status_code, (f"answered {answer.status_code}", ""))
    what = what.replace("let you deploy", doing)
    said = _shortened(
        redaction.redacted(_message(answer), {bearer, *secrets.values(View(document=deployment.content))})
    )
    about = f" for device '{deployment.device}'" if answer.status_code != _UNAUTHORIZED else ""
    return DeployError(f"{deployment.hub} {what}{about}{f': {said}' if said else ''}", hint=hint or None)


def _message(answer: Answer) -> str:
    """The hub's own sentence, in one line."""
    try:
        body = answer.json()
        said = body.get("Message") or body.get("message") or "" if isinstance(body, dict) else ""
    except ValueError:
        said = answer.content.decode(errors="replace")
    return " ".join(str(said).split())


def _shortened(said: str) -> str:
    """Short enough for a sentence; a secret is out of it by now, for half of one would not be known again."""
    return said[:_LONGEST_ANSWER]
